package arena

import (
	"fmt"

	"cosmossdk.io/math"

	"ayni.example/x/credit"
)

// DefaultGenesis is the state of a new ledger: no arena.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks the genesis without any state: each entry for itself, and that shares, seats and sponsors add up.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	arenas := map[string]*tally{}
	for _, a := range g.Arenas {
		if arenas[string(a.Id)] != nil {
			return ErrExists.Wrapf("arena %x", a.Id)
		}
		if err := a.validate(); err != nil {
			return fmt.Errorf("arena %x: %w", a.Id, err)
		}
		arenas[string(a.Id)] = newTally(a)
	}
	for _, m := range g.Members {
		t := arenas[string(m.Arena)]
		if t == nil {
			return ErrNotFound.Wrapf("arena %x of member %s", m.Arena, m.Address)
		}
		if err := t.member(m); err != nil {
			return fmt.Errorf("member %s of arena %x: %w", m.Address, m.Arena, err)
		}
	}
	for _, d := range g.Delegations {
		t := arenas[string(d.Arena)]
		if t == nil {
			return ErrNotFound.Wrapf("arena %x of delegator %s", d.Arena, d.Delegator)
		}
		if err := t.delegation(d); err != nil {
			return fmt.Errorf("delegation of %s in arena %x: %w", d.Delegator, d.Arena, err)
		}
	}
	for _, s := range g.Sponsors {
		t := arenas[string(s.Arena)]
		if t == nil {
			return ErrNotFound.Wrapf("arena %x of sponsor %s", s.Arena, s.Address)
		}
		if err := t.sponsor(s); err != nil {
			return fmt.Errorf("sponsor %s of arena %x: %w", s.Address, s.Arena, err)
		}
	}
	if err := g.validateEpochs(arenas); err != nil {
		return err
	}
	for _, a := range g.Arenas {
		if err := arenas[string(a.Id)].check(); err != nil {
			return fmt.Errorf("arena %x: %w", a.Id, err)
		}
	}
	return nil
}

func (a Arena) validate() error {
	if err := checkHash("id", a.Id); err != nil {
		return err
	}
	if err := checkHash("task", a.Task); err != nil {
		return err
	}
	if err := checkAddress("owner", a.Owner); err != nil {
		return err
	}
	if err := a.Rules.Validate(); err != nil {
		return err
	}
	if a.Phase < Asleep || a.Phase > Closed || a.Phase == Closed && !a.Closing || a.Closing && (a.Phase == Asleep || a.Phase == Due) {
		return ErrInvalid.Wrapf("phase %s, closing %t", a.Phase, a.Closing)
	}
	for _, c := range []struct {
		name  string
		value math.Int
	}{{"budget", a.Budget}, {"funded", a.Funded}, {"earned", a.Earned}, {"price", a.Price}} {
		if err := credit.CheckAmount(c.name, c.value); err != nil {
			return err
		}
	}
	return nil
}

// tally adds up what belongs to an arena.
type tally struct {
	arena     Arena
	members   map[string]Member
	numbers   map[uint64]bool
	slots     map[uint64]bool
	seats     map[Role]uint32
	shares    map[string]math.Int // of members' bonds, less what delegations have of them
	leaving   map[string]math.Int
	delegated map[string]bool
	sponsors  map[string]bool
	funded    math.Int
}

func newTally(a Arena) *tally {
	return &tally{
		arena: a, members: map[string]Member{}, numbers: map[uint64]bool{}, slots: map[uint64]bool{}, seats: map[Role]uint32{},
		shares: map[string]math.Int{}, leaving: map[string]math.Int{}, delegated: map[string]bool{}, sponsors: map[string]bool{},
		funded: math.ZeroInt(),
	}
}

func (t *tally) member(m Member) error {
	if err := m.validate(); err != nil {
		return err
	}
	if _, twice := t.members[m.Address]; twice || t.numbers[m.Number] || m.Number > t.arena.Joined {
		return ErrExists.Wrapf("member %d of %d", m.Number, t.arena.Joined)
	}
	t.members[m.Address], t.numbers[m.Number] = m, true
	t.shares[m.Address], t.leaving[m.Address] = m.Bond.Shares, m.Leaving.Shares
	if !m.Seated {
		return nil
	}
	slot := Slot(m.Role, m.Slot)
	if t.slots[slot] || m.Slot >= t.arena.Rules.Seats(m.Role) {
		return ErrExists.Wrapf("%s %d of %d", m.Role, m.Slot, t.arena.Rules.Seats(m.Role))
	}
	t.slots[slot] = true
	t.seats[m.Role]++
	return nil
}

func (m Member) validate() error {
	if err := checkAddress("member", m.Address); err != nil {
		return err
	}
	if m.Role <= RoleUnspecified || m.Role > Author || m.TakeBps > Basis || m.Number == 0 {
		return ErrInvalid.Wrapf("role %d, take of %d, number %d", m.Role, m.TakeBps, m.Number)
	}
	if err := checkOptionalHash("artifact", m.Artifact); err != nil {
		return err
	}
	if err := m.Bond.validate("bond"); err != nil {
		return err
	}
	if err := m.Leaving.validate("leaving"); err != nil {
		return err
	}
	if err := credit.CheckAmount("paid", m.Paid); err != nil {
		return err
	}
	return credit.CheckAmount("earned", m.Earned)
}

func (t *tally) delegation(d Delegation) error {
	if err := checkAddress("delegator", d.Delegator); err != nil {
		return err
	}
	m, there := t.members[d.Member]
	key := d.Delegator + " " + d.Member
	switch {
	case !there || m.Number != d.Number:
		return ErrNotFound.Wrapf("member %d, %s", d.Number, d.Member)
	case t.delegated[key]:
		return ErrExists.Wrapf("to %s", d.Member)
	case d.Shares.IsNil() || d.Leaving.IsNil() || d.Shares.IsNegative() || d.Leaving.IsNegative() || d.Shares.Add(d.Leaving).IsZero():
		return ErrInvalid.Wrapf("%s shares, %s leaving", d.Shares, d.Leaving)
	}
	t.delegated[key] = true
	t.shares[d.Member] = t.shares[d.Member].Sub(d.Shares)
	t.leaving[d.Member] = t.leaving[d.Member].Sub(d.Leaving)
	return nil
}

func (t *tally) sponsor(s Sponsor) error {
	if t.sponsors[s.Address] {
		return ErrExists.Wrap("it is there twice")
	}
	t.sponsors[s.Address] = true
	t.funded = t.funded.Add(s.Amount)
	if err := checkAddress("sponsor", s.Address); err != nil {
		return err
	}
	return credit.CheckPositive("amount", s.Amount)
}

func (t *tally) check() error {
	for _, m := range t.members {
		if !t.shares[m.Address].IsZero() || !t.leaving[m.Address].IsZero() {
			return ErrInvalid.Wrapf("shares of some member have no owner, or two")
		}
	}
	a := t.arena
	if t.seats[Contestant] != a.Contestants || t.seats[Evaluator] != a.Evaluators || t.seats[Author] != a.Authors {
		return ErrInvalid.Wrapf("it counts %d, %d and %d seats; %d, %d and %d are taken",
			a.Contestants, a.Evaluators, a.Authors, t.seats[Contestant], t.seats[Evaluator], t.seats[Author])
	}
	if !t.funded.Equal(a.Funded) {
		return ErrInvalid.Wrapf("%s is funded, sponsors have put in %s", a.Funded, t.funded)
	}
	return nil
}
