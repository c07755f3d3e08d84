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
)

const (
	payeesMax  = 256
	proofsMax  = 1024
	waitingMax = 16
)

// Act ends a wake-up: each action is done, waits, or is refused and the refusal stands in the log.
func (k *Keeper) Act(ctx context.Context, msg *agent.MsgAct) (*agent.MsgActResponse, error) {
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
	text, err := agent.ActBytes(chainID(ctx), l.Head, msg)
	if err != nil {
		return nil, err
	}
	if err := signed(l, text, msg.Signature); err != nil {
		return nil, err
	}
	entry := k.entry(ctx, l)
	entry.Decision, entry.Memory, entry.Signature = msg.Decision, msg.Memory, msg.Signature
	for i := range msg.Actions {
		result, err := k.do(ctx, l, msg.Actions[i])
		if err != nil {
			return nil, err
		}
		entry.Results = append(entry.Results, result)
	}
	if entry.Cost, err = k.settle(ctx, l, msg.Cost); err != nil {
		return nil, err
	}
	if len(msg.Memory) > 0 {
		l.Memory = msg.Memory
	}
	l.Lapses = slices.DeleteFunc(slices.Clone(l.Lapses), func(p agent.Lapse) bool { return p.Host == entry.Host })
	if err := k.end(ctx, l, entry); err != nil {
		return nil, err
	}
	return &agent.MsgActResponse{Results: entry.Results, Head: entry.Head}, k.goOn(ctx, l)
}

// entry is the log's of the wake-up that is open.
func (k *Keeper) entry(ctx context.Context, l *life) agent.Entry {
	lease := l.lease
	return agent.Entry{
		Agent: l.Id, Wake: lease.Wake, Round: lease.Round, Seed: lease.Seed, Epoch: lease.Epoch, Host: lease.Host, Session: lease.Session,
		Cost: math.ZeroInt(), Calls: lease.Calls, Previous: l.Head, Height: height(ctx), Time: now(ctx), Version: l.Version,
	}
}

// settle pays the host what it asks of what is held for it; the rest returns.
func (k *Keeper) settle(ctx context.Context, l *life, asked math.Int) (math.Int, error) {
	cost := math.MinInt(asked, l.lease.Cost)
	if cost.IsPositive() {
		host, _, err := k.address("host", l.lease.Host)
		if err != nil {
			return cost, err
		}
		if err := k.pay(ctx, l, host, cost); err != nil {
			return cost, err
		}
	}
	return cost, k.giveBack(ctx, l, l.lease.Charged, l.lease.Cost.Sub(cost))
}

// end closes the wake-up with its entry in the log.
func (k *Keeper) end(ctx context.Context, l *life, e agent.Entry) error {
	head, err := agent.Head(e)
	if err != nil {
		return err
	}
	e.Head, l.Head, l.Ended = head, head, e.Wake.Number
	if err := k.Log.Set(ctx, collections.Join(l.Id, e.Wake.Number), e); err != nil {
		return err
	}
	if e.Wake.Number > agent.LogMax {
		if err := k.Log.Remove(ctx, collections.Join(l.Id, e.Wake.Number-agent.LogMax)); err != nil {
			return err
		}
	}
	if err := k.duty(ctx, l, false); err != nil {
		return err
	}
	if err := k.Leases.Remove(ctx, l.Id); err != nil {
		return err
	}
	l.lease = nil
	if err := k.cancel(ctx, agent.KindWake, l.Id); err != nil {
		return err
	}
	return emit(ctx, &agent.EventActed{Entry: e})
}

