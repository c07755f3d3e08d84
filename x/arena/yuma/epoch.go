package yuma

import (
	"fmt"
)

// MembersMost bounds the members of an epoch; within it no sum of weights, bonds or shares leaves the range of a Num.
const MembersMost = 1 << 14

// Cell is one entry of a sparse row: a weight or a bond, as a fraction of 65535, for the member of a uid.
type Cell struct{ UID, Value uint16 }

// Epoch is what is known of the members when an epoch is scored. A member's uid is its place in the lists, which are all of one
// length. Rows are ascending by uid.
type Epoch struct {
	// Block is the height now, LastTempo that of the epoch before.
	Block, LastTempo uint64
	// Stake is in any unit.
	Stake []uint64
	// LastUpdate is when a member gave its weights, Registered when it took its uid: what was said of a uid's earlier holder is left out.
	LastUpdate, Registered []uint64
	// Committed is the block of the oldest open commitment to weights; nil where weights are not committed to.
	Committed []uint64
	// Permit is the last epoch's: only its holders weigh.
	Permit []bool
	// Weights are given, Bonds are the last epoch's.
	Weights, Bonds [][]Cell
	// Emission is split among all; it may be zero where only shares matter.
	Emission uint64
}

// Result is what an epoch decides. Fractions add up to at most One.
type Result struct {
	// Consensus is the median weight of each member.
	Consensus []Num
	// Incentive are the shares of those weighed, Dividends of those who weigh.
	Incentive, Dividends []Num
	// ValidatorTrust is how much of a validator's weights the consensus left.
	ValidatorTrust []Num
	// Emission is what each gets of the amount; the parts of it for being weighed and for weighing are rounded on their own.
	Emission, IncentiveEmission, DividendEmission []uint64
	// Bonds and Permit are for the next epoch; a member without a permit keeps no bonds.
	Bonds  [][]Cell
	Permit []bool
	// Active tells who gave weights lately.
	Active []bool
}

// Validate checks that an epoch is well formed.
func (e *Epoch) Validate() error {
	n := len(e.Stake)
	if n == 0 || n > MembersMost {
		return errorf(ErrEpoch, "%d members are not 1 to %d", n, MembersMost)
	}
	for _, l := range []struct {
		name   string
		length int
	}{
		{"last updates", len(e.LastUpdate)},
		{"registrations", len(e.Registered)},
		{"permits", len(e.Permit)},
		{"rows of weights", len(e.Weights)},
		{"rows of bonds", len(e.Bonds)},
	} {
		if l.length != n {
			return errorf(ErrEpoch, "%d %s for %d members", l.length, l.name, n)
		}
	}
	if e.Committed != nil && len(e.Committed) != n {
		return errorf(ErrEpoch, "%d commitments for %d members", len(e.Committed), n)
	}
	for i := range n {
		if err := checkRow(e.Weights[i], n); err != nil {
			return fmt.Errorf("%w: weights of member %d: %w", ErrEpoch, i, err)
		}
		if err := checkRow(e.Bonds[i], n); err != nil {
			return fmt.Errorf("%w: bonds of member %d: %w", ErrEpoch, i, err)
		}
	}
	return nil
}

// checkRow holds a row within n members, each at most once.
func checkRow(row []Cell, n int) error {
	next := 0
	for _, c := range row {
		if int(c.UID) < next {
			return fmt.Errorf("uid %d is not above the one before it", c.UID)
		}
		next = int(c.UID) + 1
	}
	if next > n {
		return fmt.Errorf("uid %d is none of %d members", next-1, n)
	}
	return nil
}

// active tells whether a member gave weights lately.
func (e *Epoch) active(i int, cutoff uint64) bool {
	return e.LastUpdate[i] >= e.Block || e.Block-e.LastUpdate[i] <= cutoff
}

// heard is the first registration that member i's weights say nothing of.
func (e *Epoch) heard(i int) uint64 {
	if e.Committed == nil || e.Committed[i] >= e.LastUpdate[i] {
		return e.LastUpdate[i]
	}
	return e.Committed[i] + 1
}

func errorf(kind error, format string, args ...any) error {
	return fmt.Errorf("%w: %s", kind, fmt.Sprintf(format, args...))
}
