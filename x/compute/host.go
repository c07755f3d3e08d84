package compute

import (
	"cosmossdk.io/math"
)

// Free is the collateral that no lease holds.
func (h Host) Free() math.Int { return h.Collateral.Sub(h.Bonded) }

// Take sets a lease's resources and bond aside.
func (h *Host) Take(l Lease) {
	h.Used, h.Bonded, h.Leases = h.Used.Plus(l.Taken), h.Bonded.Add(l.Bond), h.Leases+1
}

// Release gives a lease's resources back when it does no more work.
func (h *Host) Release(l Lease) { h.Used = normal(h.Used.Minus(l.Taken)) }

// End gives a lease's bond back when it has closed, and counts how it ended.
func (h *Host) End(l Lease) {
	h.Bonded, h.Leases = h.Bonded.Sub(l.Bond), h.Leases-1
	switch {
	case l.Reason == ReasonRefuted:
		h.Refuted++
	case l.Reason.Fails():
		h.Failed++
	case l.Started():
		h.Served++
	}
}

// Slash takes a lease's bond from the collateral.
func (h *Host) Slash(bond math.Int) {
	h.Collateral, h.Bonded = h.Collateral.Sub(bond), h.Bonded.Sub(bond)
}

// Bare tells whether nothing is announced, held or remembered, so that the entry may go.
func (h Host) Bare() bool {
	return h.Leases == 0 && h.Served == 0 && h.Failed == 0 && h.Refuted == 0 && h.Collateral.IsZero() && len(h.Inventory.Units) == 0
}

// normal has empty lists absent, as the store has them, so that equal resources are equal bytes.
func normal(r Resources) Resources {
	if len(r.Volumes) == 0 {
		r.Volumes = nil
	}
	if len(r.GPUs) == 0 {
		r.GPUs = nil
	}
	return r
}

// Validate checks a host without other state.
func (h Host) Validate() error {
	if h.Provider == "" {
		return ErrInvalid.Wrap("host has no provider")
	}
	if err := h.Inventory.Validate(); err != nil {
		return err
	}
	if err := money("collateral", h.Collateral); err != nil {
		return err
	}
	if err := money("bonded", h.Bonded); err != nil {
		return err
	}
	if h.Bonded.GT(h.Collateral) || h.AnnouncedHeight < 0 {
		return ErrInvalid.Wrapf("host %s has bonded %s of %s", h.Provider, h.Bonded, h.Collateral)
	}
	return nil
}
