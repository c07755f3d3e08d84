package compute

import (
	"fmt"
)

// DefaultGenesis is the state of a new network.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks the whole state without a ledger: entries by themselves, that none stands twice, and that each belongs to one
// that is there.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	seen := map[string]bool{}
	once := func(kind string, id any) error {
		key := fmt.Sprintf("%s %x", kind, id)
		if seen[key] {
			return ErrInvalid.Wrapf("%s stands twice", key)
		}
		seen[key] = true
		return nil
	}
	for _, h := range g.Hosts {
		if err := first(once("host", h.Provider), h.Validate()); err != nil {
			return err
		}
	}
	orders := map[string]Order{}
	for _, o := range g.Orders {
		if err := first(once("order", o.ID), o.Validate()); err != nil {
			return err
		}
		orders[string(o.ID)] = o
	}
	for _, b := range g.Books {
		if err := first(once("book", b.Order), b.Validate()); err != nil {
			return err
		}
		if o := orders[string(b.Order)]; o.State != OrderOpen {
			return ErrInvalid.Wrapf("book of %x, which is not open", b.Order)
		}
	}
	for _, t := range g.Tenants {
		if err := once("tenant", t.Address); err != nil {
			return err
		}
	}
	return g.validateLeases(orders, once)
}

func (g *GenesisState) validateLeases(orders map[string]Order, once func(string, any) error) error {
	waiting := map[string]uint32{}
	for _, l := range g.Leases {
		if err := first(once("lease", l.ID), l.Validate()); err != nil {
			return err
		}
		o, there := orders[string(l.Order)]
		switch present := o.State == OrderLeased && l.Number() == o.Leases; {
		case !there || l.Number() > o.Leases || l.Tenant != o.Tenant:
			return ErrInvalid.Wrapf("lease %x is of no order", l.ID)
		case present == (l.State == LeaseClosed):
			return ErrInvalid.Wrapf("lease %x is %s, its order is %s", l.ID, l.State, o.State)
		}
		waiting[string(l.ID)] = l.Waiting
	}
	for _, t := range g.Tasks {
		if err := once("task", fmt.Sprintf("%x/%d", t.Order, t.Index)); err != nil {
			return err
		}
		o := orders[string(t.Order)]
		if t.Index >= o.Spec.Tasks || t.State < TaskDelivered || t.State > TaskPaid || len(t.Digest) != digestSize {
			return ErrInvalid.Wrapf("task %d of %x", t.Index, t.Order)
		}
		if t.State == TaskDelivered {
			if o.Leases != t.Lease {
				return ErrInvalid.Wrapf("task %d of %x waits for another lease", t.Index, t.Order)
			}
			waiting[string(LeaseID(t.Order, t.Lease))]--
		}
	}
	for _, s := range g.Segments {
		if err := once("segment", fmt.Sprintf("%x/%d", s.Order, s.Index)); err != nil {
			return err
		}
		if orders[string(s.Order)].Leases != s.Lease || len(s.Root) != digestSize || len(s.State) != digestSize {
			return ErrInvalid.Wrapf("segment %d of %x", s.Index, s.Order)
		}
		waiting[string(LeaseID(s.Order, s.Lease))]--
	}
	for _, l := range g.Leases {
		if n := waiting[string(l.ID)]; n != 0 {
			return ErrInvalid.Wrapf("lease %x counts %d more that wait than there are", l.ID, int32(n))
		}
	}
	return nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
