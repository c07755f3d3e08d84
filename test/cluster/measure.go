package cluster

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Steady is what a network did with a few transactions a second.
type Steady struct {
	Payments int
	Blocks   int64
	Block    time.Duration // mean, between two
	Latency  time.Duration // median, from the signing to the sight of it in a block
}

// Steady sends at a rate for a time, each transaction from another account.
func (c *Cluster) Steady(ctx context.Context, perSecond int, length time.Duration) (Steady, error) {
	load := c.NewLoad(float64(perSecond), 1)
	var mu sync.Mutex
	var latencies []time.Duration
	var failed error
	var group sync.WaitGroup
	ticker := time.NewTicker(time.Second / time.Duration(perSecond))
	defer ticker.Stop()
	from, began := c.top(ctx), time.Now()
	for i := 0; time.Since(began) < length; i++ {
		<-ticker.C
		group.Go(func() {
			sent := time.Now()
			_, err := load.one(ctx, i%len(c.Keys), rand.New(rand.NewPCG(1, uint64(i))))
			mu.Lock()
			defer mu.Unlock()
			latencies, failed = append(latencies, time.Since(sent)), errors.Join(failed, err)
		})
	}
	blocks, took := c.top(ctx)-from, time.Since(began)
	group.Wait()
	if failed != nil || blocks == 0 {
		return Steady{}, errors.Join(errors.New("the steady load did not come through"), failed)
	}
	slices.Sort(latencies)
	return Steady{Payments: len(latencies), Blocks: blocks, Block: took / time.Duration(blocks), Latency: latencies[len(latencies)/2]}, nil
}

// Sync is a node's way back to the others.
type Sync struct {
	Blocks int64
	Took   time.Duration // from its start
}

// Resync deletes a node's ledger and waits until it has all blocks again.
func (c *Cluster) Resync(ctx context.Context, n *Node) (Sync, error) {
	if err := n.Stop(); err != nil {
		return Sync{}, err
	}
	if err := n.EmptyDisk(); err != nil {
		return Sync{}, err
	}
	top, began := c.top(ctx), time.Now()
	if err := n.Start(); err != nil {
		return Sync{}, err
	}
	if err := c.WaitHeight(ctx, top, n); err != nil {
		return Sync{}, err
	}
	return Sync{Blocks: top, Took: time.Since(began)}, nil
}
