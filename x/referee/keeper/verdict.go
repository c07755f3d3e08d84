package keeper

import (
	"context"

	"ayni.example/x/referee"
	"ayni.example/x/schedule"
)

// timeout decides a dispute against the side whose clock has run out.
func (k *Keeper) timeout(ctx context.Context, due schedule.Due) error {
	c, err := k.claim(ctx, due.Item.Name)
	if err != nil {
		return err
	}
	d, err := k.dispute(ctx, due.Item.Name)
	if err != nil {
		return err
	}
	if d.Defending() {
		return k.refute(ctx, c, d.Challenger, &referee.EventRefuted{Turn: d.Turn, Timeout: true})
	}
	return k.dismiss(ctx, c, true)
}

// dismiss ends a dispute that the challenger has lost; the next one begins. An auditor who was wrong is followed by another one.
func (k *Keeper) dismiss(ctx context.Context, c referee.Claim, timeout bool) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	id := c.ID()
	audited := false
	if err := k.endDispute(ctx, id, func(d referee.Dispute) error {
		audited = c.Audit.Stage == referee.AuditChallenged && c.Audit.Auditor == d.Challenger
		if err := k.share(ctx, c.Defender, d.Bond); err != nil {
			return err
		}
		return emit(ctx, &referee.EventDismissed{Claim: id, Challenger: d.Challenger, Timeout: timeout, Turn: d.Turn})
	}); err != nil {
		return err
	}
	if audited {
		if err := k.another(ctx, params, &c); err != nil {
			return err
		}
	}
	return k.keep(ctx, c) // which begins the next
}

// refute ends a claim that is false, or was not defended. The fee is the winner's if it is the drawn auditor; a winner of "" is nobody.
func (k *Keeper) refute(ctx context.Context, c referee.Claim, winner string, told *referee.EventRefuted) error {
	var addr []byte
	var err error
	if winner != "" {
		if addr, _, err = k.address("winner", winner); err != nil {
			return err
		}
	}
	fee := c.Payer
	if winner != "" && winner == c.Audit.Auditor {
		fee = winner
	}
	if err := k.giveBack(ctx, c, fee); err != nil {
		return err
	}
	told.Claim, told.Defender, told.Winner = c.ID(), c.Defender, winner
	if err := emit(ctx, told); err != nil {
		return err
	}
	h, err := k.handler(c.Kind)
	if err != nil {
		return err
	}
	return h.Refuted(ctx, c.Name, addr)
}
