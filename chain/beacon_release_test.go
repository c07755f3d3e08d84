package chain_test

import (
	"errors"
	"testing"

	"ayni.example/chain"
	"ayni.example/x/beacon"
)

// TestBeaconComesWithRelease: a ledger that began without a beacon changes to the release that has it, and draws.
func TestBeaconComesWithRelease(t *testing.T) {
	a := age(t, 1)
	if at := a.genesis.ConsensusParams.ABCI.VoteExtensionsEnableHeight; at != 0 {
		t.Fatalf("votes carry extensions from height %d", at)
	}
	old, c, done := a.start(t, 1)
	if msg, err := old.BeaconRegistration(accountAddress(0)); err != nil || msg != nil {
		t.Fatalf("a key for a beacon that is not there: %v, %v", msg, err)
	}
	if _, err := c.Submit(a.ctx, &beacon.MsgRequest{Sender: accountAddress(0)}); err == nil {
		t.Fatal("a round of a beacon that is not there was asked for")
	}
	height := plan(t, old, c, 2)
	if err := <-done; !errors.Is(err, chain.ErrUpgradeDue) {
		t.Fatalf("the old program ends with %v", err)
	}
	old.Close()
	old.Close()

	node, c, done := a.start(t, 2)
	submit(t, c, &beacon.MsgRequest{Sender: accountAddress(0)})
	msg, err := node.BeaconRegistration(accountAddress(0))
	if err != nil || msg == nil {
		t.Fatalf("no key is registered: %v", err)
	}
	submit(t, c, msg)
	if r := round(t, node, 1); r.OpenedHeight <= height || r.Verify() != nil {
		t.Fatalf("round %+v", r)
	}
	if err := node.App().Invariants(); err != nil {
		t.Fatal(err)
	}
	a.cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
