package e2e_test

import (
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"ayni.example/chain"
	"ayni.example/test/cluster"
)

// TestFourValidatorsUpgrade: the council chooses a height, the old programs stop there, two new ones wait, a third makes blocks
// with them, and the fourth comes later.
func TestFourValidatorsUpgrade(t *testing.T) {
	t.Parallel()
	const ahead, stillFor = 10, 4 * time.Second
	n := validators(t, cluster.Config{Binary: older(t)})
	n.work(scenarioRate, seeded(t))
	n.advance(2)
	now, _ := n.watch.Height()
	height := now + ahead
	n.decide(n.Nodes[:3], "upgrade", strconv.Itoa(newest(t)), "--height", strconv.FormatInt(height, 10))
	n.stopped(chain.ReleaseName(newest(t)) + " is due at height " + strconv.FormatInt(height, 10))
	for _, one := range n.Nodes {
		one.Use(binary(t))
	}
	n.start(n.Nodes[0])
	n.start(n.Nodes[1])
	time.Sleep(stillFor) // the block of the height was decided before the old programs stopped; the next needs three
	if top, _ := n.watch.Height(); top > height {
		t.Errorf("two of four made block %d after the change", top)
	}
	n.start(n.Nodes[2])
	if err := n.WaitHeight(n.within(scenarioMax), height+3, n.Nodes[:3]...); err != nil {
		t.Fatal(err)
	}
	n.start(n.Nodes[3])
	n.advance(3)
	n.honest()
	n.finish()
}

// stopped waits until the processes have ended by themselves because their program does not fit the ledger, and said so. One or
// two may have missed the last block of those that have gone, and wait for it: their owners stop them.
func (n *network) stopped(says string) {
	n.t.Helper()
	const least, grace = 2, 5 * time.Second
	var enough time.Time
	wait(n.t, scenarioMax, "the old programs to stop", func() error {
		for _, one := range n.Running() {
			err, gone := one.Ended()
			if !gone {
				continue
			}
			if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != exitRelease || !strings.Contains(one.Tail(), says) {
				n.t.Fatalf("%s ended with %v, want code %d and %q in\n%s", one.Name, err, exitRelease, says, one.Tail())
			}
		}
		still := n.Running()
		if len(n.Nodes)-len(still) >= least && enough.IsZero() {
			enough = time.Now()
		}
		if len(still) > 0 && (enough.IsZero() || time.Since(enough) < grace) {
			return errorf("%d still run", len(still))
		}
		return nil
	})
	for _, late := range n.Running() {
		n.t.Logf("%s waits for the block of the height", late.Name)
		if err := late.Stop(); err != nil {
			n.t.Error(err)
		}
	}
}
