package keeper

import (
	"context"
	"encoding/binary"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/credit"
	"ayni.example/x/payout"
	"ayni.example/x/schedule"
)

// Promise locks the payer's money until it is collected or its time is over.
func (k *Keeper) Promise(ctx context.Context, msg *payout.MsgPromise) error {
	payer, text, err := k.address("payer", msg.Payer)
	if err != nil {
		return err
	}
	terms := msg.Terms
	beneficiary, canonical, err := k.address("beneficiary", terms.Beneficiary)
	if err != nil {
		return err
	}
	if k.bank.BlockedAddr(payer) || k.bank.BlockedAddr(beneficiary) {
		return payout.ErrInvalid.Wrap("a module's account can be paid nothing") // the money could not leave again
	}
	terms.Beneficiary = canonical
	if _, terms.Submitter, err = k.address("submitter", terms.Submitter); err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if msg.Blocks > params.BlocksMax || msg.Seconds > params.SecondsMax {
		return payout.ErrTerm.Wrapf("%d blocks and %d s, at most %d and %d", msg.Blocks, msg.Seconds, params.BlocksMax, params.SecondsMax)
	}
	there, err := k.Promises.Has(ctx, collections.Join(payer, msg.Number))
	if err != nil {
		return err
	}
	if there {
		return payout.ErrExists.Wrapf("promise %d of %s", msg.Number, text)
	}
	if err := k.bank.SendCoinsFromAccountToModule(ctx, payer, payout.ModuleName, credit.Coins(terms.Most)); err != nil {
		return err
	}
	now := sdk.UnwrapSDKContext(ctx)
	due := schedule.After(now.BlockHeight(), now.BlockTime(), msg.Blocks, msg.Seconds)
	if err := k.schedule.Schedule(ctx, payout.KindReturn, itemName(payer, msg.Number), due); err != nil {
		return err
	}
	p := payout.Promise{Payer: text, Number: msg.Number, Terms: terms, DueHeight: due.Height, DueTime: due.Time}
	if err := k.Promises.Set(ctx, collections.Join(payer, p.Number), p); err != nil {
		return err
	}
	return emit(ctx, &payout.EventPromised{Payer: text, Number: p.Number, Beneficiary: terms.Beneficiary, Model: terms.Model})
}

// Collect pays the beneficiary by the verified value and the payer the rest. Whether a value counts is zkml's to say.
func (k *Keeper) Collect(ctx context.Context, msg *payout.MsgCollect) (math.Int, error) {
	beneficiary, text, err := k.address("beneficiary", msg.Beneficiary)
	if err != nil {
		return math.Int{}, err
	}
	payer, _, err := k.address("payer", msg.Payer)
	if err != nil {
		return math.Int{}, err
	}
	p, err := k.promise(ctx, payer, msg.Number)
	if err != nil {
		return math.Int{}, err
	}
	if p.Terms.Beneficiary != text {
		return math.Int{}, payout.ErrUnauthorised.Wrapf("%s is not whom promise %d pays", text, p.Number)
	}
	submitter, _, err := k.address("submitter", p.Terms.Submitter)
	if err != nil {
		return math.Int{}, err
	}
	v, err := k.values.Check(ctx, p.Terms.Requirement(submitter), p.Terms.Context)
	if err != nil {
		return math.Int{}, err
	}
	paid, err := p.Terms.PaysFloor(v)
	if err != nil {
		return math.Int{}, err
	}
	if err := k.schedule.Cancel(ctx, payout.KindReturn, itemName(payer, p.Number)); err != nil && !errors.Is(err, schedule.ErrNotFound) {
		return math.Int{}, err
	}
	if err := k.close(ctx, payer, p, beneficiary, paid); err != nil {
		return math.Int{}, err
	}
	return paid, emit(ctx, &payout.EventCollected{Payer: p.Payer, Number: p.Number, Beneficiary: text, Paid: paid, Proof: v.Proof})
}

// Return does what the schedule does when a promise's time is over, should it have failed too often.
func (k *Keeper) Return(ctx context.Context, msg *payout.MsgReturn) error {
	payer, _, err := k.address("payer", msg.Payer)
	if err != nil {
		return err
	}
	p, err := k.promise(ctx, payer, msg.Number)
	if err != nil {
		return err
	}
	now := sdk.UnwrapSDKContext(ctx)
	if now.BlockHeight() < p.DueHeight || now.BlockTime().Unix() < p.DueTime {
		return payout.ErrTerm.Wrapf("until height %d and time %d", p.DueHeight, p.DueTime)
	}
	if err := k.schedule.Cancel(ctx, payout.KindReturn, itemName(payer, p.Number)); err != nil && !errors.Is(err, schedule.ErrNotFound) {
		return err
	}
	return k.giveBack(ctx, payer, p)
}

// end is Return when it is due.
func (k *Keeper) end(ctx context.Context, due schedule.Due) error {
	at := len(due.Item.Name) - 8
	if at <= 0 {
		return payout.ErrInvariant.Wrapf("item %x", due.Item.Name)
	}
	payer := due.Item.Name[:at]
	p, err := k.promise(ctx, payer, binary.BigEndian.Uint64(due.Item.Name[at:]))
	if err != nil {
		return err
	}
	return k.giveBack(ctx, payer, p)
}

func (k *Keeper) giveBack(ctx context.Context, payer []byte, p payout.Promise) error {
	if err := k.close(ctx, payer, p, payer, math.ZeroInt()); err != nil {
		return err
	}
	return emit(ctx, &payout.EventReturned{Payer: p.Payer, Number: p.Number})
}

// close takes a promise out: part of what it locked goes to one account, the rest to the payer.
func (k *Keeper) close(ctx context.Context, payer []byte, p payout.Promise, to []byte, part math.Int) error {
	if err := k.Promises.Remove(ctx, collections.Join(payer, p.Number)); err != nil {
		return err
	}
	if err := k.pay(ctx, to, part); err != nil {
		return err
	}
	return k.pay(ctx, payer, p.Terms.Most.Sub(part))
}

func (k *Keeper) pay(ctx context.Context, to []byte, amount math.Int) error {
	if !amount.IsPositive() {
		return nil
	}
	return k.bank.SendCoinsFromModuleToAccount(ctx, payout.ModuleName, to, credit.Coins(amount))
}
