package keeper

import (
	"context"
	"errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/referee"
	"ayni.example/x/schedule"
)

// Show takes more of what the defender claims.
func (k *Keeper) Show(ctx context.Context, msg *referee.MsgShow) error {
	c, d, err := k.defending(ctx, msg.Defender, msg.Claim)
	if err != nil {
		return err
	}
	if err := d.Expect(true, msg.Turn, referee.StageSteps, referee.StageTrace, referee.StageNodes, referee.StageChunks); err != nil {
		return err
	}
	program, _, err := k.program(ctx, c.Job)
	if err != nil {
		return err
	}
	if err := d.Show(program, msg.Hashes); err != nil {
		return err
	}
	return k.pass(ctx, c, d)
}

// Point narrows the dispute down to a part of what was shown.
func (k *Keeper) Point(ctx context.Context, msg *referee.MsgPoint) error {
	_, text, err := k.address("challenger", msg.Challenger)
	if err != nil {
		return err
	}
	c, err := k.claim(ctx, msg.Claim)
	if err != nil {
		return err
	}
	d, err := k.dispute(ctx, msg.Claim)
	if err != nil {
		return err
	}
	if text != d.Challenger {
		return referee.ErrUnauthorised.Wrapf("%s is not the challenger of claim %x whose dispute runs", text, msg.Claim)
	}
	if err := d.Expect(false, msg.Turn, referee.StageSteps, referee.StageTrace, referee.StageNodes, referee.StageChunks); err != nil {
		return err
	}
	program, _, err := k.program(ctx, c.Job)
	if err != nil {
		return err
	}
	if err := d.Point(program, msg.Part); err != nil {
		return err
	}
	return k.pass(ctx, c, d)
}

// Prove computes what is left of a dispute, and decides it.
func (k *Keeper) Prove(ctx context.Context, msg *referee.MsgProve) (bool, error) {
	c, d, err := k.defending(ctx, msg.Defender, msg.Claim)
	if err != nil {
		return false, err
	}
	if err := d.Expect(true, msg.Turn, referee.StageTile); err != nil {
		return false, err
	}
	program, job, err := k.program(ctx, c.Job)
	if err != nil {
		return false, err
	}
	gas, err := d.ProveGas(program, msg)
	if err != nil {
		return false, err
	}
	sdk.UnwrapSDKContext(ctx).GasMeter().ConsumeGas(gas, "compute a chunk of a tile")
	holds, err := d.Prove(program, job, msg)
	if err != nil {
		return false, err
	}
	if holds {
		return true, k.dismiss(ctx, c, false)
	}
	return false, k.refute(ctx, c, d.Challenger, &referee.EventRefuted{Turn: d.Turn})
}

// defending finds the dispute of a claim for its defender.
func (k *Keeper) defending(ctx context.Context, defender string, id []byte) (referee.Claim, referee.Dispute, error) {
	_, text, err := k.address("defender", defender)
	if err != nil {
		return referee.Claim{}, referee.Dispute{}, err
	}
	c, err := k.claim(ctx, id)
	if err != nil {
		return c, referee.Dispute{}, err
	}
	if text != c.Defender {
		return c, referee.Dispute{}, referee.ErrUnauthorised.Wrapf("%s does not defend claim %x", text, id)
	}
	d, err := k.dispute(ctx, id)
	return c, d, err
}

// pass stops one clock and starts the other.
func (k *Keeper) pass(ctx context.Context, c referee.Claim, d referee.Dispute) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	now := sdk.UnwrapSDKContext(ctx)
	d.Pass(now.BlockHeight(), now.BlockTime(), params)
	err = k.schedule.Reschedule(ctx, referee.KindClock, d.Claim, clock(d))
	if errors.Is(err, schedule.ErrNotFound) { // it is not there when it has failed too often
		err = k.schedule.Schedule(ctx, referee.KindClock, d.Claim, clock(d))
	}
	if err != nil {
		return err
	}
	if err := k.Disputes.Set(ctx, d.Claim, d); err != nil {
		return err
	}
	return turn(ctx, c, d)
}
