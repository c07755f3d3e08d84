package keeper

import (
	"bytes"
	"context"
	"slices"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/provenance"
	"ayni.example/x/schedule"
)

const (
	// sweepMost is how many one item pays, after which the next goes on in the next block.
	sweepMost = 8
	// sweepGas is for as many payments, or for the owner's, which takes a look at all accounts.
	sweepGas = 600_000
)

// sweepDue pays some of those to whom an asset owes enough, and has the rest paid in the next block. The owner comes last.
func (k *Keeper) sweepDue(ctx context.Context, due schedule.Due) error {
	name := due.Item.Name
	if len(name) != provenance.IDSize && len(name) != 2*provenance.IDSize {
		return provenance.ErrInvariant.Wrapf("item %x", name)
	}
	asset, after := name[:provenance.IDSize], name[provenance.IDSize:]
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	t, err := k.till(ctx, asset)
	if err != nil {
		return err
	}
	payees, err := t.payees(ctx)
	if err != nil {
		return err
	}
	from, _ := slices.BinarySearchFunc(payees, after, bytes.Compare)
	if from < len(payees) && bytes.Equal(payees[from], after) {
		from++
	}
	if from == len(payees) {
		return t.closeSweep(ctx, params.SweepMin)
	}
	to := min(from+sweepMost, len(payees))
	for _, payee := range payees[from:to] {
		if _, err := t.pay(ctx, payee, params.SweepMin); err != nil {
			return err
		}
	}
	next := slices.Concat(asset, payees[to-1])
	return k.later(ctx, provenance.KindSweep, next, schedule.Plan{Height: sdk.UnwrapSDKContext(ctx).BlockHeight() + 1})
}

// closeSweep pays the owner; the next income schedules another sweep.
func (t *till) closeSweep(ctx context.Context, least math.Int) error {
	if _, err := t.payRest(ctx, least); err != nil {
		return err
	}
	t.income.Queued = false
	return t.Incomes.Set(ctx, t.asset.ID, t.income)
}
