package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/credit"
	"ayni.example/x/provenance"
	"ayni.example/x/schedule"
)

// Charge counts what was paid for serving a content, and returns how much of it belongs to those from whose work it was made: the
// caller sends that to the module's account. However many they are, it writes one record; the first income after a sweep also
// schedules the next. A content that is no asset, or owes nobody, is not charged.
func (k *Keeper) Charge(ctx context.Context, content []byte, amount math.Int) (math.Int, error) {
	if err := credit.CheckAmount("amount", amount); err != nil {
		return math.Int{}, provenance.ErrInvalid.Wrap(err.Error())
	}
	zero := math.ZeroInt()
	if amount.IsZero() || len(content) == 0 {
		return zero, nil
	}
	asset, err := k.Contents.Get(ctx, content)
	if errors.Is(err, collections.ErrNotFound) {
		return zero, nil
	}
	if err != nil {
		return zero, err
	}
	income, err := k.Incomes.Get(ctx, asset)
	if errors.Is(err, collections.ErrNotFound) || err == nil && income.Serving == 0 {
		return zero, nil
	}
	if err != nil {
		return zero, err
	}
	cut := income.Serve(amount)
	if err := k.queue(ctx, &income); err != nil {
		return zero, err
	}
	return cut, k.Incomes.Set(ctx, asset, income)
}

// ChargeUse has a payer pay the price of one training on a content, at most what was agreed, and returns it. The owner pays nothing to
// itself, but a pool's owner pays its contributors, and a content that is no asset has no price.
func (k *Keeper) ChargeUse(ctx context.Context, payer sdk.AccAddress, content []byte, most math.Int) (math.Int, error) {
	zero := math.ZeroInt()
	a, text, err := k.priced(ctx, payer, content)
	if err != nil || !a.Terms.Price.IsPositive() {
		return zero, err
	}
	price := math.MinInt(a.Terms.Price, most)
	income, err := k.Incomes.Get(ctx, a.ID)
	if income, err = or(income, err, provenance.NewIncome(a.ID, a.Terms.PPM())); err != nil {
		return zero, err
	}
	if !income.Use(price) {
		return zero, nil
	}
	if err := k.bank.SendCoinsFromAccountToModule(ctx, payer, provenance.ModuleName, credit.Coins(price)); err != nil {
		return zero, err
	}
	if err := k.queue(ctx, &income); err != nil {
		return zero, err
	}
	if err := k.Incomes.Set(ctx, a.ID, income); err != nil {
		return zero, err
	}
	return price, emit(ctx, &provenance.EventUsed{Asset: a.ID, Payer: text, Amount: price})
}

// Price is what ChargeUse would have a payer pay; it changes to nothing for a payer that becomes the owner, and to
// another where a content is reclaimed.
func (k *Keeper) Price(ctx context.Context, payer sdk.AccAddress, content []byte) (math.Int, error) {
	a, _, err := k.priced(ctx, payer, content)
	return a.Terms.Price, err
}

// priced is the asset of a content with the price that it has for this payer.
func (k *Keeper) priced(ctx context.Context, payer sdk.AccAddress, content []byte) (provenance.Asset, string, error) {
	free := provenance.Asset{Terms: provenance.FreeTerms()}
	text, err := k.addresses.BytesToString(payer)
	if err != nil {
		return free, "", err
	}
	a, err := k.Of(ctx, content)
	switch {
	case errors.Is(err, provenance.ErrNotFound):
		return free, text, nil
	case err != nil:
		return free, text, err
	case a.Owner == text && provenance.Kind(a.Kind) != provenance.KindPool: // a pool's price is its contributors'
		a.Terms.Price = math.ZeroInt()
	}
	return a, text, nil
}

// Forbids tells whether a content may not be used so; the error names the term and the asset. What is no asset has no terms.
func (k *Keeper) Forbids(ctx context.Context, content []byte, use provenance.Use) error {
	a, err := k.Of(ctx, content)
	if errors.Is(err, provenance.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return a.Allows(use)
}

// queue schedules the sweep of what was earned, once.
func (k *Keeper) queue(ctx context.Context, income *provenance.Income) error {
	if income.Queued {
		return nil
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	now := sdk.UnwrapSDKContext(ctx)
	plan := schedule.After(now.BlockHeight(), now.BlockTime(), params.SweepBlocks, params.SweepSeconds)
	if err := k.later(ctx, provenance.KindSweep, income.Asset, plan); err != nil {
		return err
	}
	income.Queued = true
	return nil
}
