package e2e_test

import (
	"os"
	"testing"
	"time"

	"ayni.example/test/cluster"
)

// address is that of the key with which a node signs.
func (n *network) address(node *cluster.Node) string {
	n.t.Helper()
	address, err := node.ValidatorAddress(n.within(scenarioMax))
	if err != nil {
		n.t.Fatal(err)
	}
	return address
}

// signedFrom is the first height from one on whose commit has the signature of an address.
func (n *network) signedFrom(address string, from int64) int64 {
	n.t.Helper()
	for height := from; ; height++ {
		if err := n.WaitHeight(n.within(scenarioMax), height+1, n.Nodes[0]); err != nil {
			n.t.Fatalf("no signature of %s in %d to %d: %v", address, from, height, err)
		}
		signed, err := n.Signed(n.within(scenarioMax), n.Nodes[0], height)
		if err != nil {
			n.t.Fatal(err)
		}
		if signed[address] {
			return height
		}
	}
}

// honest wants no proof of double signing in any block.
func (n *network) honest() {
	n.t.Helper()
	found, err := n.Evidence(n.within(scenarioMax), n.Nodes[0], 1)
	if err != nil || found > 0 {
		n.t.Errorf("%d proofs of double signing: %v", found, err)
	}
}

// TestRestoredFromBackup: a home that was rolled back does not sign what it may have signed before; it follows, and signs again
// when enough blocks came without it.
func TestRestoredFromBackup(t *testing.T) {
	t.Parallel()
	const quiet = 10
	n := validators(t, cluster.Config{})
	n.work(scenarioRate, seeded(t))
	victim := n.Nodes[3]
	address := n.address(victim)
	n.advance(3)
	if err := victim.Stop(); err != nil {
		t.Fatal(err)
	}
	backup, err := victim.Backup()
	if err != nil {
		t.Fatal(err)
	}
	n.start(victim)
	height, _ := n.watch.Height()
	n.signedFrom(address, height+1)
	n.advance(4)
	victim.Kill()
	if err := victim.Restore(backup); err != nil {
		t.Fatal(err)
	}
	restored, _ := n.watch.Height()
	n.start(victim)
	again := n.signedFrom(address, restored+2) // what was under way at the kill may have its signature
	if again < restored+quiet {
		t.Errorf("restored at height %d, it signs block %d", restored, again)
	}
	t.Logf("restored at height %d, it signs again from %d on", restored, again)
	n.advance(2)
	n.honest()
	n.finish()
}

// TestDoubleSigner: two processes with one key and without the guard sign against each other; the proof comes into a block, and
// the key is shut out for good. The others go on.
func TestDoubleSigner(t *testing.T) {
	t.Parallel()
	faulty := os.Getenv("AYNI_FAULT_BIN")
	if faulty == "" {
		t.Skip("AYNI_FAULT_BIN is not set: run make e2e")
	}
	n := validators(t, cluster.Config{Binary: faulty, Spare: 1})
	n.work(scenarioRate, seeded(t))
	liar, twin := n.Nodes[3], n.Nodes[4]
	address := n.address(liar)
	n.advance(2)
	if err := liar.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := twin.Imitate(liar); err != nil {
		t.Fatal(err)
	}
	for _, one := range []*cluster.Node{liar, twin} {
		one.Env("AYNI_FAULT_GUARD=off")
		n.start(one)
	}
	began := time.Now()
	wait(t, scenarioMax, "jail", func() error {
		powers, err := n.Validators(n.within(scenarioMax), n.Nodes[0])
		if err == nil && powers[address] > 0 {
			err = errorf("%s still has power %d", address, powers[address])
		}
		return err
	})
	found, err := n.Evidence(n.within(scenarioMax), n.Nodes[0], 1)
	if err != nil || found == 0 {
		t.Errorf("%d proofs of double signing: %v", found, err)
	}
	t.Logf("shut out after %s", time.Since(began).Round(time.Millisecond))
	n.advance(4)
	n.finish()
}
