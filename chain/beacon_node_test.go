package chain_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"

	"ayni.example/chain"
	"ayni.example/client"
	"ayni.example/internal/testchain"
	"ayni.example/x/beacon"
)

// loopback is a network of several nodes in this process, over real connections.
type loopback struct {
	genesis *cmttypes.GenesisDoc
	homes   []string
	nodes   []*chain.Node
	stops   []func()
}

func newLoopback(tb testing.TB, seats int) *loopback {
	tb.Helper()
	l := &loopback{nodes: make([]*chain.Node, seats), stops: make([]func(), seats)}
	cfg := chain.GenesisConfig{ChainID: testchain.ChainID, Time: time.Now().Add(-time.Second), Admin: accountAddress(0)}
	params := beacon.DefaultParams()
	params.WindowBlocks, params.WindowSeconds = 4, 2
	cfg.Beacon = &params
	for i := range seats {
		l.homes = append(l.homes, tb.TempDir())
		key, err := chain.ValidatorKey(l.homes[i])
		if err != nil {
			tb.Fatal(err)
		}
		cfg.Accounts = append(cfg.Accounts, chain.GenesisAccount{Address: accountAddress(i), Balance: testchain.Credits(100)})
		cfg.Validators = append(cfg.Validators, chain.GenesisValidator{Name: "seat", Operator: accountAddress(i), Key: key, Power: 10})
	}
	var err error
	if l.genesis, err = chain.NewGenesis(cfg); err != nil {
		tb.Fatal(err)
	}
	for i := range seats {
		l.start(tb, i)
	}
	tb.Cleanup(func() {
		for i := range seats {
			l.stop(i)
		}
	})
	return l
}

// start runs a seat's node, with those that run now as its peers.
func (l *loopback) start(tb testing.TB, seat int) {
	tb.Helper()
	var peers []string
	for _, n := range l.nodes {
		if n != nil {
			peers = append(peers, n.PeerAddress())
		}
	}
	node, err := chain.NewNode(chain.NodeConfig{
		Home: l.homes[seat], Genesis: l.genesis, Peers: peers, TimeoutCommit: 50 * time.Millisecond,
	})
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- node.Run(ctx) }() // ends with stop
	l.nodes[seat], l.stops[seat] = node, func() {
		cancel()
		if err := <-done; err != nil {
			tb.Errorf("seat %d: %v", seat, err)
		}
	}
}

func (l *loopback) stop(seat int) {
	if l.nodes[seat] != nil {
		l.stops[seat]()
		l.nodes[seat] = nil
	}
}

// client signs as an operator, and speaks to the first node.
func (l *loopback) client(tb testing.TB, account int) *client.Client {
	tb.Helper()
	c, err := client.New(client.Config{
		RPC: l.nodes[0].RPC(), ChainID: testchain.ChainID, Signer: testchain.Keys(account + 1)[account],
	})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// TestBeaconOverLoopback: four nodes with keys of their own draw together; without one of them they draw at the deadline; one
// that was killed and starts again draws with the others, and one whose key is lost registers another.
func TestBeaconOverLoopback(t *testing.T) {
	if testing.Short() {
		t.Skip("runs four nodes for half a minute")
	}
	l := newLoopback(t, 4)
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	if err := l.nodes[0].WaitHeight(ctx, 2); err != nil {
		t.Fatal(err)
	}
	register := func(seat int) {
		t.Helper()
		msg, err := l.nodes[seat].BeaconRegistration(accountAddress(seat))
		if err != nil || msg == nil {
			t.Fatalf("seat %d registers nothing: %v", seat, err)
		}
		submit(t, l.client(t, seat), msg)
	}
	for seat := range l.nodes {
		register(seat)
	}
	asker := l.client(t, 0)
	number := uint64(0)
	draw := func() beacon.Round {
		t.Helper()
		began := time.Now()
		submit(t, asker, &beacon.MsgRequest{Sender: accountAddress(0)})
		number++
		first := round(t, l.nodes[0], number)
		t.Logf("round %d: %d of %d proofs, %d blocks, %s after it was asked for", number, first.Contributions(), len(first.Entrants),
			first.ClosedHeight-first.OpenedHeight, time.Since(began).Round(time.Millisecond))
		if err := first.Verify(); err != nil {
			t.Fatal(err)
		}
		for i, node := range l.nodes {
			if node != nil && !bytes.Equal(round(t, node, number).Output, first.Output) {
				t.Fatalf("seat %d has another output of round %d", i, number)
			}
		}
		return first
	}
	for range 3 {
		if r := draw(); r.Contributions() != 4 {
			t.Fatalf("round %d closed without %v", r.Number, r.Missing())
		}
	}

	l.stop(3)
	if r := draw(); !slices.Equal(r.Missing(), []string{accountAddress(3)}) {
		t.Fatalf("without seat 3, round %d closed without %v", r.Number, r.Missing())
	}
	l.start(t, 3)
	if err := l.nodes[3].WaitHeight(ctx, l.nodes[0].Height()); err != nil {
		t.Fatal(err)
	}
	for draw().Contributions() != 4 { // which ends: it catches up within some rounds, or testTimeout does
		if ctx.Err() != nil {
			t.Fatal("a node that was started again does not contribute")
		}
	}

	l.stop(3)
	if err := os.Remove(filepath.Join(l.homes[3], "ledger", "config", "beacon_key.json")); err != nil {
		t.Fatal(err)
	}
	l.start(t, 3)
	if err := l.nodes[3].WaitHeight(ctx, l.nodes[0].Height()); err != nil {
		t.Fatal(err)
	}
	register(3)
	if r := draw(); r.Contributions() != 3 || len(r.Entrants) != 3 {
		t.Fatalf("the round after a new key has %d of %d proofs", r.Contributions(), len(r.Entrants))
	}
	if r := draw(); len(r.Entrants) != 4 {
		t.Fatalf("the second round after a new key has %d entrants", len(r.Entrants))
	}
	if err := l.nodes[0].App().Invariants(); err != nil {
		t.Fatal(err)
	}
}

// TestBeaconIsQuiet: with seats and keys but no round, the state stands still and blocks come at the idle pace; a round makes a
// handful of blocks and then it is quiet again.
func TestBeaconIsQuiet(t *testing.T) {
	c := testchain.New(t, testchain.Config{})
	submit(t, c.Client(1), &beacon.MsgRequest{Sender: c.Address(1)})
	time.Sleep(300 * time.Millisecond) // what follows the transaction
	before := c.Node.Height()
	time.Sleep(time.Second)
	if got := c.Node.Height(); got != before {
		t.Fatalf("%d blocks in a second, while a round is wanted and there is no key", got-before)
	}
	msg, err := c.Node.BeaconRegistration(c.Address(0))
	if err != nil || msg == nil {
		t.Fatalf("no key is registered: %v", err)
	}
	submit(t, c.Client(0), msg)
	r := round(t, c.Node, 1)
	time.Sleep(300 * time.Millisecond)
	after := c.Node.Height()
	time.Sleep(time.Second)
	if got := c.Node.Height(); got != after || after > r.ClosedHeight+2 {
		t.Fatalf("round 1 closed at %d; then the height is %d, and %d a second later", r.ClosedHeight, after, got)
	}
}
