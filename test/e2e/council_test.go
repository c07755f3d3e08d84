package e2e_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ayni.example/test/cluster"
)

// seat is what the council's list says.
type seat struct{ Name, Operator, Status string }

// decide proposes through the first node and has the others agree until it is done.
func (n *network) decide(voters []*cluster.Node, what ...string) {
	n.t.Helper()
	var proposal struct {
		ID     uint64
		Status string
	}
	ctx := n.within(scenarioMax)
	if err := voters[0].Read(ctx, &proposal, append([]string{"network", "propose"}, what...)...); err != nil {
		n.t.Fatal(err)
	}
	for _, voter := range voters[1:] {
		if proposal.Status != "open" {
			break
		}
		if err := voter.Read(ctx, &proposal, "network", "vote", strconv.FormatUint(proposal.ID, 10), "yes"); err != nil {
			n.t.Fatal(err)
		}
	}
	if proposal.Status == "open" {
		n.t.Fatalf("proposal %d is still open after %d votes: %v", proposal.ID, len(voters), what)
	}
}

// seats lists the council by name.
func (n *network) seats() map[string]seat {
	n.t.Helper()
	var list []seat
	if err := n.Nodes[0].Read(n.within(scenarioMax), &list, "network", "seats"); err != nil {
		n.t.Fatal(err)
	}
	byName := map[string]seat{}
	for _, s := range list {
		byName[s.Name] = s
	}
	return byName
}

// powers waits until the validators are as wanted and returns their addresses.
func (n *network) powers(what string, want func(map[string]int64) bool) []string {
	n.t.Helper()
	var powers map[string]int64
	wait(n.t, scenarioMax, what, func() error {
		var err error
		if powers, err = n.Validators(n.within(scenarioMax), n.Nodes[0]); err == nil && !want(powers) {
			err = errorf("%v", powers)
		}
		return err
	})
	return slices.Sorted(maps.Keys(powers))
}

// TestRotateKey: a validator signs with a new key, and no block waits for it.
func TestRotateKey(t *testing.T) {
	t.Parallel()
	n := validators(t, cluster.Config{})
	n.work(scenarioRate, seeded(t))
	n.advance(2)
	old := n.address(n.Nodes[1])
	if _, err := n.Nodes[1].Run(n.within(scenarioMax), "network", "rotate-key"); err != nil {
		t.Fatal(err)
	}
	before, _ := n.watch.Height()
	now := n.powers("the new key", func(p map[string]int64) bool { return len(p) == 4 && p[old] == 0 })
	for _, address := range now {
		n.signedFrom(address, before)
	}
	n.Nodes[1].Kill() // the new key is there after a kill too
	n.start(n.Nodes[1])
	n.advance(4)
	height, _ := n.watch.Height()
	for _, address := range now {
		n.signedFrom(address, height-1)
	}
	n.honest()
	n.finish()
}

// TestAdmitAndRemove: three let a fourth in while blocks are made, and remove it again.
func TestAdmitAndRemove(t *testing.T) {
	t.Parallel()
	n := validators(t, cluster.Config{Nodes: 3, Spare: 1})
	n.work(scenarioRate, seeded(t))
	n.advance(2)
	founders, joiner := n.Nodes[:3], n.Nodes[3]
	file, err := n.Request(n.within(scenarioMax), joiner)
	if err != nil {
		t.Fatal(err)
	}
	n.start(joiner)
	n.advance(2)
	n.decide(founders, "admit", file, "--power", "10")
	four := n.powers("a fourth seat", func(p map[string]int64) bool { return len(p) == 4 })
	height, _ := n.watch.Height()
	for _, address := range four {
		n.signedFrom(address, height)
	}
	n.decide(founders, "remove", n.seats()[joiner.Name].Operator)
	n.powers("three seats again", func(p map[string]int64) bool { return len(p) == 3 })
	if _, still := n.seats()[joiner.Name]; still {
		t.Errorf("%s was removed and has a seat", joiner.Name)
	}
	n.advance(4)
	n.honest()
	n.finish()
}

// TestReplacedByStateSync: a validator comes back on an empty disk from a snapshot of the others, without the blocks before it,
// and signs when it is sure that nobody else does.
func TestReplacedByStateSync(t *testing.T) {
	t.Parallel()
	n := validators(t, cluster.Config{Settings: "snapshot_blocks: 10\n"})
	n.work(scenarioRate, seeded(t))
	n.advance(22)
	victim, others := n.Nodes[3], n.Nodes[:3]
	address := n.address(victim)
	victim.Kill()
	if err := victim.EmptyDisk(); err != nil {
		t.Fatal(err)
	}
	var trusted struct {
		Height int64
		Hash   string
	}
	if err := others[0].Read(n.within(scenarioMax), &trusted, "network", "show"); err != nil {
		t.Fatal(err)
	}
	from := make([]string, 0, len(others))
	for _, other := range others {
		from = append(from, other.RPCAddress())
	}
	victim.Join("--state-sync", "--trust-height", strconv.FormatInt(trusted.Height, 10), "--trust-hash", trusted.Hash, "--sync-from", strings.Join(from, ","))
	began := time.Now()
	n.start(victim)
	top, _ := n.watch.Height()
	if err := n.WaitHeight(n.within(scenarioMax), top, victim); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	status, err := victim.Status(n.within(scenarioMax))
	if err != nil {
		t.Fatal(err)
	}
	if status.Earliest < 10 {
		t.Errorf("its first block is %d: it did not begin at a snapshot", status.Earliest)
	}
	again := n.signedFrom(address, top+1)
	t.Logf("back at height %d after %s, from a snapshot of height %d; signs from %d on", top, took.Round(time.Millisecond), status.Earliest, again)
	n.advance(2)
	n.honest()
	n.finish()
}
