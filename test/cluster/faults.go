package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"ayni.example/test/delay"
)

// FaultConfig says how to shake a cluster.
type FaultConfig struct {
	Random *rand.Rand
	Link   delay.Link    // what links go back to
	Bound  time.Duration // in which the chain goes on after a fault is healed
	Clocks bool          // the program was built with the tag faults
	Note   func(format string, args ...any)
}

// Fault is one that was made and healed.
type Fault struct {
	Kind    string
	Victims []*Node
	Halts   bool // more than a third of the power was gone
	Began   time.Time
	Healed  time.Time
	Blocks  int64         // made from the beginning to the recovery
	Gap     time.Duration // the longest time without a block that overlaps the fault
	Stalled time.Duration // of it, the whole machine stood still, this process too
	OnAfter time.Duration // from the healing to the next block
	AllBack time.Duration // from the healing until every node had that block
}

// Shaker makes faults one after another; at most one machine of a network of four is faulty at a time, but for the kinds that
// halt.
type Shaker struct {
	FaultConfig
	cluster *Cluster
	watch   *Watch
	kinds   []kind
}

// kind makes a fault and returns what heals it. It may take some time itself.
type kind struct {
	name  string
	share int // of all faults, relative
	halts bool
	make  func(ctx context.Context, s *Shaker, victim *Node) (heal func() error, err error)
}

// NewShaker makes faults in a cluster that is watched.
func (c *Cluster) NewShaker(cfg FaultConfig, watch *Watch) *Shaker {
	s := &Shaker{FaultConfig: cfg, cluster: c, watch: watch}
	s.kinds = []kind{
		{"kill", 6, false, kill},
		{"kill twice", 2, false, killTwice},
		{"pause", 3, false, pause},
		{"partition 3|1", 3, false, alone},
		{"partition 2|2", 2, true, halves},
		{"lossy links", 2, false, lossy},
		{"deaf", 2, false, deaf},
		{"kill all", 1, true, killAll},
		{"pause all", 1, true, pauseAll},
	}
	if c.Nodes[0].Disk != nil {
		s.kinds = append(s.kinds, kind{"slow disk", 3, false, slowDisk}, kind{"slow disk, killed", 2, false, slowKilled})
	}
	if cfg.Clocks {
		s.kinds = append(s.kinds, kind{"clock jump", 3, false, clockJump})
	}
	return s
}

// One makes one random fault, waits until all is well again and tells what it saw. An error is a broken promise.
func (s *Shaker) One(ctx context.Context) (Fault, error) {
	k := s.draw()
	victim := s.cluster.Nodes[s.Random.IntN(len(s.cluster.Nodes))]
	f := Fault{Kind: k.name, Victims: []*Node{victim}, Halts: k.halts, Began: time.Now()}
	before, _ := s.watch.Height()
	s.Note("%s: %s at height %d", k.name, victim.Name, before)
	heal, err := k.make(ctx, s, victim)
	if err != nil {
		return f, fmt.Errorf("make fault %s: %w", k.name, err)
	}
	length := s.length(2*time.Second, 15*time.Second)
	wait(ctx, length)
	if err := heal(); err != nil {
		return f, fmt.Errorf("heal fault %s: %w", k.name, err)
	}
	f.Healed = time.Now()
	return f, s.recover(ctx, &f, before)
}

// recover waits for blocks on every node and measures.
func (s *Shaker) recover(ctx context.Context, f *Fault, before int64) error {
	at, _ := s.watch.Height()
	at = max(at, s.cluster.top(ctx))
	deadline, cancel := context.WithTimeout(ctx, s.Bound)
	defer cancel()
	target := at + 1
	if err := s.cluster.any(deadline, target); err != nil {
		return fmt.Errorf("fault %s: no block within %s after it was healed: %w", f.Kind, s.Bound, err)
	}
	f.OnAfter = time.Since(f.Healed)
	back, cancelBack := context.WithTimeout(ctx, 2*s.Bound)
	defer cancelBack()
	if err := s.cluster.WaitHeight(back, target); err != nil {
		return fmt.Errorf("fault %s: not all nodes are back: %w", f.Kind, err)
	}
	f.AllBack = time.Since(f.Healed)
	now, _ := s.watch.Height()
	f.Blocks = now - before
	for _, g := range s.watch.Gaps() {
		if length := g.To.Sub(g.From); length > f.Gap && g.To.After(f.Began) && g.From.Before(f.Healed.Add(f.OnAfter)) {
			f.Gap, f.Stalled = length, s.watch.Stalled(g.From, g.To)
		}
	}
	most := s.Bound + f.Stalled
	if f.Halts {
		most += f.Healed.Sub(f.Began)
	}
	if f.Gap > most {
		return fmt.Errorf("fault %s: no block for %s, more than %s", f.Kind, f.Gap, most)
	}
	return nil
}

func (s *Shaker) draw() kind {
	sum := 0
	for _, k := range s.kinds {
		sum += k.share
	}
	at := s.Random.IntN(sum)
	for _, k := range s.kinds {
		if at -= k.share; at < 0 {
			return k
		}
	}
	return s.kinds[0]
}

