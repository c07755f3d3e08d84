package cli_test

import (
	"path/filepath"
	"testing"
	"time"

	"ayni.example/web/operator"
)

// TestRotateAlone: the only seat of a network changes its key, and blocks go on, now and in the next start.
func TestRotateAlone(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	_, stop := start(t, home)
	var before, after, again operator.Network
	run(t, &before, "network", "show", "--home", home)
	run(t, nil, "network", "rotate-key", "--home", home)
	for end := time.Now().Add(readyMax); after.Key == "" || after.Key == before.Key || after.Power == 0; {
		if time.Now().After(end) {
			t.Fatalf("the key did not change: %+v", after)
		}
		run(t, nil, "network", "issue", before.Operator, "1", "--home", home) // or a quiet ledger makes the next block in a minute
		run(t, &after, "network", "show", "--home", home)
	}
	stop()
	_, stop = start(t, home)
	defer stop()
	run(t, nil, "network", "issue", before.Operator, "1", "--home", home)
	if run(t, &again, "network", "show", "--home", home); again.Key != after.Key || again.Signing != "yes" || again.Height <= after.Height {
		t.Errorf("after the next start %+v, before it %+v", again, after)
	}
}
