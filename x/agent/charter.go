package agent

import (
	"slices"

	"cosmossdk.io/math"

	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
	"ayni.example/x/internal/bound"
	"ayni.example/x/zkml"
)

// Names of what an act may do.
const (
	ActionPay       = "pay"
	ActionReserve   = "reserve"
	ActionPayProved = "pay_proved"
)

// Bounds of a charter.
const (
	PayeesMax       = 64 // on the list
	WakersMax       = 16
	HostsMax        = 16 // on the list
	ActionsMax      = 16 // actions and reservations of one wake-up
	labelMax        = 64
	delayBlocksMax  = 100_000
	leaseBlocksMax  = 100_000
	leaseSecondsMax = 24 * 3600
	everyMax        = 366 * 24 * 3600
	timeMax         = 1 << 40
)

// Actions is the closed list.
func Actions() []string { return []string{ActionPay, ActionReserve, ActionPayProved} }

// Validate checks the charter without any state. Addresses must be in the text form that the ledger writes.
func (c Charter) Validate() error {
	if err := c.validate(); err != nil {
		return ErrCharter.Wrap(err.Error())
	}
	return nil
}

func (c Charter) validate() error {
	if err := checkHash("document", c.Document); err != nil {
		return err
	}
	if err := checkOptionalHash("model", c.Model); err != nil {
		return err
	}
	if err := bound.Distinct("actions", c.Actions, len(Actions())); err != nil {
		return err
	}
	for _, a := range c.Actions {
		if !slices.Contains(Actions(), a) {
			return ErrInvalid.Wrapf("no action is called %q: %v", a, Actions())
		}
	}
	if err := c.amounts(); err != nil {
		return err
	}
	for _, list := range []struct {
		name string
		list []string
		most int
	}{{"payees", c.Payees, PayeesMax}, {"wakers", c.Wakers, WakersMax}, {"hosts", c.Hosts, HostsMax}} {
		if err := bound.Distinct(list.name, list.list, list.most); err != nil {
			return err
		}
		for _, a := range list.list {
			if err := checkAddress(list.name, a); err != nil {
				return err
			}
		}
	}
	if err := c.times(); err != nil {
		return err
	}
	if (c.Appraisal == nil) == slices.Contains(c.Actions, ActionPayProved) {
		return ErrInvalid.Wrapf("%s and appraisal belong together", ActionPayProved)
	}
	if c.Anyone && c.WakePrice.LT(c.PerWakeCost) {
		return ErrInvalid.Wrap("anyone may wake it for less than a wake-up costs, and so empty the treasury: raise wake_price to per_wake_cost")
	}
	return c.Appraisal.validate()
}

func (c Charter) amounts() error {
	for _, n := range []struct {
		name  string
		value math.Int
	}{
		{"per_action", c.Caps.PerAction},
		{"per_wake", c.Caps.PerWake},
		{"per_hour", c.Caps.PerHour},
		{"per_day", c.Caps.PerDay},
		{"lifetime", c.Caps.Lifetime},
		{"per_payee", c.Caps.PerPayee},
		{"per_wake_cost", c.PerWakeCost},
		{"approval_above", c.ApprovalAbove},
		{"wake_price", c.WakePrice},
	} {
		if err := credit.CheckAmount(n.name, n.value); err != nil {
			return err
		}
	}
	return nil
}

func (c Charter) times() error {
	for _, n := range []struct {
		name        string
		value, most uint32
		least       uint32
	}{
		{"payee_delay", c.PayeeDelay, secondsMax, 0},
		{"delay_blocks", c.DelayBlocks, delayBlocksMax, 0},
		{"approval_seconds", c.ApprovalSeconds, secondsMax, 1},
		{"actions_max", c.ActionsMax, ActionsMax, 0},
		{"every", c.Every, everyMax, 0},
		{"lease_blocks", c.LeaseBlocks, leaseBlocksMax, 1},
		{"lease_seconds", c.LeaseSeconds, leaseSecondsMax, 1},
		{"timelock", c.Timelock, secondsMax, 0},
	} {
		if n.value < n.least || n.value > n.most {
			return ErrInvalid.Wrapf("%s of %d is not %d to %d", n.name, n.value, n.least, n.most)
		}
	}
	if c.Expires < 0 || c.Expires > timeMax {
		return ErrInvalid.Wrapf("expires of %d is no time", c.Expires)
	}
	return nil
}

// Fits tells whether the ledger's parameters allow the charter.
func (c Charter) Fits(p Params) error {
	switch {
	case c.Every > 0 && c.Every < p.EveryMin:
		return ErrCharter.Wrapf("every of %d s is less than %d", c.Every, p.EveryMin)
	case c.Timelock > p.TimelockMax:
		return ErrCharter.Wrapf("timelock of %d s is more than %d", c.Timelock, p.TimelockMax)
	case c.PerWakeCost.LT(p.WakeFee):
		return ErrCharter.Wrapf("per_wake_cost of %s does not pay the ledger's fee for a wake-up, %s", c.PerWakeCost, p.WakeFee)
	}
	return nil
}

// Requirement is what a value must meet to be paid for, for the submitter's address in bytes.
func (a *Appraisal) Requirement(submitter []byte) zkml.Requirement {
	return zkml.Requirement{Model: a.Model, Submitter: submitter, Input: a.Input, Blocks: a.FreshBlocks, Seconds: a.FreshSeconds}
}

// MostFloor is what may be paid for an output.
func (a *Appraisal) MostFloor(output []int32) math.Int {
	if int(a.Index) >= len(output) || output[a.Index] <= 0 {
		return math.ZeroInt()
	}
	return a.Factor.MulRaw(int64(output[a.Index]))
}

func (a *Appraisal) validate() error {
	if a == nil {
		return nil
	}
	if err := a.Requirement([]byte(a.Submitter)).Validate(); err != nil {
		return err
	}
	if a.Index >= zkml.OutputMax {
		return ErrInvalid.Wrapf("output has no integer at %d", a.Index)
	}
	if err := checkAddress("submitter", a.Submitter); err != nil {
		return err
	}
	return credit.CheckPositive("factor", a.Factor)
}

// checkAddress refuses any other text than the ledger's own, under which the same account would count as another.
func checkAddress(role, text string) error {
	b, err := ethkey.AddressCodec{}.StringToBytes(text)
	if err != nil {
		return ErrInvalid.Wrapf("%s: %s", role, err)
	}
	if canonical := ethkey.Format(b); text != canonical {
		return ErrInvalid.Wrapf("%s %s is written %s here", role, text, canonical)
	}
	return nil
}
