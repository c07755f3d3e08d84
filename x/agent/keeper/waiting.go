package keeper

import (
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"ayni.example/x/agent"
	"ayni.example/x/schedule"
)

// hang has an action wait with its money held: for the owner, or until the payee's delay is over. A reservation holds nothing while it
// waits; it only makes the payee known.
func (k *Keeper) hang(ctx context.Context, l *life, a agent.Action, addr []byte, v agent.Verdict) (uint64, error) {
	text, amount := a.Payment()
	seconds := l.charter.PayeeDelay
	if v.Approval {
		seconds = l.charter.ApprovalSeconds
	}
	plan, due := after(ctx, l.charter.DelayBlocks, seconds)
	l.Number++
	w := agent.Waiting{Agent: l.Id, Number: l.Number, Wake: l.lease.Wake.Number, Action: a, Approval: v.Approval, Due: due, Epoch: l.lease.Epoch}
	if a.Reserve == nil {
		w.Charged = now(ctx)
		if err := k.noteProof(ctx, l, a); err != nil {
			return 0, err
		}
		p, err := k.payee(ctx, l, addr, text)
		if err != nil {
			return 0, err
		}
		p.Paid = p.Paid.Add(amount)
		if err := k.keepPayee(ctx, l, addr, p); err != nil {
			return 0, err
		}
		if err := k.hold(ctx, l, amount); err != nil {
			return 0, err
		}
	}
	if err := k.schedule.Schedule(ctx, agent.KindWaiting, agent.ItemName(l.Id, w.Number), plan); err != nil {
		return 0, err
	}
	return w.Number, k.Waiting.Set(ctx, collections.Join(l.Id, w.Number), w)
}

// Decide has a waiting action done or refused at once.
func (k *Keeper) Decide(ctx context.Context, msg *agent.MsgDecide) error {
	l, err := k.life(ctx, msg.Agent)
	if err != nil {
		return err
	}
	guardian, err := k.guarded(l, msg.Sender)
	if err != nil {
		return err
	}
	if guardian && msg.Approve {
		return agent.ErrUnauthorised.Wrap("a guardian refuses; the owner approves")
	}
	w, err := k.Waiting.Get(ctx, collections.Join(l.Id, msg.Waiting))
	if err != nil {
		return found(err, "waiting action %d of agent %x", msg.Waiting, l.Id)
	}
	if msg.Approve && l.State != agent.StateRunning {
		return agent.ErrState.Wrap("it is paused: resume it first")
	}
	if err := k.cancel(ctx, agent.KindWaiting, agent.ItemName(l.Id, w.Number)); err != nil {
		return err
	}
	if msg.Approve {
		err = k.release(ctx, l, w)
	} else {
		err = k.refuse(ctx, l, w, agent.ReasonRefused)
	}
	if err != nil {
		return err
	}
	return k.keep(ctx, l)
}

// endWaiting does an action whose payee's delay is over, and drops one that the owner has not approved.
func (k *Keeper) endWaiting(ctx context.Context, due schedule.Due) error {
	id, number, err := itemOf(due)
	if err != nil {
		return err
	}
	l, err := k.life(ctx, id)
	if err != nil {
		return err
	}
	w, err := k.Waiting.Get(ctx, collections.Join(id, number))
	if err != nil {
		return found(err, "waiting action %d of agent %x", number, id)
	}
	switch {
	case w.Approval:
		err = k.refuse(ctx, l, w, agent.ReasonLapsed)
	case l.State != agent.StateRunning:
		err = k.refuse(ctx, l, w, agent.ReasonEnded)
	default:
		err = k.release(ctx, l, w)
	}
	if err != nil {
		return err
	}
	return k.keep(ctx, l)
}

// release does a waiting action, unless the charter that is in effect now does not allow it.
func (k *Keeper) release(ctx context.Context, l *life, w agent.Waiting) error {
	if w.Epoch <= l.Fence {
		return k.refuse(ctx, l, w, agent.ReasonEnded)
	}
	if reason := l.charter.Stands(now(ctx), w.Action); reason != "" {
		return k.refuse(ctx, l, w, reason)
	}
	text, amount := w.Action.Payment()
	addr, _, err := k.address("payee", text)
	if err != nil {
		return err
	}
	p, err := k.payee(ctx, l, addr, text)
	if err != nil {
		return err
	}
	p.Known = true
	if err := k.keepPayee(ctx, l, addr, p); err != nil {
		return err
	}
	if w.Charged > 0 {
		if err := k.pay(ctx, l, addr, amount); err != nil {
			return err
		}
	}
	return k.forget(ctx, w, agent.OutcomeDone, "")
}

// refuse drops a waiting action and returns its money.
func (k *Keeper) refuse(ctx context.Context, l *life, w agent.Waiting, reason string) error {
	text, amount := w.Action.Payment()
	if w.Charged > 0 {
		if err := k.giveBack(ctx, l, w.Charged, amount); err != nil {
			return err
		}
		if err := k.unpaid(ctx, l, text, amount); err != nil {
			return err
		}
	}
	return k.forget(ctx, w, agent.OutcomeRefused, reason)
}

func (k *Keeper) forget(ctx context.Context, w agent.Waiting, outcome agent.Outcome, reason string) error {
	if err := k.Waiting.Remove(ctx, collections.Join(w.Agent, w.Number)); err != nil {
		return err
	}
	text, amount := w.Action.Payment()
	if w.Charged == 0 {
		amount = math.ZeroInt()
	}
	return emit(ctx, &agent.EventDecided{Agent: w.Agent, Number: w.Number, Outcome: outcome, Reason: reason, Payee: text, Amount: amount})
}
