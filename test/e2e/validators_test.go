package e2e_test

import (
	"context"
	"testing"
	"time"

	"ayni.example/test/cluster"
	"ayni.example/test/delay"
)

const (
	// scenarioMax bounds a wait in a scenario; a shared machine is slow.
	scenarioMax = 90 * time.Second
	// scenarioRate is transactions a second.
	scenarioRate = 4
)

// network is a cluster under load whose blocks are compared.
type network struct {
	*cluster.Cluster
	t     *testing.T
	load  *cluster.Load
	watch *cluster.Watch
	link  delay.Link
	end   func()
}

// validators is a network of four that makes blocks.
func validators(t *testing.T, cfg cluster.Config) *network {
	t.Helper()
	if why := cluster.Missing(); why != "" {
		t.Skip(why)
	}
	if cfg.Binary == "" {
		cfg.Binary = binary(t)
	}
	cfg.Dir = t.TempDir()
	cfg.Link = delay.Link{Delay: 10 * time.Millisecond, Jitter: 5 * time.Millisecond}
	c, err := cluster.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		for _, one := range c.Nodes {
			if t.Failed() {
				t.Logf("%s at the end:\n%s", one.Name, one.Tail())
			}
		}
	})
	n := &network{Cluster: c, t: t, link: cfg.Link}
	ctx := n.within(scenarioMax)
	if err := c.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.WaitHeight(ctx, 1); err != nil {
		t.Fatal(err)
	}
	return n
}

// within is a context of the test with a deadline.
func (n *network) within(most time.Duration) context.Context {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), most)
	n.t.Cleanup(cancel)
	return ctx
}

// work begins the load and the comparison of blocks; finish ends both.
func (n *network) work(rate float64, seed uint64) {
	n.t.Helper()
	n.load, n.watch = n.NewLoad(rate, seed), n.NewWatch()
	ctx, stop := context.WithCancel(n.t.Context())
	watched, loaded := make(chan error, 1), make(chan struct{})
	go func() { watched <- n.watch.Run(ctx) }()
	go func() { // ends with stop
		n.load.Run(ctx)
		close(loaded)
	}()
	n.end = func() {
		stop()
		<-loaded
		if err := <-watched; err != nil {
			n.t.Error(err)
		}
	}
}

// finish checks the end: one state everywhere, every sampled transaction where it was, invariants true in every home.
func (n *network) finish() {
	n.t.Helper()
	n.end()
	if err := n.Agree(n.within(scenarioMax), n.load.Sample()); err != nil {
		n.t.Error(err)
	}
	for _, one := range n.Running() {
		if err := one.Stop(); err != nil {
			n.t.Errorf("stop %s: %v", one.Name, err)
		}
		if _, err := one.Check(n.within(scenarioMax)); err != nil {
			n.t.Error(err)
		}
	}
	if n.load.Done() == 0 {
		n.t.Error("no transaction came into a block")
	}
}

// advance waits until the nodes have so many more blocks than the highest now.
func (n *network) advance(blocks int64, nodes ...*cluster.Node) {
	n.t.Helper()
	height, _ := n.watch.Height()
	if err := n.WaitHeight(n.within(scenarioMax), height+blocks, nodes...); err != nil {
		n.t.Fatal(err)
	}
}

// height is what one node says of itself.
func (n *network) height(i int) int64 {
	n.t.Helper()
	status, err := n.Nodes[i].Status(n.within(scenarioMax))
	if err != nil {
		n.t.Fatal(err)
	}
	return status.Height
}

func (n *network) start(node *cluster.Node) {
	n.t.Helper()
	if err := node.Start(); err != nil {
		n.t.Fatal(err)
	}
}

// TestValidatorKilled: three go on without the fourth, which comes back to them.
func TestValidatorKilled(t *testing.T) {
	t.Parallel()
	n := validators(t, cluster.Config{})
	n.work(scenarioRate, seeded(t))
	victim := n.Nodes[3]
	n.advance(2)
	victim.Kill()
	n.advance(4, n.Nodes[:3]...)
	n.start(victim)
	n.advance(3)
	n.finish()
}

// TestAllKilled: a power cut of everything, thrice.
func TestAllKilled(t *testing.T) {
	t.Parallel()
	n := validators(t, cluster.Config{})
	n.work(scenarioRate, seeded(t))
	for range 3 {
		n.advance(3)
		for _, one := range n.Nodes {
			one.Kill()
		}
		for _, one := range n.Nodes {
			n.start(one)
		}
	}
	n.advance(3)
	n.finish()
}

// TestPartitions: two halves stand still and then go on together; a majority goes on alone.
func TestPartitions(t *testing.T) {
	t.Parallel()
	const stillFor = 6 * time.Second
	n := validators(t, cluster.Config{})
	n.work(scenarioRate, seeded(t))
	n.advance(2)
	n.Switch.Cut(0, 1)
	time.Sleep(2 * time.Second) // what was under way comes to its end
	before, _ := n.watch.Height()
	time.Sleep(stillFor)
	if after, _ := n.watch.Height(); after != before {
		t.Errorf("two of four made blocks %d to %d", before+1, after)
	}
	n.Switch.Heal()
	n.advance(3)
	n.Switch.Cut(3)
	time.Sleep(2 * time.Second)
	cut := n.height(3)
	n.advance(4, n.Nodes[:3]...)
	if now := n.height(3); now != cut {
		t.Errorf("a node that is cut off made blocks %d to %d", cut+1, now)
	}
	n.Switch.Heal()
	n.advance(3)
	n.finish()
}
