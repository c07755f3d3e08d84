package keeper

import (
	"context"
	"errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/referee"
	"ayni.example/x/schedule"
)

// EnterClaim takes a claim from a module and returns its id. The beacon is asked for a round, whose output says whether it is audited.
func (k *Keeper) EnterClaim(ctx context.Context, e referee.Entry) ([]byte, error) {
	if _, err := k.handler(e.Kind); err != nil {
		return nil, err
	}
	var payer []byte
	var err error
	if _, e.Defender, err = k.address("defender", e.Defender); err != nil {
		return nil, err
	}
	if payer, e.Payer, err = k.address("payer", e.Payer); err != nil {
		return nil, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	job, err := k.job(ctx, e.Job)
	if err != nil {
		return nil, err
	}
	now := sdk.UnwrapSDKContext(ctx)
	c, err := referee.NewClaim(e, job, params, now.BlockHeight(), now.BlockTime())
	if err != nil {
		return nil, err
	}
	id := c.ID()
	switch there, err := k.Claims.Has(ctx, id); {
	case err != nil:
		return nil, err
	case there:
		return nil, referee.ErrExists.Wrapf("claim %x of kind %s", c.Name, c.Kind)
	}
	if err := k.take(ctx, payer, c.Fee); err != nil {
		return nil, err
	}
	if _, err := k.EnterJob(ctx, job); err != nil { // the claim keeps it
		return nil, err
	}
	if err := k.role(ctx, c.Defender, referee.RoleDefender, id, true); err != nil {
		return nil, err
	}
	if err := k.schedule.Schedule(ctx, referee.KindWindow, id, schedule.Plan{Height: c.ClosesHeight, Time: c.ClosesTime}); err != nil {
		return nil, err
	}
	if err := k.askBeacon(ctx, params, &c); err != nil {
		return nil, err
	}
	if err := k.store(ctx, c); err != nil {
		return nil, err
	}
	return id, emit(ctx, &referee.EventEntered{
		Claim: id, Kind: c.Kind, Name: c.Name, Defender: c.Defender, Job: c.Job, From: c.From, To: c.To,
	})
}

// WithdrawClaim takes a claim back without a verdict, for its module; one that is gone is no error. Nobody loses anything.
func (k *Keeper) WithdrawClaim(ctx context.Context, kind string, name []byte) error {
	id := referee.ClaimID(kind, name)
	switch there, err := k.Claims.Has(ctx, id); {
	case err != nil:
		return err
	case !there:
		return nil
	}
	c, err := k.claim(ctx, id)
	if err != nil {
		return err
	}
	if err := k.giveBack(ctx, c, c.Payer); err != nil {
		return err
	}
	return emit(ctx, &referee.EventWithdrawn{Claim: id})
}

// endWindow lets nobody challenge a claim any more.
func (k *Keeper) endWindow(ctx context.Context, due schedule.Due) error {
	c, err := k.claim(ctx, due.Item.Name)
	if err != nil {
		return err
	}
	c.Over = true
	return k.keep(ctx, c)
}

// keep stores a claim and begins the dispute of who waits, or accepts it where its window is over and nothing is left that its end waits for.
func (k *Keeper) keep(ctx context.Context, c referee.Claim) error {
	id := c.ID()
	disputed, err := k.Disputes.Has(ctx, id)
	if err != nil {
		return err
	}
	if !disputed && len(c.Waiting) > 0 {
		if disputed, err = k.next(ctx, &c); err != nil {
			return err
		}
	}
	if !c.Over || c.Busy() || disputed {
		return k.store(ctx, c)
	}
	if err := k.giveBack(ctx, c, c.Payer); err != nil {
		return err
	}
	if err := emit(ctx, &referee.EventAccepted{Claim: id, Audit: c.Audit.Stage}); err != nil {
		return err
	}
	h, err := k.handler(c.Kind)
	if err != nil {
		return err
	}
	return h.Accepted(ctx, c.Name)
}

// giveBack takes a claim out: challengers and askers have theirs back, and somebody what is left of the fee.
func (k *Keeper) giveBack(ctx context.Context, c referee.Claim, fee string) error {
	id := c.ID()
	if err := k.pay(ctx, fee, c.Fee); err != nil {
		return err
	}
	if err := k.endDispute(ctx, id, func(d referee.Dispute) error { return k.pay(ctx, d.Challenger, d.Bond) }); err != nil {
		return err
	}
	for _, w := range c.Waiting {
		if err := k.pay(ctx, w.Challenger, w.Bond); err != nil {
			return err
		}
		if err := k.role(ctx, w.Challenger, referee.RoleChallenger, id, false); err != nil {
			return err
		}
	}
	for _, q := range c.Questions {
		if err := k.pay(ctx, q.Asker, q.Fee); err != nil {
			return err
		}
		if err := k.cancel(ctx, referee.KindQuestion, questionName(id, q.Tensor, q.Tile)); err != nil {
			return err
		}
	}
	if c.Audit.Stage == referee.AuditDrawn {
		if err := k.role(ctx, c.Audit.Auditor, referee.RoleAuditor, id, false); err != nil {
			return err
		}
	}
	for _, kind := range []string{referee.KindDraw, referee.KindAudit, referee.KindWindow} {
		if err := k.cancel(ctx, kind, id); err != nil {
			return err
		}
	}
	if err := k.role(ctx, c.Defender, referee.RoleDefender, id, false); err != nil {
		return err
	}
	if err := k.Claims.Remove(ctx, id); err != nil {
		return err
	}
	return k.ReleaseJob(ctx, c.Job)
}

// cancel takes an item out that may have run.
func (k *Keeper) cancel(ctx context.Context, kind string, name []byte) error {
	err := k.schedule.Cancel(ctx, kind, name)
	if errors.Is(err, schedule.ErrNotFound) {
		return nil
	}
	return err
}
