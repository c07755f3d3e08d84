package keeper

import (
	"bytes"
	"context"
	"errors"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/beacon"
	"ayni.example/x/referee"
	"ayni.example/x/schedule"
)

const (
	drawBlocks = 2 // between two looks at a round that is open
	roundsMax  = 3 // that a claim asks for, should they end without an output
)

// askBeacon asks for the round that draws.
func (k *Keeper) askBeacon(ctx context.Context, params referee.Params, c *referee.Claim) error {
	if params.AuditBps == 0 || c.Audit.Rounds >= roundsMax {
		return k.nobody(ctx, c)
	}
	round, err := k.beacon.Request(ctx)
	if err != nil {
		return err
	}
	c.Audit.Round = round
	c.Audit.Rounds++
	return k.lookAgain(ctx, c.ID())
}

func (k *Keeper) lookAgain(ctx context.Context, id []byte) error {
	now := sdk.UnwrapSDKContext(ctx)
	return k.schedule.Schedule(ctx, referee.KindDraw, id, schedule.After(now.BlockHeight(), now.BlockTime(), drawBlocks, 0))
}

// draw decides whether a claim is audited, and by whom, once its round is closed.
func (k *Keeper) draw(ctx context.Context, due schedule.Due) error {
	c, err := k.claim(ctx, due.Item.Name)
	if err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	seed, err := k.seed(ctx, c)
	switch {
	case errors.Is(err, beacon.ErrNotYet):
		return k.lookAgain(ctx, due.Item.Name)
	case errors.Is(err, beacon.ErrVoid), errors.Is(err, beacon.ErrGone):
		err = k.askBeacon(ctx, params, &c)
	case err == nil && params.Selected(seed):
		err = k.pick(ctx, params, &c)
	case err == nil:
		err = k.nobody(ctx, &c)
	}
	if err != nil {
		return err
	}
	return k.keep(ctx, c)
}

func (k *Keeper) seed(ctx context.Context, c referee.Claim) ([]byte, error) {
	draw, err := k.beacon.At(ctx, c.Audit.Round, referee.DrawDomain)
	return referee.Seed(draw[:], c.ID()), err
}

// pick gives a claim to the first auditor in the claim's own order of them; the list is bounded.
func (k *Keeper) pick(ctx context.Context, params referee.Params, c *referee.Claim) error {
	seed, err := k.seed(ctx, *c)
	if err != nil || len(c.Audit.Tried) >= int(params.DrawsMax) {
		return k.nobody(ctx, c) // the output of a round is kept for long, but not for ever
	}
	var first [referee.HashSize]byte
	var found referee.Auditor
	err = k.Auditors.Walk(ctx, nil, func(addr []byte, a referee.Auditor) (bool, error) {
		rank := referee.Rank(seed, addr)
		if !a.Suits(*c, params) || found.Address != "" && bytes.Compare(first[:], rank[:]) <= 0 {
			return false, nil
		}
		load, err := k.load(ctx, addr, referee.RoleAuditor, params.AuditsMax)
		if err == nil && load < params.AuditsMax {
			first, found = rank, a
		}
		return false, err
	})
	if err != nil {
		return err
	}
	if found.Address == "" {
		return k.nobody(ctx, c)
	}
	id := c.ID()
	now := sdk.UnwrapSDKContext(ctx)
	due := schedule.After(now.BlockHeight(), now.BlockTime(), params.Audit.Blocks, params.Audit.Seconds)
	c.Audit.Stage, c.Audit.Auditor, c.Audit.Asked = referee.AuditDrawn, found.Address, 0
	c.Audit.DueHeight, c.Audit.DueTime = due.Height, due.Time
	if err := k.schedule.Schedule(ctx, referee.KindAudit, id, due); err != nil {
		return err
	}
	if err := k.role(ctx, found.Address, referee.RoleAuditor, id, true); err != nil {
		return err
	}
	return emit(ctx, &referee.EventDrawn{Claim: id, Auditor: found.Address})
}

