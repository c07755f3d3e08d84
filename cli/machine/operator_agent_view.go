package machine

import (
	"context"
	"encoding/hex"
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
	out.Charter, out.Caps = charterView(got.Charter), capsView(treasury)
	if got.Lease != nil {
		out.Working, out.WorkingOn = got.Lease.Host, got.Lease.Wake.Number
	}
	waiting, err := m.ledger.AgentWaiting(ctx, id)
	if err != nil {
		return out, err
	}
	for _, w := range waiting {
		a := actionView(agent.Result{Action: w.Action})
		out.Waiting = append(out.Waiting, operator.AgentWaiting{
			Number: w.Number, Wake: w.Wake, What: a.What, Payee: a.Payee, Amount: a.Amount, Approval: w.Approval, Due: time.Unix(w.Due.Time, 0).UTC(),
		})
	}
	changes, err := m.ledger.AgentChanges(ctx, id)
	for _, c := range changes {
		view := operator.AgentChange{Number: c.Number, What: "owner", Due: time.Unix(c.Due.Time, 0).UTC()}
		switch {
		case c.Charter != nil:
			view.What = "charter"
		case c.Owner == "":
			view.What, view.Amount = "withdraw", credits(c.Amount)
		}
		out.Changes = append(out.Changes, view)
	}
	return out, err
}

func (m *Machine) agentLine(a agent.Agent, t *agent.QueryTreasuryResponse) operator.Agent {
	return operator.Agent{
		ID: hex.EncodeToString(a.Id), Label: a.Label, Owner: a.Owner, Guardian: a.Guardian, Treasury: a.Treasury,
		State: word(a.State.String(), "STATE_"), Sleep: strings.TrimPrefix(word(a.Sleep.String(), "SLEEP_"), "awake"),
		Balance: credits(t.Balance), Held: credits(t.Held), Version: a.Version, Wakes: a.Ended, Queued: a.Queued - a.Ended,
		Missed: a.Missed, Lapsed: a.Lapsed, Self: a.Owner == m.address, Made: time.Unix(a.MadeTime, 0).UTC(),
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

func charterView(c agent.Charter) *operator.AgentCharter {
	view := &operator.AgentCharter{
		Document: hex.EncodeToString(c.Document), Actions: c.Actions, Payees: c.Payees, Hosts: c.Hosts, Approval: credits(c.ApprovalAbove),
		Cost: credits(c.PerWakeCost), Timelock: seconds(c.Timelock), Delay: seconds(c.PayeeDelay),
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

func capsView(t *agent.QueryTreasuryResponse) []operator.AgentCap {
	none := math.Int{}
	caps := []struct {
		name        string
		limit, used math.Int
	}{
		{"per_action", t.Caps.PerAction, none},
		{"per_wake", t.Caps.PerWake, none},
		{"per_hour", t.Caps.PerHour, t.Hour},
		{"per_day", t.Caps.PerDay, t.Day},
		{"lifetime", t.Caps.Lifetime, t.Lifetime},
		{"per_payee", t.Caps.PerPayee, none},
	}
	out := make([]operator.AgentCap, 0, len(caps))
	for _, c := range caps {
		view := operator.AgentCap{Name: c.name, Limit: credits(c.limit)}
		if !c.used.IsNil() {
			view.Used = credits(c.used)
			if !c.limit.IsNil() && c.limit.IsPositive() {
				view.PPM = uint32(math.MinInt(c.used.MulRaw(1_000_000).Quo(c.limit), math.NewInt(1_000_000)).Int64())
			}
		}
		out = append(out, view)
	}
	return out
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
