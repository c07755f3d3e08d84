package provenance

import (
	"slices"

	"cosmossdk.io/math"
)

// rollBook is what a genesis says of one pool.
type rollBook struct {
	pool   Pool
	due    math.Int            // to contributors, in parts of 2^-64 acredit
	points math.Int            // of contributors
	people map[string]math.Int // points by contributor
	given  map[string]math.Int // points by contributor, of accepted contributions
	seen   map[string]bool     // commitments, with their owners
}

// readPools checks pools, contributors and contributions, and that what contributors have is what their pool holds.
func (b book) readPools(g *GenesisState) error {
	books := map[string]*rollBook{}
	for _, p := range g.Pools {
		a := b.assets[string(p.Asset)]
		if a.ID == nil || Kind(a.Kind) != KindPool || books[string(p.Asset)] != nil || !p.sound() {
			return ErrInvalid.Wrapf("pool %x", p.Asset)
		}
		zero := math.ZeroInt()
		books[string(p.Asset)] = &rollBook{p, zero, zero, map[string]math.Int{}, map[string]math.Int{}, map[string]bool{}}
	}
	for _, a := range g.Assets {
		if Kind(a.Kind) == KindPool && books[string(a.ID)] == nil {
			return ErrInvalid.Wrapf("asset %x is of the kind pool, and no pool", a.ID)
		}
	}
	for _, c := range g.Contributors {
		of := books[string(c.Pool)]
		if of == nil || !of.enter(c) {
			return ErrInvalid.Wrapf("contributor %s of pool %x", c.Address, c.Pool)
		}
	}
	ids := map[string]bool{}
	for _, x := range g.Contributions {
		of := books[string(x.Pool)]
		if of == nil || ids[string(x.ID)] || !of.give(x) {
			return ErrInvalid.Wrapf("contribution %x", x.ID)
		}
		ids[string(x.ID)] = true
	}
	for _, p := range g.Pools {
		if err := books[string(p.Asset)].balance(); err != nil {
			return err
		}
	}
	return nil
}

// sound tells whether a pool's own fields are in range.
func (p Pool) sound() bool {
	for _, amount := range []math.Int{p.Points, p.Each, p.Remainder, p.Held} {
		if amount.IsNil() || amount.IsNegative() || amount.BigIntMut().BitLen() > earnedBits+eachBits-1 {
			return false
		}
	}
	return len(p.Schema) == digestSize && len(p.Reference) == digestSize && len(p.Checkers) > 0 && slices.IsSorted(p.Checkers)
}

func (r *rollBook) enter(c Contributor) bool {
	for _, amount := range []math.Int{c.Points, c.Mark, c.Owed, c.Paid} {
		if amount.IsNil() || amount.IsNegative() || amount.BigIntMut().BitLen() > earnedBits {
			return false
		}
	}
	if _, twice := r.people[c.Address]; twice || c.Address == "" || c.Mark.GT(r.pool.Each) || c.Epoch > r.pool.Epoch {
		return false
	}
	r.people[c.Address], r.given[c.Address] = c.Points, math.ZeroInt()
	r.points, r.due = r.points.Add(c.Points), r.due.Add(r.pool.Due(c))
	return true
}

func (r *rollBook) give(x Contribution) bool {
	if _, known := r.people[x.Owner]; !known || len(x.ID) != IDSize || len(x.Commitment) != digestSize || r.seen[x.Owner+string(x.Commitment)] {
		return false
	}
	if x.Epoch == 0 || x.Epoch > r.pool.Epoch || x.State == ContributionUnspecified || x.State > ContributionWithdrawn {
		return false
	}
	r.seen[x.Owner+string(x.Commitment)] = true
	if x.State != ContributionAccepted {
		return x.Points == 0
	}
	r.given[x.Owner] = r.given[x.Owner].Add(math.NewIntFromUint64(x.Points))
	return true
}

// balance compares sums: no point without a contribution, and no acredit that is nobody's.
func (r *rollBook) balance() error {
	for address, points := range r.people { //nolint:maprange // any that differs is an error
		if !points.Equal(r.given[address]) {
			return ErrInvalid.Wrapf("contributor %s of pool %x has %s points, its contributions %s", address, r.pool.Asset, points, r.given[address])
		}
	}
	if !r.points.Equal(r.pool.Points) {
		return ErrInvalid.Wrapf("pool %x has %s points, its contributors %s", r.pool.Asset, r.pool.Points, r.points)
	}
	if whole := r.due.Add(r.pool.Remainder); !whole.Equal(r.pool.Whole()) {
		return ErrInvalid.Wrapf("pool %x holds %s acredit, in parts of 2^-64 %s, and owes %s", r.pool.Asset, r.pool.Held, r.pool.Whole(), whole)
	}
	return nil
}
