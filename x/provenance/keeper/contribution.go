package keeper

import (
	"bytes"
	"context"
	"slices"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/provenance"
)

// Contribute enters a file into the pool's epoch, and returns the contribution's id. What an owner committed to once it does not again, in no
// epoch of the pool. Another may: it does not know the salt, so that it gets no points, and who copies a commitment keeps nobody out.
func (k *Keeper) Contribute(ctx context.Context, msg *provenance.MsgContribute) ([]byte, error) {
	account, owner, err := k.person("contributor", msg.Contributor)
	if err != nil {
		return nil, err
	}
	_, p, err := k.pool(ctx, msg.Pool)
	if err != nil {
		return nil, err
	}
	if p.Epoch == 0 || msg.Epoch != p.Epoch {
		return nil, provenance.ErrPool.Wrapf("epoch %d is not open; %d is", msg.Epoch, p.Epoch)
	}
	if there, err := k.ByCommitment.Has(ctx, given(p.Asset, msg.Commitment, account)); err != nil || there {
		return nil, errorOr(err, provenance.ErrExists.Wrapf("commitment %x of %s is in pool %x", msg.Commitment, owner, p.Asset))
	}
	c, err := k.contributor(ctx, p, account, owner)
	if err != nil {
		return nil, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if c.Epoch != p.Epoch {
		c.Epoch, c.Count = p.Epoch, 0
	}
	if c.Count++; c.Count > params.Pools.ContributionsMax {
		return nil, provenance.ErrBound.Wrapf("%d contributions of %s in epoch %d, at most %d", c.Count, owner, p.Epoch, params.Pools.ContributionsMax)
	}
	now := sdk.UnwrapSDKContext(ctx)
	id := provenance.ContributionID(now.ChainID(), p.Asset, p.Epoch, owner, msg.Commitment)
	x := provenance.Contribution{
		ID: id, Pool: p.Asset, Epoch: p.Epoch, Owner: owner, Commitment: msg.Commitment, Bytes: msg.Bytes,
		State: provenance.ContributionWaits, Height: now.BlockHeight(),
	}
	if err := k.Contributors.Set(ctx, collections.Join(p.Asset, account), c); err != nil {
		return nil, err
	}
	if err := k.ByPool.Set(ctx, collections.Join(p.Asset, id)); err != nil {
		return nil, err
	}
	if err := k.ByCommitment.Set(ctx, given(p.Asset, x.Commitment, account)); err != nil {
		return nil, err
	}
	return id, k.setContribution(ctx, x)
}

// given is the index of what an account committed to in a pool.
func given(pool, commitment, account []byte) pair {
	return collections.Join(pool, slices.Concat(commitment, account))
}

// Withdraw takes a contribution back. Points that it had are gone; what they earned stays its owner's.
func (k *Keeper) Withdraw(ctx context.Context, msg *provenance.MsgWithdraw) error {
	account, sender, err := k.address("contributor", msg.Contributor)
	if err != nil {
		return err
	}
	x, err := k.Contributions.Get(ctx, msg.Contribution)
	if err != nil {
		return found(err, "contribution", msg.Contribution)
	}
	if x.Owner != sender {
		return provenance.ErrUnauthorised.Wrapf("%s did not contribute %x", sender, x.ID)
	}
	switch x.State {
	case provenance.ContributionAccepted:
		if err := k.addPoints(ctx, x.Pool, account, math.NewIntFromUint64(x.Points).Neg()); err != nil {
			return err
		}
	case provenance.ContributionWaits:
	default:
		return provenance.ErrPool.Wrapf("contribution %x is %s", x.ID, x.State)
	}
	x.State, x.Points = provenance.ContributionWithdrawn, 0
	return k.setContribution(ctx, x)
}

// Judge accepts and refuses contributions that wait.
func (k *Keeper) Judge(ctx context.Context, msg *provenance.MsgJudge) error {
	_, checker, err := k.address("checker", msg.Checker)
	if err != nil {
		return err
	}
	_, p, err := k.pool(ctx, msg.Pool)
	if err != nil {
		return err
	}
	if !slices.Contains(p.Checkers, checker) {
		return provenance.ErrUnauthorised.Wrapf("%s is no checker of pool %x", checker, p.Asset)
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if len(msg.Verdicts) > int(params.Pools.VerdictsMax) {
		return provenance.ErrBound.Wrapf("%d verdicts, at most %d", len(msg.Verdicts), params.Pools.VerdictsMax)
	}
	for _, v := range msg.Verdicts {
		if err := k.enterVerdict(ctx, p.Asset, checker, v); err != nil {
			return err
		}
	}
	return nil
}

// enterVerdict enters one verdict. A contribution of another pool is refused: what a checker of one pool says, pays in no other.
func (k *Keeper) enterVerdict(ctx context.Context, pool []byte, checker string, v provenance.Verdict) error {
	x, err := k.Contributions.Get(ctx, v.Contribution)
	if err != nil {
		return found(err, "contribution", v.Contribution)
	}
	if !bytes.Equal(x.Pool, pool) {
		return provenance.ErrPool.Wrapf("contribution %x is of pool %x, not of %x", x.ID, x.Pool, pool)
	}
	if x.State == provenance.ContributionWithdrawn {
		return nil // it was withdrawn while it was checked
	}
	if x.State != provenance.ContributionWaits {
		return provenance.ErrPool.Wrapf("contribution %x is %s", x.ID, x.State)
	}
	x.Checker = checker
	if !v.Accept {
		x.State, x.Reason = provenance.ContributionRefused, v.Reason
		return k.setContribution(ctx, x)
	}
	account, _, err := k.address("owner", x.Owner)
	if err != nil {
		return err
	}
	x.State, x.Points = provenance.ContributionAccepted, v.Points
	if err := k.addPoints(ctx, pool, account, math.NewIntFromUint64(v.Points)); err != nil {
		return err
	}
	return k.setContribution(ctx, x)
}

func (k *Keeper) setContribution(ctx context.Context, x provenance.Contribution) error {
	if err := k.Contributions.Set(ctx, x.ID, x); err != nil {
		return err
	}
	return emit(ctx, &provenance.EventContribution{Contribution: x.ID, Pool: x.Pool, Owner: x.Owner, State: x.State, Points: x.Points})
}

// errorOr is err, or other where there is none.
func errorOr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
