package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/artifact"
)

// Pledge binds a registered provider to an artifact.
func (k *Keeper) Pledge(ctx context.Context, msg *artifact.MsgPledge) error {
	holder, text, err := k.address("holder", msg.Holder)
	if err != nil {
		return err
	}
	if _, err := k.providers.Provider(ctx, holder); err != nil {
		return artifact.ErrUnauthorised.Wrapf("%s is no provider: peers would not find it", text)
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if msg.Bond.LT(params.BondMin) {
		return artifact.ErrBond.Wrapf("%s, at least %s", msg.Bond, params.BondMin)
	}
	now := sdk.UnwrapSDKContext(ctx)
	if err := params.CheckTerm(msg.Until, now.BlockTime().Unix()); err != nil {
		return err
	}
	if there, err := k.Pledges.Has(ctx, collections.Join(holder, msg.Digest)); err != nil || there {
		if err == nil {
			err = artifact.ErrExists.Wrapf("pledge of %s for %x", text, msg.Digest)
		}
		return err
	}
	if err := k.take(ctx, holder, msg.Bond); err != nil {
		return err
	}
	p := artifact.Pledge{
		Holder: text, Digest: msg.Digest, Size_: msg.Size_, Root: msg.Root, Bond: msg.Bond, MadeHeight: now.BlockHeight(), Until: msg.Until,
	}
	if err := k.store(ctx, holder, p); err != nil {
		return err
	}
	return emit(ctx, &artifact.EventPledged{Holder: text, Digest: p.Digest, Size_: p.Size_, Until: p.Until})
}

// Extend moves the end of a pledge further away.
func (k *Keeper) Extend(ctx context.Context, holderText string, digest []byte, until int64) error {
	holder, text, err := k.address("holder", holderText)
	if err != nil {
		return err
	}
	p, err := k.pledge(ctx, holder, digest)
	if err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if until <= p.Until {
		return artifact.ErrTerm.Wrapf("until %d is not after %d", until, p.Until)
	}
	if err := params.CheckTerm(until, sdk.UnwrapSDKContext(ctx).BlockTime().Unix()); err != nil {
		return err
	}
	p.Until = until
	if err := k.store(ctx, holder, p); err != nil {
		return err
	}
	return emit(ctx, &artifact.EventPledged{Holder: text, Digest: digest, Size_: p.Size_, Until: until})
}

// Release ends a pledge after its time and returns the bond.
func (k *Keeper) Release(ctx context.Context, holderText string, digest []byte) error {
	holder, text, err := k.address("holder", holderText)
	if err != nil {
		return err
	}
	p, err := k.pledge(ctx, holder, digest)
	switch now := sdk.UnwrapSDKContext(ctx).BlockTime().Unix(); {
	case err != nil:
		return err
	case p.Waiting > 0:
		return artifact.ErrBusy.Wrapf("%d of them", p.Waiting)
	case now < p.Until:
		return artifact.ErrTerm.Wrapf("bound until %d, now is %d", p.Until, now)
	}
	if err := k.remove(ctx, holder, digest); err != nil {
		return err
	}
	if err := k.pay(ctx, holder, p.Bond); err != nil {
		return err
	}
	if err := k.note(ctx, holder, text, func(r *artifact.Record) { r.Kept++ }); err != nil {
		return err
	}
	return emit(ctx, &artifact.EventReleased{Holder: text, Digest: digest})
}
