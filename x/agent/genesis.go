package agent

import (
	"bytes"
	"fmt"

	"cosmossdk.io/math"

	"ayni.example/x/credit"
)

// DefaultGenesis is the state of a new ledger: no agent.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks the genesis without any state: each entry for itself, and that an agent's own things agree.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	hosts := map[string]bool{}
	for _, h := range g.Hosts {
		if err := (&MsgHost{Key: h.Key, Until: h.Until}).ValidateBasic(); err != nil {
			return err
		}
		if err := checkAddress("host", h.Address); err != nil {
			return err
		}
		if hosts[h.Address] {
			return ErrExists.Wrapf("host %s", h.Address)
		}
		hosts[h.Address] = true
	}
	seen := map[string]bool{}
	for _, l := range g.Agents {
		if seen[string(l.Agent.Id)] {
			return ErrExists.Wrapf("agent %x", l.Agent.Id)
		}
		seen[string(l.Agent.Id)] = true
		if err := l.Validate(); err != nil {
			return fmt.Errorf("agent %x: %w", l.Agent.Id, err)
		}
	}
	return nil
}

// Validate checks an agent with all that belongs to it, without any state.
func (l Life) Validate() error {
	if err := l.Agent.validate(); err != nil {
		return err
	}
	if err := l.Charter.Validate(); err != nil {
		return err
	}
	if err := l.Spent.Validate(); err != nil {
		return err
	}
	if err := l.validateQueue(); err != nil {
		return err
	}
	if err := l.validateLog(); err != nil {
		return err
	}
	if int(l.Agent.Payees) != len(l.Payees) || int(l.Agent.Proofs) != len(l.Proofs) {
		return ErrInvalid.Wrapf("it counts %d payees and %d proofs of %d and %d", l.Agent.Payees, l.Agent.Proofs, len(l.Payees), len(l.Proofs))
	}
	return l.validateMoney()
}

func (a Agent) validate() error {
	for _, h := range []struct {
		name string
		hash []byte
	}{{"id", a.Id}, {"head", a.Head}} {
		if err := checkHash(h.name, h.hash); err != nil {
			return err
		}
	}
	if err := checkOptionalHash("memory", a.Memory); err != nil {
		return err
	}
	if err := checkAddress("owner", a.Owner); err != nil {
		return err
	}
	if a.Guardian != "" {
		if err := checkAddress("guardian", a.Guardian); err != nil {
			return err
		}
	}
	if a.State <= StateUnspecified || a.State > StateKilled || a.Sleep < Awake || a.Sleep > SleepSpent || a.Version == 0 {
		return ErrInvalid.Wrapf("state %d, sleep %d, version %d", a.State, a.Sleep, a.Version)
	}
	return credit.CheckAmount("held", a.Held)
}

// validateQueue tells whether wake-ups are numbered without gaps: those that are over, the open one, those that wait.
func (l Life) validateQueue() error {
	next := l.Agent.Ended
	if l.Lease != nil {
		next++
		if l.Lease.Wake.Number != next || len(l.Lease.Calls) > ActionsMax || l.Agent.State == StateKilled {
			return ErrInvalid.Wrapf("wake-up %d is open with %d calls, %d is over", l.Lease.Wake.Number, len(l.Lease.Calls), l.Agent.Ended)
		}
		if err := checkOptionalHash("seed", l.Lease.Seed); err != nil {
			return err
		}
		if (l.Lease.Host == "") != (l.Lease.Epoch == 0) || l.Lease.Epoch > l.Agent.Epoch {
			return ErrInvalid.Wrapf("lease of %q in epoch %d", l.Lease.Host, l.Lease.Epoch)
		}
	}
	if len(l.Queue) > QueueMax {
		return ErrFull.Wrapf("%d wake-ups are queued", len(l.Queue))
	}
	for _, w := range l.Queue {
		next++
		if w.Number != next {
			return ErrInvalid.Wrapf("wake-up %d is queued in the place of %d", w.Number, next)
		}
	}
	if l.Agent.State != StateKilled && next != l.Agent.Queued {
		return ErrInvalid.Wrapf("wake-ups end with %d, %d was queued", next, l.Agent.Queued)
	}
	return nil
}

// QueueMax bounds the wake-ups that wait.
const QueueMax = 16

// validateLog follows the chain of heads.
func (l Life) validateLog() error {
	if len(l.Log) > LogMax {
		return ErrFull.Wrapf("%d entries", len(l.Log))
	}
	head := l.Agent.Id
	for i, e := range l.Log {
		if i == 0 && e.Wake.Number > 1 {
			head = e.Previous
		}
		sum, err := Head(e)
		if err != nil {
			return err
		}
		if !bytes.Equal(e.Previous, head) || !bytes.Equal(e.Head, sum) || i > 0 && e.Wake.Number != l.Log[i-1].Wake.Number+1 {
			return ErrInvalid.Wrapf("entry %d does not follow the one before", e.Wake.Number)
		}
		head = sum
	}
	if !bytes.Equal(head, l.Agent.Head) || len(l.Log) > 0 && l.Log[len(l.Log)-1].Wake.Number != l.Agent.Ended {
		return ErrInvalid.Wrap("the log does not end with the head")
	}
	return nil
}

// LogMax is how many wake-ups that are over the ledger keeps of an agent.
const LogMax = 256

// validateMoney sums what is held, and what is counted for payees.
func (l Life) validateMoney() error {
	held := math.ZeroInt()
	paid := map[string]math.Int{}
	for _, p := range l.Payees {
		if err := credit.CheckAmount("paid", p.Paid); err != nil {
			return err
		}
		if _, twice := paid[p.Address]; twice {
			return ErrExists.Wrapf("payee %s", p.Address)
		}
		paid[p.Address] = p.Paid
	}
	take := func(payee string, amount math.Int) error {
		left, there := paid[payee]
		if !there || left.LT(amount) {
			return ErrInvalid.Wrapf("%s is held for %s and not counted", amount, payee)
		}
		paid[payee] = left.Sub(amount)
		held = held.Add(amount)
		return nil
	}
	for _, w := range l.Waiting {
		if err := w.Action.Validate(); err != nil {
			return err
		}
		payee, amount := w.Action.Payment()
		if w.Charged == 0 {
			continue
		}
		if err := take(payee, amount); err != nil {
			return err
		}
	}
	for _, r := range l.Reservations {
		if err := credit.CheckPositive("amount", r.Amount); err != nil {
			return err
		}
		if err := checkHash("payment", r.Payment); err != nil {
			return err
		}
		if err := take(r.Payee, r.Amount); err != nil {
			return err
		}
	}
	if l.Lease != nil {
		if err := credit.CheckAmount("cost", l.Lease.Cost); err != nil {
			return err
		}
		if err := credit.CheckAmount("spent", l.Lease.Spent); err != nil {
			return err
		}
		held = held.Add(l.Lease.Cost)
	}
	if !held.Equal(l.Agent.Held) {
		return ErrInvalid.Wrapf("it holds %s, what waits and is reserved is %s", l.Agent.Held, held)
	}
	return nil
}
