package agent

import (
	"slices"

	"cosmossdk.io/math"
)

// Reasons of refusals, a closed list.
const (
	ReasonAction   = "action"     // the charter names no such action
	ReasonExpired  = "expired"    // the charter is over
	ReasonPayee    = "payee"      // not on the list, or an account that nobody can be paid at
	ReasonPer      = "per_action" // more than one action may move
	ReasonWake     = "per_wake"
	ReasonHour     = "per_hour"
	ReasonDay      = "per_day"
	ReasonLifetime = "lifetime"
	ReasonPerPayee = "per_payee"
	ReasonCount    = "actions_max"
	ReasonFunds    = "funds"    // the treasury has less
	ReasonFull     = "full"     // too many payees, reservations, waiting actions or paid proofs
	ReasonProof    = "proof"    // no verified value, one that comes to less, or one that was paid
	ReasonApproval = "approval" // a reservation above what needs no approval
	ReasonLapsed   = "lapsed"   // the owner has not approved in time
	ReasonRefused  = "refused"  // owner or guardian has refused
	ReasonEnded    = "ended"    // the agent was paused, killed or given to another owner meanwhile
	ReasonFailed   = "failed"   // the bank refused
)

// Verdict is what the policy says of an action.
type Verdict struct {
	Refused  string // why, or nothing
	Approval bool   // it waits for the owner
	Delay    bool   // it waits for the payee's delay
}

// View is what the policy looks at beside the charter.
type View struct {
	Now     int64
	Spent   Spent
	Wake    math.Int // what the wake-up has committed
	Count   uint32   // actions and reservations that it has asked for
	Balance math.Int // of the treasury
	Payee   Payee    // what is known of whom the action pays
}

// Admits is the policy: whether the charter lets an action be done now, refuses it, or has it wait.
func (c Charter) Admits(v View, a Action) Verdict {
	_, amount := a.Payment()
	switch {
	case v.Count >= c.ActionsMax:
		return Verdict{Refused: ReasonCount}
	case v.Balance.LT(amount):
		return Verdict{Refused: ReasonFunds}
	}
	if reason := c.Stands(v.Now, a); reason != "" {
		return Verdict{Refused: reason}
	}
	if reason := c.Room(v.Now, v.Spent, v.Wake, amount); reason != "" {
		return Verdict{Refused: reason}
	}
	if v.Payee.Paid.Add(amount).GT(c.Caps.PerPayee) {
		return Verdict{Refused: ReasonPerPayee}
	}
	approval := amount.GT(c.ApprovalAbove)
	if approval && a.Reserve != nil {
		return Verdict{Refused: ReasonApproval}
	}
	return Verdict{Approval: approval, Delay: !v.Payee.Known && c.PayeeDelay > 0}
}

// Stands tells why an action is none that the charter allows, whatever was spent. What waited is asked again when it is due.
func (c Charter) Stands(now int64, a Action) string {
	payee, amount := a.Payment()
	switch {
	case c.Expired(now):
		return ReasonExpired
	case !slices.Contains(c.Actions, a.Name()):
		return ReasonAction
	case len(c.Payees) > 0 && !slices.Contains(c.Payees, payee):
		return ReasonPayee
	case amount.GT(c.Caps.PerAction):
		return ReasonPer
	}
	return ""
}

// Room tells which cap has no room for an amount.
func (c Charter) Room(now int64, s Spent, wake, amount math.Int) string {
	switch {
	case wake.Add(amount).GT(c.Caps.PerWake):
		return ReasonWake
	case s.Lifetime.Add(amount).GT(c.Caps.Lifetime):
		return ReasonLifetime
	case s.InHour(now).Add(amount).GT(c.Caps.PerHour):
		return ReasonHour
	case s.InDay(now).Add(amount).GT(c.Caps.PerDay):
		return ReasonDay
	}
	return ""
}

// Expired tells whether the charter is over.
func (c Charter) Expired(now int64) bool { return c.Expires > 0 && now >= c.Expires }

// Sleeps tells why no wake-up can be opened, if none can.
func (c Charter) Sleeps(now int64, s Spent, balance math.Int) Sleep {
	caps := c.Caps
	never := math.MinInt(caps.PerWake, math.MinInt(caps.PerHour, caps.PerDay)).LT(c.PerWakeCost)
	switch room := c.Room(now, s, math.ZeroInt(), c.PerWakeCost); {
	case c.Expired(now), never, room == ReasonLifetime:
		return SleepSpent
	case room != "":
		return SleepCaps
	case balance.LT(c.PerWakeCost):
		return SleepMoney
	}
	return Awake
}
