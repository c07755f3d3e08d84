package keeper

import (
	"bytes"
	"context"
	"slices"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/agent"
	"ayni.example/x/credit"
	"ayni.example/x/schedule"
)

// reservationsMax bounds the money that an agent holds for payments at once.
const reservationsMax = 64

// Reserve holds money for a payment outside. The same call again, by whichever host, has the same answer.
func (k *Keeper) Reserve(ctx context.Context, msg *agent.MsgReserve) (*agent.MsgReserveResponse, error) {
	if _, _, err := k.address("carrier", msg.Carrier); err != nil {
		return nil, err
	}
	l, err := k.life(ctx, msg.Agent)
	if err != nil {
		return nil, err
	}
	if err := opened(l, msg.Wake, msg.Epoch); err != nil {
		return nil, err
	}
	text, err := agent.ReserveBytes(chainID(ctx), msg)
	if err != nil {
		return nil, err
	}
	if err := signed(l, text, msg.Signature); err != nil {
		return nil, err
	}
	payment := agent.PaymentID(l.Id, msg.Wake, msg.Reserve.Call)
	for _, c := range l.lease.Calls {
		if c.Action.Reserve.Call != msg.Reserve.Call {
			continue
		}
		if c.Action.Reserve.Payee != msg.Reserve.Payee || !c.Action.Reserve.Amount.Equal(msg.Reserve.Amount) {
			return nil, agent.ErrExists.Wrapf("call %d reserved something else", msg.Reserve.Call)
		}
		return &agent.MsgReserveResponse{Result: c, Payment: payment}, nil
	}
	if len(l.lease.Calls) >= agent.ActionsMax {
		return nil, agent.ErrFull.Wrapf("%d calls in a wake-up", agent.ActionsMax)
	}
	r, err := k.reserve(ctx, l, &msg.Reserve, payment)
	if err != nil {
		return nil, err
	}
	lease := *l.lease
	lease.Calls = append(slices.Clip(lease.Calls), r)
	l.lease = &lease
	if err := k.keep(ctx, l); err != nil {
		return nil, err
	}
	return &agent.MsgReserveResponse{Result: r, Payment: payment}, emit(ctx, &agent.EventReserved{
		Agent: l.Id, Wake: msg.Wake, Call: msg.Reserve.Call, Payment: payment, Payee: msg.Reserve.Payee, Amount: msg.Reserve.Amount,
		Outcome: r.Outcome, Reason: r.Reason,
	})
}

// reserve asks the policy and sets the money aside.
func (k *Keeper) reserve(ctx context.Context, l *life, m *agent.Reserve, payment []byte) (agent.Result, error) {
	a := agent.Action{Reserve: m}
	r := agent.Result{Action: a, Epoch: l.lease.Epoch, Outcome: agent.OutcomeDone}
	addr, v, err := k.judge(ctx, l, a)
	if err != nil {
		return r, err
	}
	if v.Refused == "" {
		if v.Refused, err = k.crowded(ctx, l, v.Delay); err != nil {
			return r, err
		}
	}
	switch {
	case v.Refused != "":
		r.Outcome, r.Reason = agent.OutcomeRefused, v.Refused
		return r, nil
	case v.Delay:
		r.Outcome = agent.OutcomeWaiting
		r.Number, err = k.hang(ctx, l, a, addr, v)
		return r, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return r, err
	}
	session, err := agent.SessionAddress(l.lease.Session)
	if err != nil {
		return r, err
	}
	plan, due := after(ctx, params.Reserve.Blocks, params.Reserve.Seconds)
	held := agent.Reservation{
		Payment: payment, Agent: l.Id, Wake: l.lease.Wake.Number, Call: m.Call, Payee: m.Payee, Amount: m.Amount, Due: due, Charged: now(ctx),
		Epoch: l.lease.Epoch,
	}
	if held.Session, err = k.addresses.BytesToString(session); err != nil {
		return r, err
	}
	p, err := k.payee(ctx, l, addr, m.Payee)
	if err != nil {
		return r, err
	}
	p.Paid = p.Paid.Add(m.Amount)
	if err := k.keepPayee(ctx, l, addr, p); err != nil {
		return r, err
	}
	if err := k.hold(ctx, l, m.Amount); err != nil {
		return r, err
	}
	l.lease.Spent = l.lease.Spent.Add(m.Amount)
	if err := k.schedule.Schedule(ctx, agent.KindReserve, reserveName(held), plan); err != nil {
		return r, err
	}
	return r, k.Reservations.Set(ctx, collections.Join(l.Id, payment), held)
}

// crowded tells whether an agent has as many reservations, or actions that wait, as it may.
func (k *Keeper) crowded(ctx context.Context, l *life, waits bool) (string, error) {
	var full bool
	if waits {
		n, err := count(ctx, k.Waiting, l.Id, waitingMax)
		if err != nil {
			return "", err
		}
		full = n >= waitingMax
	} else {
		all, err := listPairs(ctx, k.Reservations, l.Id)
		if err != nil {
			return "", err
		}
		full = len(all) >= reservationsMax
	}
	if full {
		return agent.ReasonFull, nil
	}
	return "", nil
}

// Cancel gives a reservation of the open wake-up back.
func (k *Keeper) Cancel(ctx context.Context, msg *agent.MsgCancel) error {
	if _, _, err := k.address("carrier", msg.Carrier); err != nil {
		return err
	}
	l, err := k.life(ctx, msg.Agent)
	if err != nil {
		return err
	}
	if err := opened(l, msg.Wake, msg.Epoch); err != nil {
		return err
	}
	if err := signed(l, agent.CancelBytes(chainID(ctx), msg), msg.Signature); err != nil {
		return err
	}
	payment := agent.PaymentID(l.Id, msg.Wake, msg.Call)
	r, err := k.Reservations.Get(ctx, collections.Join(l.Id, payment))
	if err != nil {
		return found(err, "reservation %x", payment)
	}
	if err := k.unreserve(ctx, l, r); err != nil {
		return err
	}
	return k.keep(ctx, l)
}

