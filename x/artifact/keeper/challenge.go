package keeper

import (
	"context"
	"encoding/binary"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/artifact"
	"ayni.example/x/schedule"
)

// Challenge asks a holder for a leaf. The challenger names it: one who knows what is missing asks for just that.
func (k *Keeper) Challenge(ctx context.Context, msg *artifact.MsgChallenge) error {
	challenger, by, err := k.address("challenger", msg.Challenger)
	if err != nil {
		return err
	}
	holder, text, err := k.address("holder", msg.Holder)
	if err != nil {
		return err
	}
	p, err := k.pledge(ctx, holder, msg.Digest)
	if err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	now := sdk.UnwrapSDKContext(ctx)
	name := collections.Join3(holder, msg.Digest, msg.Leaf)
	there, err := k.Challenges.Has(ctx, name)
	switch {
	case err != nil:
		return err
	case now.BlockTime().Unix() >= p.Until:
		return artifact.ErrTerm.Wrapf("bound until %d, now is %d", p.Until, now.BlockTime().Unix())
	case msg.Leaf >= artifact.Leaves(p.Size_):
		return artifact.ErrInvalid.Wrapf("leaf %d of %d", msg.Leaf, artifact.Leaves(p.Size_))
	case there:
		return artifact.ErrExists.Wrapf("challenge for leaf %d", msg.Leaf)
	case p.Waiting >= params.ChallengesMax:
		return artifact.ErrBusy.Wrapf("%d of them", p.Waiting)
	}
	if err := k.take(ctx, challenger, params.Deposit); err != nil {
		return err
	}
	due := schedule.After(now.BlockHeight(), now.BlockTime(), params.AnswerBlocks, params.AnswerSeconds)
	if err := k.schedule.Schedule(ctx, artifact.KindAnswer, itemName(holder, msg.Digest, msg.Leaf), due); err != nil {
		return err
	}
	c := artifact.Challenge{
		Holder: text, Digest: msg.Digest, Leaf: msg.Leaf, Challenger: by, Deposit: params.Deposit, DueHeight: due.Height, DueTime: due.Time,
	}
	if err := k.Challenges.Set(ctx, name, c); err != nil {
		return err
	}
	p.Waiting++
	if err := k.store(ctx, holder, p); err != nil {
		return err
	}
	return emit(ctx, &artifact.EventChallenged{Holder: text, Digest: msg.Digest, Leaf: msg.Leaf, Challenger: by})
}

// Answer takes a leaf that was asked for, from anyone, and pays the holder for it.
func (k *Keeper) Answer(ctx context.Context, msg *artifact.MsgAnswer) error {
	holder, text, err := k.address("holder", msg.Holder)
	if err != nil {
		return err
	}
	name := collections.Join3(holder, msg.Digest, msg.Leaf)
	c, err := k.Challenges.Get(ctx, name)
	if errors.Is(err, collections.ErrNotFound) {
		return artifact.ErrNotFound.Wrapf("challenge of %s for leaf %d of %x", text, msg.Leaf, msg.Digest)
	}
	if err != nil {
		return err
	}
	p, err := k.pledge(ctx, holder, msg.Digest)
	if err != nil {
		return err
	}
	if err := artifact.VerifyLeaf(p.Root, p.Size_, msg.Leaf, msg.Data, msg.Path); err != nil {
		return err
	}
	if err := k.schedule.Cancel(ctx, artifact.KindAnswer, itemName(holder, msg.Digest, msg.Leaf)); err != nil {
		return err
	}
	if err := k.Challenges.Remove(ctx, name); err != nil {
		return err
	}
	p.Waiting--
	p.Answered++
	if err := k.store(ctx, holder, p); err != nil {
		return err
	}
	earned := artifact.EarnedFloor(c.Deposit)
	if err := k.pay(ctx, holder, earned); err != nil {
		return err
	}
	if err := k.toFees(ctx, c.Deposit.Sub(earned)); err != nil {
		return err
	}
	if err := k.note(ctx, holder, text, func(r *artifact.Record) { r.Answered++ }); err != nil {
		return err
	}
	return emit(ctx, &artifact.EventAnswered{Holder: text, Digest: msg.Digest, Leaf: msg.Leaf})
}

// unanswered breaks the pledge whose challenge's time is over: the challenger gets its deposit and a part of the bond, the fees the
// rest, and who else waits for the same holder gets the deposit back.
func (k *Keeper) unanswered(ctx context.Context, due schedule.Due) error {
	name := due.Item.Name
	at := len(name) - 8 - artifact.DigestSize
	if at <= 0 {
		return artifact.ErrInvariant.Wrapf("item %x", name)
	}
	holder, digest, leaf := name[:at], name[at:len(name)-8], binary.BigEndian.Uint64(name[len(name)-8:])
	p, err := k.pledge(ctx, holder, digest)
	if err != nil {
		return err
	}
	c, err := k.Challenges.Get(ctx, collections.Join3(holder, digest, leaf))
	if err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	reward := params.RewardFloor(p.Bond)
	challenger, _, err := k.address("challenger", c.Challenger)
	if err != nil {
		return err
	}
	if err := k.pay(ctx, challenger, reward); err != nil {
		return err
	}
	if err := k.toFees(ctx, p.Bond.Sub(reward)); err != nil {
		return err
	}
	if err := k.refund(ctx, holder, digest, leaf); err != nil {
		return err
	}
	if err := k.remove(ctx, holder, digest); err != nil {
		return err
	}
	if err := k.note(ctx, holder, p.Holder, func(r *artifact.Record) { r.Broken++ }); err != nil {
		return err
	}
	return emit(ctx, &artifact.EventBroken{Holder: p.Holder, Digest: digest, Leaf: leaf, Challenger: c.Challenger, Reward: reward})
}

// refund ends all challenges of a pledge and returns their deposits. The item of the one that is due has run already.
func (k *Keeper) refund(ctx context.Context, holder, digest []byte, due uint64) error {
	var open []artifact.Challenge
	prefix := collections.NewSuperPrefixedTripleRange[[]byte, []byte, uint64](holder, digest)
	err := k.Challenges.Walk(ctx, prefix, func(_ asked, c artifact.Challenge) (bool, error) {
		open = append(open, c)
		return false, nil
	})
	if err != nil {
		return err
	}
	for _, c := range open {
		if err := k.Challenges.Remove(ctx, collections.Join3(holder, digest, c.Leaf)); err != nil {
			return err
		}
		to, _, err := k.address("challenger", c.Challenger)
		if err != nil {
			return err
		}
		if err := k.pay(ctx, to, c.Deposit); err != nil {
			return err
		}
		if c.Leaf == due {
			continue
		}
		if err := k.schedule.Cancel(ctx, artifact.KindAnswer, itemName(holder, digest, c.Leaf)); err != nil {
			return err
		}
	}
	return nil
}
