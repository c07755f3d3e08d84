package chain_test

import (
	"context"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"ayni.example/chain"
	"ayni.example/internal/testchain"
)

// BenchmarkLife is what a ledger on a disk takes over time under steady payments, and how long a new home needs to fetch its
// state. One iteration; the time of the benchmark itself means nothing.
func BenchmarkLife(b *testing.B) {
	const accounts, payers, lasts = 2_000, 16, 15 * time.Second
	home, rpc := b.TempDir(), freeAddress(b)
	c := testchain.New(b, testchain.Config{
		Home: home, RPC: rpc, Accounts: accounts, Snapshots: 10, TimeoutCommit: 250 * time.Millisecond, IdleInterval: time.Second,
	})
	size, height, began := folderSize(b, filepath.Join(home, "ledger")), c.Node.Height(), time.Now()
	ctx, cancel := context.WithTimeout(b.Context(), lasts)
	defer cancel()
	var count int
	var mu sync.Mutex
	var work sync.WaitGroup
	for i := range payers {
		work.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(i)))
			for ctx.Err() == nil {
				if _, err := c.Client(i+1).Submit(ctx, send(c.Address(i+1), c.Address(random.IntN(accounts)), 1)); err == nil {
					mu.Lock()
					count++
					mu.Unlock()
				}
			}
		})
	}
	work.Wait()
	took, blocks := time.Since(began).Seconds(), float64(c.Node.Height()-height)
	grown := folderSize(b, filepath.Join(home, "ledger")) - folderSize(b, filepath.Join(home, "ledger", "snapshots")) - size
	b.ReportMetric(float64(count)/took, "tx/s")
	b.ReportMetric(took/blocks, "s/block")
	b.ReportMetric(float64(grown)/float64(count), "B/tx")
	b.ReportMetric(float64(grown)/took*86_400, "B/day")

	wait, cancel := context.WithTimeout(b.Context(), testTimeout)
	defer cancel()
	if err := c.Node.WaitHeight(wait, c.Node.Height()+3); err != nil {
		b.Fatal(err)
	}
	kept, err := c.Node.App().SnapshotManager().List()
	if err != nil || len(kept) == 0 {
		b.Fatalf("no snapshot: %v", err)
	}
	first := int64(1)
	commit, err := c.Node.RPC().Commit(wait, &first)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(folderSize(b, filepath.Join(home, "ledger", "snapshots")))/float64(len(kept)), "B/snapshot")
	began = time.Now()
	node, err := chain.NewNode(chain.NodeConfig{
		Home: b.TempDir(), Genesis: c.Genesis, Peers: []string{c.Node.PeerAddress()},
		StateSync: chain.StateSync{RPC: []string{rpc}, Height: 1, Hash: commit.Hash()},
	})
	if err != nil {
		b.Fatal(err)
	}
	running, stop := context.WithCancel(wait)
	done := make(chan error, 1)
	go func() { done <- node.Run(running) }() // ends with stop
	if err := node.WaitHeight(wait, c.Node.Height()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(time.Since(began).Seconds(), "s/sync")
	stop()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
}

func folderSize(tb testing.TB, folder string) (size int64) {
	tb.Helper()
	if err := filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // a file of a database may have gone meanwhile
		}
		if info, err := entry.Info(); err == nil {
			size += info.Size()
		}
		return nil
	}); err != nil {
		tb.Fatal(err)
	}
	return size
}
