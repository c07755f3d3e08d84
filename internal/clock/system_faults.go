//go:build faults

package clock

import (
	"os"
	"strings"
	"time"
)

// System is the machine's clock, off by the duration in the file that AYNI_FAULT_CLOCK names, such as -90s. It is for tests of
// clocks that jump.
func System() time.Time {
	now := time.Now() //nolint:forbidigo // the one place that asks the machine
	text, err := os.ReadFile(os.Getenv("AYNI_FAULT_CLOCK"))
	if err != nil {
		return now
	}
	offset, err := time.ParseDuration(strings.TrimSpace(string(text)))
	if err != nil {
		return now
	}
	return now.Add(offset).Round(0)
}
