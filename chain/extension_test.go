package chain_test

import (
	"testing"
	"time"

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