// endReservation gives back what nobody took.
func (k *Keeper) endReservation(ctx context.Context, due schedule.Due) error {
	name := due.Item.Name
	if len(name) != 2*agent.HashSize {
		return agent.ErrInvariant.Wrapf("item %x", name)
	}
	id, payment := name[:agent.HashSize], name[agent.HashSize:]
	l, err := k.life(ctx, id)
	if err != nil {
		return err
	}
	r, err := k.Reservations.Get(ctx, collections.Join(id, payment))
	if err != nil {
		return found(err, "reservation %x", payment)
	}
	if err := k.unreserve(ctx, l, r); err != nil {
		return err
	}
	return k.keep(ctx, l)
}

// unreserve returns a reservation's money.
func (k *Keeper) unreserve(ctx context.Context, l *life, r agent.Reservation) error {
	if err := k.dropReservation(ctx, r); err != nil {
		return err
	}
	if err := k.returned(ctx, l, r, r.Amount); err != nil {
		return err
	}
	return emit(ctx, &agent.EventSpent{Agent: l.Id, Payment: r.Payment, Spent: math.ZeroInt()})
}

// returned takes what comes back of a reservation out of every count.
func (k *Keeper) returned(ctx context.Context, l *life, r agent.Reservation, amount math.Int) error {
	if !amount.IsPositive() {
		return nil
	}
	if l.lease != nil && l.lease.Wake.Number == r.Wake {
		l.lease.Spent = l.lease.Spent.Sub(amount)
	}
	if err := k.giveBack(ctx, l, r.Charged, amount); err != nil {
		return err
	}
	return k.unpaid(ctx, l, r.Payee, amount)
}

func (k *Keeper) dropReservation(ctx context.Context, r agent.Reservation) error {
	if err := k.cancel(ctx, agent.KindReserve, reserveName(r)); err != nil {
		return err
	}
	return k.Reservations.Remove(ctx, collections.Join(r.Agent, r.Payment))
}

// Spend takes a reservation's money for a payment that its host has signed, at most once; what is more than the value returns. The
// money goes to the module account of credits, which pays it on.
func (k *Keeper) Spend(ctx context.Context, from, to sdk.AccAddress, value math.Int, nonce []byte, signer sdk.AccAddress) error {
	id, err := k.Treasuries.Get(ctx, from)
	if err != nil {
		return found(err, "treasury")
	}
	l, err := k.life(ctx, id)
	if err != nil {
		return err
	}
	r, err := k.Reservations.Get(ctx, collections.Join(id, nonce))
	if err != nil {
		return found(err, "reservation %x: it was taken, or nobody reserved it", nonce)
	}
	if err := k.maySpend(ctx, l, r, to, value, signer); err != nil {
		return err
	}
	addr, _, err := k.address("payee", r.Payee)
	if err != nil {
		return err
	}
	if err := k.dropReservation(ctx, r); err != nil {
		return err
	}
	l.Held = l.Held.Sub(value)
	if err := k.bank.SendCoinsFromModuleToModule(ctx, agent.ModuleName, credit.ModuleName, credit.Coins(value)); err != nil {
		return err
	}
	if err := k.returned(ctx, l, r, r.Amount.Sub(value)); err != nil {
		return err
	}
	p, err := k.payee(ctx, l, addr, r.Payee)
	if err != nil {
		return err
	}
	p.Known = true
	if err := k.keepPayee(ctx, l, addr, p); err != nil {
		return err
	}
	if err := k.keep(ctx, l); err != nil {
		return err
	}
	return emit(ctx, &agent.EventSpent{Agent: id, Payment: nonce, Spent: value})
}

// maySpend refuses what was not reserved, and whoever has neither the lease of that wake-up nor made the reservation.
func (k *Keeper) maySpend(ctx context.Context, l *life, r agent.Reservation, to []byte, value math.Int, signer []byte) error {
	payee, _, err := k.address("payee", r.Payee)
	if err != nil {
		return err
	}
	by, _, err := k.address("session", r.Session)
	if err != nil {
		return err
	}
	leased := false
	if l.lease != nil && l.lease.Wake.Number == r.Wake && len(l.lease.Session) > 0 {
		session, err := agent.SessionAddress(l.lease.Session)
		if err != nil {
			return err
		}
		leased = bytes.Equal(session, signer)
	}
	switch {
	case !leased && !bytes.Equal(by, signer):
		return agent.ErrSignature.Wrapf("reservation %x is of another key", r.Payment)
	case l.State != agent.StateRunning:
		return agent.ErrState.Wrap("it is paused or was killed")
	case r.Epoch <= l.Fence:
		return agent.ErrFenced.Wrap("it was reserved for the owner before")
	case !bytes.Equal(payee, to) || !value.IsPositive() || value.GT(r.Amount):
		return agent.ErrSpend.Wrapf("%s to %s", r.Amount, r.Payee)
	}
	if reason := l.charter.Stands(now(ctx), agent.Action{Reserve: &agent.Reserve{Payee: r.Payee, Amount: value}}); reason != "" {
		return agent.ErrSpend.Wrapf("the charter does not allow it any more: %s", reason)
	}
	return nil
}

func reserveName(r agent.Reservation) []byte {
	return append(bytes.Clone(r.Agent), r.Payment...)
}