// nobody audits the claim, or nobody is left to.
func (k *Keeper) nobody(ctx context.Context, c *referee.Claim) error {
	c.Audit.Stage, c.Audit.Auditor = referee.AuditNone, ""
	return emit(ctx, &referee.EventDrawn{Claim: c.ID()})
}

// Report takes what an auditor found who does not challenge. One who agrees has the fee.
func (k *Keeper) Report(ctx context.Context, msg *referee.MsgReport) error {
	_, text, err := k.address("auditor", msg.Auditor)
	if err != nil {
		return err
	}
	c, err := k.claim(ctx, msg.Claim)
	if err != nil {
		return err
	}
	if !c.Audits(text) {
		return referee.ErrUnauthorised.Wrapf("%s is not drawn for claim %x, or has decided", text, msg.Claim)
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	told := &referee.EventReported{Claim: msg.Claim, Auditor: text, Stage: referee.AuditNone, Sum: math.ZeroInt()}
	if msg.Agrees {
		told.Stage, told.Sum = referee.AuditAgreed, c.Fee
		c.Fee = math.ZeroInt()
		if err := k.pay(ctx, text, told.Sum); err != nil {
			return err
		}
	}
	if err := k.decided(ctx, &c, told.Stage); err != nil {
		return err
	}
	if err := emit(ctx, told); err != nil {
		return err
	}
	if !msg.Agrees {
		if err := k.another(ctx, params, &c); err != nil {
			return err
		}
	}
	return k.keep(ctx, c)
}

// decided ends an auditor's work on a claim.
func (k *Keeper) decided(ctx context.Context, c *referee.Claim, stage referee.AuditStage) error {
	id := c.ID()
	if err := k.cancel(ctx, referee.KindAudit, id); err != nil {
		return err
	}
	if err := k.role(ctx, c.Audit.Auditor, referee.RoleAuditor, id, false); err != nil {
		return err
	}
	c.Audit.Stage = stage
	return k.note(ctx, c.Audit.Auditor, func(a *referee.Auditor) {
		switch stage {
		case referee.AuditAgreed:
			a.Agreed++
		case referee.AuditChallenged:
			a.Challenged++
		default:
			a.Inconclusive++
		}
	})
}

// another is drawn after one who did not decide.
func (k *Keeper) another(ctx context.Context, params referee.Params, c *referee.Claim) error {
	c.Audit.Tried = append(c.Audit.Tried, c.Audit.Auditor)
	return k.pick(ctx, params, c)
}

// silent is the end of an auditor's time: it pays for the delay.
func (k *Keeper) silent(ctx context.Context, due schedule.Due) error {
	c, err := k.claim(ctx, due.Item.Name)
	if err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if err := k.role(ctx, c.Audit.Auditor, referee.RoleAuditor, due.Item.Name, false); err != nil {
		return err
	}
	cut := math.ZeroInt()
	if err := k.note(ctx, c.Audit.Auditor, func(a *referee.Auditor) {
		cut = params.SilenceCut(a.Bond)
		a.Bond = a.Bond.Sub(cut)
		a.Silent++
	}); err != nil {
		return err
	}
	if err := k.pay(ctx, c.Payer, cut); err != nil {
		return err
	}
	if err := emit(ctx, &referee.EventReported{
		Claim: due.Item.Name, Auditor: c.Audit.Auditor, Stage: referee.AuditNone, Silent: true, Sum: cut,
	}); err != nil {
		return err
	}
	if err := k.another(ctx, params, &c); err != nil {
		return err
	}
	return k.keep(ctx, c)
}

// note changes an auditor's entry; it stays while the auditor is drawn for anything.
func (k *Keeper) note(ctx context.Context, auditor string, change func(*referee.Auditor)) error {
	addr, _, err := k.address("auditor", auditor)
	if err != nil {
		return err
	}
	a, err := k.Auditors.Get(ctx, addr)
	if err != nil {
		return err
	}
	change(&a)
	return k.Auditors.Set(ctx, addr, a)
}
