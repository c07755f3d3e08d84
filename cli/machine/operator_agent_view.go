package machine

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"cosmossdk.io/math"

	"ayni.example/internal/home"
	"ayni.example/web/operator"
	"ayni.example/x/agent"
)

// agentOf is an agent with its charter, its caps and what waits.
func (m *Machine) agentOf(ctx context.Context, id []byte) (operator.Agent, error) {
	got, err := m.ledger.Agent(ctx, id)
	if err != nil {
		return operator.Agent{}, err
	}
	treasury, err := m.ledger.AgentTreasury(ctx, id)
	if err != nil {
		return operator.Agent{}, err
	}
	out := m.agentLine(got.Agent, treasury)
	out.Charter, out.Caps = m.charterView(got.Charter), capsView(treasury, got.Lease)
	if got.Lease != nil {
		out.Working, out.WorkingOn = got.Lease.Host, got.Lease.Wake.Number
	}
	err = errors.Join(m.agentWaits(ctx, id, &out), m.agentPayees(ctx, id, treasury.Caps.PerPayee, &out))
	return out, err
}

// agentWaits adds what waits for somebody's word or for time, and what is held.
func (m *Machine) agentWaits(ctx context.Context, id []byte, out *operator.Agent) error {
	waiting, err := m.ledger.AgentWaiting(ctx, id)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		a := actionView(agent.Result{Action: w.Action})
		out.Waiting = append(out.Waiting, operator.AgentWaiting{
			Number: w.Number, Wake: w.Wake, What: a.What, Payee: a.Payee, Amount: a.Amount, Approval: w.Approval, Due: time.Unix(w.Due.Time, 0).UTC(),
		})
	}
	changes, err := m.ledger.AgentChanges(ctx, id)
	if err != nil {
		return err
	}
	for _, c := range changes {
		view := operator.AgentChange{Number: c.Number, What: "owner", Owner: c.Owner, Due: time.Unix(c.Due.Time, 0).UTC()}
		switch {
		case c.Charter != nil:
			view.What = "charter"
		case c.Owner == "":
			view.What, view.Amount = "withdraw", credits(c.Amount)
		}
		out.Changes = append(out.Changes, view)
	}
	held, err := m.ledger.AgentReservations(ctx, id)
	for _, r := range held {
		out.Reservations = append(out.Reservations, operator.AgentReservation{
			Payment: hex.EncodeToString(r.Payment), Wake: r.Wake, Payee: r.Payee, Amount: credits(r.Amount), Due: time.Unix(r.Due.Time, 0).UTC(),
		})
	}
	return err
}

func (m *Machine) agentPayees(ctx context.Context, id []byte, limit math.Int, out *operator.Agent) error {
	payees, err := m.ledger.AgentPayees(ctx, id)
	for _, p := range payees {
		out.Known = append(out.Known, operator.AgentPayee{Address: p.Address, Paid: credits(p.Paid), PPM: millionths(p.Paid, limit), Known: p.Known})
	}
	return err
}

func (m *Machine) agentLine(a agent.Agent, t *agent.QueryTreasuryResponse) operator.Agent {
	return operator.Agent{
		ID: hex.EncodeToString(a.Id), Label: a.Label, Owner: a.Owner, Guardian: a.Guardian, Treasury: a.Treasury,
		State: word(a.State.String(), "STATE_"), Sleep: strings.TrimPrefix(word(a.Sleep.String(), "SLEEP_"), "awake"),
		Balance: credits(t.Balance), Held: credits(t.Held), Version: a.Version, Wakes: a.Ended, Queued: a.Queued - a.Ended,
		Missed: a.Missed, Lapsed: a.Lapsed, Self: a.Owner == m.address, Guards: a.Guardian == m.address, Guarded: a.Guarded,
		Made: time.Unix(a.MadeTime, 0).UTC(),
	}
}

// word is the name of an enumeration's value for people.
func word(name, prefix string) string { return strings.ToLower(strings.TrimPrefix(name, prefix)) }

// credits is an amount that may be absent.
func credits(amount math.Int) string {
	if amount.IsNil() {
		return "0"
	}
	return home.FormatCredits(amount)
}

func (m *Machine) charterView(c agent.Charter) *operator.AgentCharter {
	view := &operator.AgentCharter{
		Document: hex.EncodeToString(c.Document), Actions: c.Actions, Payees: c.Payees, Hosts: c.Hosts, Approval: credits(c.ApprovalAbove),
		Cost: credits(c.PerWakeCost), Timelock: seconds(c.Timelock), Delay: seconds(c.PayeeDelay), Deposit: c.OnDeposit, Wakers: c.Wakers,
	}
	if c.Anyone {
		view.Wakers, view.Price = []string{"any"}, credits(c.WakePrice)
	}
	if d, err := m.keptDocument(c.Document); err == nil { // a page does not wait for other machines
		view.Name, view.Prompt, view.Model = d.Name, d.Prompt, d.Model.Name
		for _, t := range d.Tools {
			view.Tools = append(view.Tools, strings.TrimSpace(t.Name+" ("+string(t.Kind)+") "+t.About))
		}
	}
	if c.Every > 0 {
		view.Every = seconds(c.Every)
	}
	if c.Expires > 0 {
		view.Expires = time.Unix(c.Expires, 0).UTC().Format(time.DateTime)
	}
	return view
}

func seconds(n uint32) string { return (time.Duration(n) * time.Second).String() }

func capsView(t *agent.QueryTreasuryResponse, open *agent.Lease) []operator.AgentCap {
	none, wake := math.Int{}, math.Int{}
	if open != nil {
		wake = open.Spent
	}
	caps := []struct {
		name        string
		limit, used math.Int
	}{
		{"per_action", t.Caps.PerAction, none},
		{"per_wake", t.Caps.PerWake, wake},
		{"per_hour", t.Caps.PerHour, t.Hour},
		{"per_day", t.Caps.PerDay, t.Day},
		{"lifetime", t.Caps.Lifetime, t.Lifetime},
		{"per_payee", t.Caps.PerPayee, none},
	}
	out := make([]operator.AgentCap, 0, len(caps))
	for _, c := range caps {
		view := operator.AgentCap{Name: c.name, Limit: credits(c.limit)}
		if !c.used.IsNil() {
			view.Used, view.PPM = credits(c.used), millionths(c.used, c.limit)
		}
		out = append(out, view)
	}
	return out
}

// millionths is how much of a limit is used, for a bar.
func millionths(used, limit math.Int) uint32 {
	if used.IsNil() || limit.IsNil() || !limit.IsPositive() {
		return 0
	}
	const whole = 1_000_000
	return uint32(math.MinInt(used.MulRaw(whole).Quo(limit), math.NewInt(whole)).Int64())
}

func actionView(r agent.Result) operator.AgentAction {
	out := operator.AgentAction{Outcome: word(r.Outcome.String(), "OUTCOME_"), Reason: r.Reason}
	switch a := r.Action; {
	case a.Pay != nil:
		out.What, out.Payee, out.Amount = "pay", a.Pay.Payee, credits(a.Pay.Amount)
	case a.PayProved != nil:
		out.What, out.Payee, out.Amount = "pay_proved", a.PayProved.Payee, credits(a.PayProved.Amount)
	case a.Reserve != nil:
		out.What, out.Payee, out.Amount = "reserve", a.Reserve.Payee, credits(a.Reserve.Amount)
	}
	return out
}
