package e2e_test

import (
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"ayni.example/test/cluster"
)

// TestFourValidatorsUpgrade: the council chooses a height, the old programs stop there, two new ones wait, a third makes blocks
// with them, and the fourth comes later.
func TestFourValidatorsUpgrade(t *testing.T) {
	const ahead, stillFor = 10, 4 * time.Second
	n := validators(t, cluster.Config{Binary: older(t)})
	n.work(scenarioRate, seeded(t))
	n.advance(2)
	now, _ := n.watch.Height()
	height := now + ahead
	n.decide(n.Nodes[:3], "upgrade", "2", "--height", strconv.FormatInt(height, 10))
	for _, one := range n.Nodes {
		n.ended(one, "release-2 is due at height "+strconv.FormatInt(height, 10))
	}
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

// ended waits until a process has ended by itself because its program does not fit the ledger, and said so.
func (n *network) ended(node *cluster.Node, says string) {
	n.t.Helper()
	wait(n.t, scenarioMax, node.Name+" to stop for the new release", func() error {
		err, gone := node.Ended()
		if !gone {
			return errorf("it still runs")
		}
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != exitRelease || !strings.Contains(node.Tail(), says) {
			n.t.Fatalf("%s ended with %v, want code %d and %q in\n%s", node.Name, err, exitRelease, says, node.Tail())
		}
		return nil
	})
}
