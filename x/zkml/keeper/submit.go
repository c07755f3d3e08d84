package keeper

import (
	"context"
	"crypto/sha256"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/schedule"
	"ayni.example/x/zkml"
)

// Submit verifies a proof and keeps its output, in the place of the submitter's last one in the same context.
func (k *Keeper) Submit(ctx context.Context, msg *zkml.MsgSubmitProof) error {
	submitter, text, err := k.address("submitter", msg.Submitter)
	if err != nil {
		return err
	}
	m, err := k.Model(ctx, msg.Model)
	if err != nil {
		return err
	}
	if m.Retired {
		return zkml.ErrRetired.Wrapf("%x", m.Id)
	}
	p, err := k.prover(ctx, m.Id, submitter, text)
	if err != nil {
		return err
	}
	if msg.Nonce <= p.Nonce {
		return zkml.ErrReplay.Wrapf("%d, the last one was %d", msg.Nonce, p.Nonce)
	}
	input := msg.Integers()
	if err := k.verify(ctx, m, submitter, input, msg); err != nil {
		return err
	}
	now := sdk.UnwrapSDKContext(ctx)
	proof := sha256.Sum256(msg.Proof)
	v := zkml.Verified{
		Model: m.Id, Submitter: text, Context: msg.Context, Input: zkml.InputDigest(input), Output: msg.Output, Nonce: msg.Nonce,
		Proof: proof[:], Height: now.BlockHeight(), Time: now.BlockTime().Unix(),
	}
	p.Nonce = msg.Nonce
	if err := k.keep(ctx, submitter, p, v); err != nil {
		return err
	}
	return emit(ctx, &zkml.EventVerified{Model: m.Id, Submitter: text, Context: v.Context, Input: v.Input, Nonce: v.Nonce, Proof: v.Proof})
}

// keep stores a value, what is remembered of its prover, and when it will be forgotten.
func (k *Keeper) keep(ctx context.Context, submitter []byte, p zkml.Prover, v zkml.Verified) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	slot := zkml.Slot(submitter, v.Context)
	renewed, err := k.Values.Has(ctx, collections.Join(v.Model, slot))
	if err != nil {
		return err
	}
	if !renewed {
		if p.Values >= params.ValuesMax {
			return zkml.ErrFull.Wrapf("%d of model %x stand; they are forgotten in time", p.Values, v.Model)
		}
		p.Values++
	}
	if err := k.Provers.Set(ctx, collections.Join(v.Model, submitter), p); err != nil {
		return err
	}
	if err := k.Values.Set(ctx, collections.Join(v.Model, slot), v); err != nil {
		return err
	}
	now := sdk.UnwrapSDKContext(ctx)
	name, plan := itemName(v.Model, slot), schedule.After(v.Height, now.BlockTime(), params.RetainBlocks, params.RetainSeconds)
	if renewed {
		err := k.schedule.Reschedule(ctx, zkml.KindForget, name, plan)
		if !errors.Is(err, schedule.ErrNotFound) { // it is not there when it has failed too often
			return err
		}
	}
	return k.schedule.Schedule(ctx, zkml.KindForget, name, plan)
}

// forget drops a value whose time is over. Its prover stays, or its proofs would count a second time.
func (k *Keeper) forget(ctx context.Context, due schedule.Due) error {
	name := due.Item.Name
	if len(name) != 2*zkml.DigestSize {
		return zkml.ErrInvariant.Wrapf("item %x", name)
	}
	at := collections.Join(name[:zkml.DigestSize], name[zkml.DigestSize:])
	v, err := k.Values.Get(ctx, at)
	if err != nil {
		return err
	}
	submitter, text, err := k.address("submitter", v.Submitter)
	if err != nil {
		return err
	}
	p, err := k.prover(ctx, v.Model, submitter, text)
	if err != nil {
		return err
	}
	if p.Values == 0 {
		return zkml.ErrInvariant.Wrapf("prover %s with %x has no value to forget", text, v.Model)
	}
	p.Values--
	if err := k.Provers.Set(ctx, collections.Join(v.Model, submitter), p); err != nil {
		return err
	}
	if err := k.Values.Remove(ctx, at); err != nil {
		return err
	}
	return emit(ctx, &zkml.EventForgotten{Model: v.Model, Submitter: text, Context: v.Context})
}

// itemName is a value's in the schedule.
func itemName(model, slot []byte) []byte { return append(append([]byte{}, model...), slot...) }