// length draws a time.
func (s *Shaker) length(least, most time.Duration) time.Duration {
	return least + time.Duration(s.Random.Int64N(int64(most-least)))
}

func kill(_ context.Context, _ *Shaker, victim *Node) (func() error, error) {
	victim.Kill()
	return victim.Start, nil
}

// killTwice kills again while the node replays what it missed.
func killTwice(ctx context.Context, s *Shaker, victim *Node) (func() error, error) {
	victim.Kill()
	wait(ctx, s.length(0, 5*time.Second))
	if err := victim.Start(); err != nil {
		return nil, err
	}
	wait(ctx, s.length(100*time.Millisecond, 3*time.Second))
	victim.Kill()
	return victim.Start, nil
}

func killAll(_ context.Context, s *Shaker, _ *Node) (func() error, error) {
	for _, n := range s.cluster.Nodes {
		n.Kill()
	}
	return func() error { return s.cluster.each((*Node).Start) }, nil
}

func pause(_ context.Context, _ *Shaker, victim *Node) (func() error, error) {
	return victim.Resume, victim.Pause()
}

// pauseAll is what a laptop that sleeps does to all machines on it.
func pauseAll(_ context.Context, s *Shaker, _ *Node) (func() error, error) {
	return func() error { return s.cluster.each((*Node).Resume) }, s.cluster.each((*Node).Pause)
}

// deaf lets a node be heard that hears nothing.
func deaf(_ context.Context, s *Shaker, victim *Node) (func() error, error) {
	for _, n := range s.cluster.Nodes {
		if n != victim {
			s.cluster.Switch.Set(n.index, victim.index, delay.Link{Loss: delay.All})
		}
	}
	return func() error { s.cluster.links(s.Link); return nil }, nil
}

func alone(_ context.Context, s *Shaker, victim *Node) (func() error, error) {
	s.cluster.Switch.Cut(victim.index)
	return s.heal, nil
}

func halves(_ context.Context, s *Shaker, victim *Node) (func() error, error) {
	s.cluster.Switch.Cut(victim.index, (victim.index+1)%len(s.cluster.Nodes))
	return s.heal, nil
}

func (s *Shaker) heal() error {
	s.cluster.Switch.Heal()
	return nil
}

// lossy makes every link bad at once.
func lossy(_ context.Context, s *Shaker, _ *Node) (func() error, error) {
	bad := delay.Link{Delay: s.length(20*time.Millisecond, 150*time.Millisecond), Jitter: 50 * time.Millisecond, Loss: 10 + s.Random.IntN(90)}
	s.cluster.links(bad)
	return func() error { s.cluster.links(s.Link); return nil }, nil
}

func slowDisk(_ context.Context, s *Shaker, victim *Node) (func() error, error) {
	victim.Disk.Slow(s.length(0, 20*time.Millisecond), s.length(50*time.Millisecond, 2*time.Second))
	return func() error { victim.Disk.Slow(0, 0); return nil }, nil
}

// slowKilled kills a node whose disk was slow, so that it dies in the middle of writing.
func slowKilled(ctx context.Context, s *Shaker, victim *Node) (func() error, error) {
	fast, err := slowDisk(ctx, s, victim)
	if err != nil {
		return nil, err
	}
	wait(ctx, s.length(time.Second, 5*time.Second))
	victim.Kill()
	return func() error { return errors.Join(fast(), victim.Start()) }, nil
}

// clockJump moves a node's clock by up to two hours, either way, and back at the healing.
func clockJump(_ context.Context, s *Shaker, victim *Node) (func() error, error) {
	const most = 2 * time.Hour
	by := time.Duration(s.Random.Int64N(int64(2*most))) - most
	return func() error { return victim.Clock(0) }, victim.Clock(by)
}

// clockEnv names the file that a program with the tag faults reads its clock's offset from.
const clockEnv = "AYNI_FAULT_CLOCK"

// Clock moves the node's clock, when the program was built with the tag faults.
func (n *Node) Clock(by time.Duration) error {
	next := n.clockFile() + ".new"
	if err := os.WriteFile(next, []byte(by.String()+"\n"), logMode); err != nil {
		return fmt.Errorf("move the clock of %s: %w", n.Name, err)
	}
	return os.Rename(next, n.clockFile())
}

func (n *Node) clockFile() string { return n.Home + ".clock" }

// links sets every link of the cluster.
func (c *Cluster) links(link delay.Link) {
	for from := range c.Nodes {
		for to := range c.Nodes {
			if from != to {
				c.Switch.Set(from, to, link)
			}
		}
	}
}

// each does the same to all nodes.
func (c *Cluster) each(do func(*Node) error) error {
	errs := make([]error, 0, len(c.Nodes))
	for _, n := range c.Nodes {
		errs = append(errs, do(n))
	}
	return errors.Join(errs...)
}

// top is the highest block of any node that answers.
func (c *Cluster) top(ctx context.Context) int64 {
	var height int64
	for _, n := range c.Nodes {
		if s, err := n.Status(ctx); err == nil {
			height = max(height, s.Height)
		}
	}
	return height
}

// any waits until one of the nodes has the block of a height.
func (c *Cluster) any(ctx context.Context, height int64) error {
	for c.top(ctx) < height {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lookInterval):
		}
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
