package clock_test

import (
	"strings"
	"testing"

	"ayni.example/internal/clock"
)

func TestWallHasNoMonotonicReading(t *testing.T) {
	if now := clock.System(); !strings.Contains(now.String(), "m=") {
		t.Skip("the machine's clock has no monotonic reading")
	}
	if now := clock.Wall(clock.System)(); strings.Contains(now.String(), "m=") {
		t.Errorf("%s stands still while the machine sleeps", now)
	}
}
