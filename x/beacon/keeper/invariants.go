package keeper

import (
	"bytes"
	"context"
	"slices"

	"ayni.example/x/beacon"
)

// verifyMost is for how many of the last rounds proofs are checked again; the others stand unchanged since they were.
const verifyMost = 8

// Invariants checks that the state agrees with itself and with the schedule; it reads all of it.
func (k *Keeper) Invariants(ctx context.Context) error {
	g, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := g.Validate(); err != nil {
		return err
	}
	for _, s := range g.Seats {
		if s.FromRound > g.Last+2 {
			return beacon.ErrInvariant.Wrapf("seat of %s counts from round %d, after %d", s.Operator, s.FromRound, g.Last+2)
		}
	}
	for _, r := range g.Rounds[max(0, len(g.Rounds)-verifyMost):] {
		if err := r.Verify(); err != nil {
			return beacon.ErrInvariant.Wrap(err.Error())
		}
	}
	for _, o := range slices.Backward(g.Outputs) {
		if len(o.Value) == 0 {
			continue
		}
		if !bytes.Equal(o.Value, g.Seed) {
			return beacon.ErrInvariant.Wrapf("seed is not the output of round %d", o.Round)
		}
		break
	}
	return k.checkWindow(ctx, g)
}

// checkWindow tells whether the open round, and no other, has the end of its window scheduled.
func (k *Keeper) checkWindow(ctx context.Context, g *beacon.GenesisState) error {
	n := len(g.Rounds)
	if n == 0 {
		return nil
	}
	last := g.Rounds[n-1]
	_, err := k.scheduler.Item(ctx, beacon.WindowKind, beacon.WindowName(last.Number))
	if scheduled := err == nil; scheduled != last.Open() {
		return beacon.ErrInvariant.Wrapf("round %d is open: %t, the end of its window is scheduled: %t", last.Number, last.Open(), scheduled)
	}
	if !last.Open() && g.Awake != 0 {
		return beacon.ErrInvariant.Wrapf("the ledger is awake for round %d, which is closed", last.Number)
	}
	return nil
}
