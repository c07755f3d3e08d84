package chain_test

import (
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmttypes "github.com/cometbft/cometbft/types"

	"ayni.example/chain"
	"ayni.example/internal/testchain"
	"ayni.example/x/beacon"
)

// round waits until the beacon's round is closed, and returns it from the committed state.
func round(tb testing.TB, node *chain.Node, number uint64) beacon.Round {
	tb.Helper()
	for end := time.Now().Add(testTimeout); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		app := node.App()
		ctx, err := app.CreateQueryContext(app.LastBlockHeight(), false)
		if err != nil {
			tb.Fatal(err)
		}
		if r, err := app.Keepers.Beacon.Rounds.Get(ctx, number); err == nil && !r.Open() {
			return r
		}
	}
	tb.Fatalf("round %d is not closed in %s, at height %d", number, testTimeout, node.Height())
	return beacon.Round{}
}

// TestBeaconOfOne: a network of one needs no key until a round is wanted; then its node offers one, and draws follow.
func TestBeaconOfOne(t *testing.T) {
	c := testchain.New(t, testchain.Config{})
	if msg, err := c.Node.BeaconRegistration(c.Address(0)); err != nil || msg != nil {
		t.Fatalf("a key is registered that nobody needs: %v, %v", msg, err)
	}
	submit(t, c.Client(1), &beacon.MsgRequest{Sender: c.Address(1)})
	msg, err := c.Node.BeaconRegistration(c.Address(0))
	if err != nil || msg == nil {
		t.Fatalf("a round is wanted and no key is registered: %v, %v", msg, err)
	}
	submit(t, c.Client(0), msg)
	if again, err := c.Node.BeaconRegistration(c.Address(0)); err != nil || again != nil {
		t.Fatalf("the key is registered twice: %v, %v", again, err)
	}
	first := round(t, c.Node, 1)
	began := time.Now()
	submit(t, c.Client(1), &beacon.MsgRequest{Sender: c.Address(1)})
	second := round(t, c.Node, 2)
	t.Logf("round 2 closed %d blocks after it opened, %s after it was asked for", second.ClosedHeight-second.OpenedHeight,
		time.Since(began).Round(time.Millisecond))
	for _, r := range []beacon.Round{first, second} {
		if err := r.Verify(); err != nil || r.Contributions() != 1 {
			t.Fatalf("round %d with %d contributions: %v", r.Number, r.Contributions(), err)
		}
	}
	if string(first.Output) == string(second.Output) {
		t.Fatal("two rounds have one output")
	}
}

// TestEntryNeedsRoom: where the mempool fills a block to the last byte, the proofs take the place of transactions. CometBFT counts
// the frame of each entry, and a proposer that is beyond its room panics.
func TestEntryNeedsRoom(t *testing.T) {
	s := newScripted(t, 4)
	s.open(t)
	app, tx := s.apps[0], sign(t, testOrder(200_000), testchain.Keys(2)[1])
	mempool := make(cmttypes.Txs, 150)
	for i := range mempool {
		mempool[i] = tx
	}
	room := cmttypes.ComputeProtoSizeForTxs(mempool)
	prepared, err := app.PrepareProposal(&abci.RequestPrepareProposal{
		MaxTxBytes: room, Txs: mempool.ToSliceOfBytes(), Height: app.height + 1, Time: app.now.Add(time.Second),
		LocalLastCommit: abci.ExtendedCommitInfo{Votes: s.votes},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !beacon.IsEntry(prepared.Txs[0]) || len(prepared.Txs) < 100 {
		t.Fatalf("%d entries, with proofs: %t", len(prepared.Txs), beacon.IsEntry(prepared.Txs[0]))
	}
	if err := cmttypes.ToTxs(prepared.Txs).Validate(room); err != nil {
		t.Error(err)
	}
	if !s.accepted(t, prepared.Txs) {
		t.Error("an honest proposal is refused")
	}
}