// do applies one action in a state of its own.
func (k *Keeper) do(ctx context.Context, l *life, a agent.Action) (agent.Result, error) {
	r := agent.Result{Action: a, Epoch: l.lease.Epoch}
	addr, v, err := k.judge(ctx, l, a)
	if err != nil {
		return r, err
	}
	if v.Refused == "" && (v.Approval || v.Delay) {
		n, err := count(ctx, k.Waiting, l.Id, waitingMax)
		if err != nil {
			return r, err
		}
		if n >= waitingMax {
			v.Refused = agent.ReasonFull
		}
	}
	if v.Refused != "" {
		r.Outcome, r.Reason = agent.OutcomeRefused, v.Refused
		return r, nil
	}
	before := *l
	cached, write := branch(ctx)
	if v.Approval || v.Delay {
		r.Outcome = agent.OutcomeWaiting
		r.Number, err = k.hang(cached, l, a, addr, v)
	} else {
		r.Outcome = agent.OutcomeDone
		err = k.payNow(cached, l, a, addr)
	}
	if err != nil {
		*l = before
		r.Outcome, r.Reason, r.Number = agent.OutcomeRefused, agent.ReasonFailed, 0
		return r, nil
	}
	write()
	_, amount := a.Payment()
	lease := *l.lease
	lease.Spent = lease.Spent.Add(amount)
	l.lease = &lease
	return r, nil
}

// judge asks the policy, and what only the state knows.
func (k *Keeper) judge(ctx context.Context, l *life, a agent.Action) ([]byte, agent.Verdict, error) {
	text, amount := a.Payment()
	addr, _, err := k.address("payee", text)
	if err != nil {
		return nil, agent.Verdict{}, err
	}
	p, err := k.payee(ctx, l, addr, text)
	if err != nil {
		return nil, agent.Verdict{}, err
	}
	l.asked++
	v := l.charter.Admits(agent.View{
		Now: now(ctx), Spent: l.spent, Wake: l.lease.Spent, Count: uint32(len(l.lease.Calls)) + l.asked - 1,
		Balance: k.balance(ctx, l), Payee: p,
	}, a)
	switch {
	case v.Refused != "":
	case bytes.Equal(addr, l.account) || k.bank.BlockedAddr(addr):
		v.Refused = agent.ReasonPayee
	case !p.Known && p.Paid.IsZero() && l.Payees >= payeesMax:
		v.Refused = agent.ReasonFull
	case a.PayProved != nil:
		_, v.Refused, err = k.proved(ctx, l, a.PayProved, amount)
	}
	return addr, v, err
}

// proved is the proof that an amount is paid by, or why it is not.
func (k *Keeper) proved(ctx context.Context, l *life, a *agent.PayProved, amount math.Int) ([]byte, string, error) {
	terms := l.charter.Appraisal
	submitter, _, err := k.address("submitter", terms.Submitter)
	if err != nil {
		return nil, "", err
	}
	v, err := k.values.Check(ctx, terms.Requirement(submitter), a.Context)
	if err != nil || terms.MostFloor(v.Output).LT(amount) {
		return nil, agent.ReasonProof, nil //nolint:nilerr // whatever is wrong with the value, it does not pay
	}
	paid, err := k.Proofs.Has(ctx, collections.Join(l.Id, v.Proof))
	switch {
	case err != nil:
		return nil, "", err
	case paid:
		return nil, agent.ReasonProof, nil
	case l.Proofs >= proofsMax:
		return nil, agent.ReasonFull, nil
	}
	return v.Proof, "", nil
}

// noteProof has a proof pay once.
func (k *Keeper) noteProof(ctx context.Context, l *life, a agent.Action) error {
	if a.PayProved == nil {
		return nil
	}
	proof, refused, err := k.proved(ctx, l, a.PayProved, a.PayProved.Amount)
	if err == nil && refused != "" {
		err = agent.ErrInvalid.Wrap(refused)
	}
	if err != nil {
		return err
	}
	l.Proofs++
	return k.Proofs.Set(ctx, collections.Join(l.Id, proof))
}

// payNow moves the money of an action.
func (k *Keeper) payNow(ctx context.Context, l *life, a agent.Action, addr []byte) error {
	text, amount := a.Payment()
	if err := k.noteProof(ctx, l, a); err != nil {
		return err
	}
	p, err := k.payee(ctx, l, addr, text)
	if err != nil {
		return err
	}
	p.Known, p.Paid = true, p.Paid.Add(amount)
	if err := k.keepPayee(ctx, l, addr, p); err != nil {
		return err
	}
	l.spent = l.spent.Commit(now(ctx), amount)
	return k.bank.SendCoins(ctx, l.account, addr, credit.Coins(amount))
}

// branch is a state of its own, kept by write.
func branch(ctx context.Context) (context.Context, func()) {
	return sdk.UnwrapSDKContext(ctx).CacheContext()
}
