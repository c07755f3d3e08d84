package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"
)

const (
	watchInterval = 250 * time.Millisecond
	// watchPage is what a node lists in one answer.
	watchPage = 20
)

// ErrFork is two different blocks of one height.
var ErrFork = errors.New("two nodes have different blocks")

// Watch follows the blocks of all nodes until its context ends.
type Watch struct {
	cluster *Cluster

	mu     sync.Mutex
	blocks map[int64]string // header hash, which covers the state's hash before it
	seen   []int64          // by node: compared up to this height
	height int64            // highest block of any node
	when   time.Time        // it was first seen
	gaps   []Gap            // longer than gapMin
	stalls []Gap            // in which this process did not run either
	fork   error
}

// Gap is a time without a new block.
type Gap struct {
	From, To time.Time
	Height   int64 // of the block that ended it
}

// gapMin is the shortest time between two blocks that is kept.
const gapMin = 3 * time.Second

// NewWatch begins at the nodes' first blocks.
func (c *Cluster) NewWatch() *Watch {
	return &Watch{cluster: c, blocks: map[int64]string{}, seen: make([]int64, len(c.Nodes)), when: time.Now()}
}

// Run returns nil when the context ends and ErrFork as soon as there is one.
func (w *Watch) Run(ctx context.Context) error {
	var group sync.WaitGroup
	for i := range w.cluster.Nodes {
		group.Go(func() { w.follow(ctx, i) })
	}
	group.Go(func() { w.beat(ctx) })
	group.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fork
}

// Err is ErrFork with its place, or nil.
func (w *Watch) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fork
}

// Height is the highest block of any node and when it was first seen.
func (w *Watch) Height() (int64, time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.height, w.when
}

// Gaps are the times without a block of more than 3 s so far, the one that lasts included.
func (w *Watch) Gaps() []Gap {
	w.mu.Lock()
	defer w.mu.Unlock()
	gaps := append([]Gap(nil), w.gaps...)
	if now := time.Now(); now.Sub(w.when) > gapMin {
		gaps = append(gaps, Gap{From: w.when, To: now, Height: w.height + 1})
	}
	return gaps
}

// Stalled is for how long the whole machine stood still between two times, as far as this process can tell: when memory runs out,
// or the machine is paused from outside.
func (w *Watch) Stalled(from, to time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	var sum time.Duration
	for _, s := range w.stalls {
		if s.To.After(from) && s.From.Before(to) {
			sum += s.To.Sub(s.From)
		}
	}
	return sum
}

// beat notes when a short sleep was a long one.
func (w *Watch) beat(ctx context.Context) {
	for last := time.Now(); ctx.Err() == nil; {
		wait(ctx, watchInterval)
		now := time.Now()
		if now.Sub(last) > gapMin {
			w.mu.Lock()
			w.stalls = append(w.stalls, Gap{From: last, To: now})
			w.mu.Unlock()
		}
		last = now
	}
}

// Compared is the height up to which every node's blocks were looked at.
func (w *Watch) Compared() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	least := w.height
	for _, h := range w.seen {
		least = min(least, h)
	}
	return least
}

func (w *Watch) follow(ctx context.Context, index int) {
	for ctx.Err() == nil && w.Err() == nil {
		more, err := w.look(ctx, index)
		if err == nil && more {
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(watchInterval):
		}
	}
}

// look compares a page of a node's blocks and tells whether there are more.
func (w *Watch) look(ctx context.Context, index int) (bool, error) {
	n := w.cluster.Nodes[index]
	if !n.Running() {
		return false, nil
	}
	status, err := n.Status(ctx)
	if err != nil {
		return false, err
	}
	w.mu.Lock()
	from := max(w.seen[index]+1, status.Earliest)
	w.mu.Unlock()
	if status.Height < from || status.Height == 0 {
		return false, nil
	}
	to := min(status.Height, from+watchPage-1)
	rpc, err := n.RPC()
	if err != nil {
		return false, err
	}
	list, err := rpc.BlockchainInfo(ctx, from, to)
	if err != nil {
		return false, err
	}
	w.add(index, n.Name, list.BlockMetas)
	return status.Height > to, nil
}

func (w *Watch) add(index int, name string, metas []*cmttypes.BlockMeta) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range metas { // the newest comes first
		meta := metas[len(metas)-1-i]
		height, hash := meta.Header.Height, meta.Header.Hash().String()
		if known, ok := w.blocks[height]; ok && known != hash {
			w.fork = errors.Join(w.fork, fmt.Errorf("%w: height %d: %s has %s, another has %s", ErrFork, height, name, hash, known))
		}
		w.blocks[height] = hash
		w.seen[index] = max(w.seen[index], height)
		if height <= w.height {
			continue
		}
		if now.Sub(w.when) > gapMin && w.height > 0 {
			w.gaps = append(w.gaps, Gap{From: w.when, To: now, Height: height})
		}
		w.height, w.when = height, now
	}
}
