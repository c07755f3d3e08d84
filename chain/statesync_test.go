package chain_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ayni.example/chain"
	"ayni.example/client"
	"ayni.example/internal/testchain"
)

// freeAddress is one that nobody listens on at the moment.
func freeAddress(tb testing.TB) string {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// snapshotted is a ledger that has taken a snapshot some blocks ago, and where to fetch its state.
func snapshotted(t *testing.T) (*testchain.Chain, chain.StateSync) {
	t.Helper()
	rpc := freeAddress(t)
	c := testchain.New(t, testchain.Config{Home: t.TempDir(), RPC: rpc, Snapshots: 10, IdleInterval: time.Second})
	var last int64
	for last < 12 {
		last = submit(t, c.Client(1), send(c.Address(1), c.Address(2), 7)).Height
	}
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	if err := c.Node.WaitHeight(ctx, last+2); err != nil {
		t.Fatal(err)
	}
	one := int64(1)
	commit, err := c.Node.RPC().Commit(ctx, &one)
	if err != nil {
		t.Fatal(err)
	}
	return c, chain.StateSync{RPC: []string{rpc}, Height: 1, Hash: commit.Hash()}
}

// follow runs a node until the test ends.
func follow(t *testing.T, cfg chain.NodeConfig) (*chain.Node, <-chan error) {
	t.Helper()
	node, err := chain.NewNode(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done, ended := make(chan error, 1), make(chan struct{})
	go func() { // ends with stop
		done <- node.Run(ctx)
		close(ended)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	return node, done
}

// TestStateSync: a new home fetches the state instead of the blocks, goes on with the others, proves what it holds, and
// starts again without fetching.
func TestStateSync(t *testing.T) {
	if testing.Short() {
		t.Skip("peers are asked for snapshots every five seconds")
	}
	c, from := snapshotted(t)
	cfg := chain.NodeConfig{
		Home: t.TempDir(), Genesis: c.Genesis, Peers: []string{c.Node.PeerAddress()}, StateSync: from, TimeoutCommit: 20 * time.Millisecond,
	}
	start := time.Now()
	node, err := chain.NewNode(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	running, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- node.Run(running) }() // ends with stop
	if err := node.WaitHeight(ctx, c.Node.Height()+1); err != nil {
		t.Fatal(errors.Join(err, <-done))
	}
	t.Logf("at height %d after %v", node.App().LastBlockHeight(), time.Since(start))
	status, err := node.RPC().Status(ctx)
	if err != nil || status.SyncInfo.EarliestBlockHeight < 10 {
		t.Fatalf("earliest block %d, want none from before the snapshot: %v", status.SyncInfo.EarliestBlockHeight, err)
	}
	result := submit(t, c.Client(1), send(c.Address(1), c.Address(2), 1))
	if err := node.WaitHeight(ctx, result.Height+1); err != nil {
		t.Fatal(err)
	}
	if a, b := appHash(t, c.Node, result.Height+1), appHash(t, node, result.Height+1); !bytes.Equal(a, b) {
		t.Fatalf("states %x and %x", a, b)
	}
	if err := node.App().Invariants(); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	again, _ := follow(t, cfg)
	if err := again.WaitHeight(ctx, result.Height+2); err != nil {
		t.Fatal(err)
	}
	through, err := client.New(client.Config{RPC: again.RPC(), ChainID: testchain.ChainID, Signer: c.Keys[2]})
	if err != nil {
		t.Fatal(err)
	}
	if a, err := through.Balance(ctx, c.Address(2)); err != nil || !a.IsPositive() {
		t.Fatalf("balance %s: %v", a, err)
	}
}

// TestStateSyncRefuses: a block that the others never made is not believed, and an attempt that was cut off leaves nothing
// that the next would take for state.
func TestStateSyncRefuses(t *testing.T) {
	c, from := snapshotted(t)
	home := t.TempDir()
	cfg := chain.NodeConfig{Home: home, Genesis: c.Genesis, Peers: []string{c.Node.PeerAddress()}}
	for name, wrong := range map[string]chain.StateSync{
		"no address": {Height: 1, Hash: from.Hash}, "no height": {RPC: from.RPC, Hash: from.Hash},
		"short hash": {RPC: from.RPC, Height: 1, Hash: from.Hash[1:]},
	} {
		cfg.StateSync = wrong
		if _, err := chain.NewNode(cfg); !errors.Is(err, chain.ErrStateSync) {
			t.Errorf("%s: error %v, want ErrStateSync", name, err)
		}
	}
	cfg.StateSync = from
	cfg.StateSync.Hash = bytes.Repeat([]byte{7}, 32)
	if _, err := chain.NewNode(cfg); !errors.Is(err, chain.ErrStateSync) {
		t.Fatalf("error %v for a block that the others never made, want ErrStateSync", err)
	}
	if _, err := os.Stat(filepath.Join(home, "ledger", "config", "fetching")); err != nil {
		t.Fatalf("the attempt left no mark: %v", err)
	}
	cfg.StateSync = chain.StateSync{} // now from the blocks
	node, _ := follow(t, cfg)
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	if err := node.WaitHeight(ctx, 5); err != nil {
		t.Fatal(err)
	}
}
