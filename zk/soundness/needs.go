package soundness

import (
	"fmt"
	"math/big"
	"math/bits"

	"ayni.example/zk/commit"
)

// Needs says, line by line, what keeps a proof from so many bits: sets of queries that are too few for their rate, and
// challenges from a field that is too small for the nonces that they have.
func (t Table) Needs(goal int) (list []string) {
	if goal > t.collision() {
		list = append(list, fmt.Sprintf("trees of hashes: %d bytes of each, this profile has %d", (goal+3)/4, t.parameters.Kept()))
	}
	limit := new(big.Int).Lsh(big.NewInt(1), uint(scale-goal))
	if t.Total.Cmp(limit) <= 0 {
		return list
	}
	limit.Rsh(limit, shareBits)
	for _, l := range t.Lines {
		switch {
		case l.Error.Cmp(limit) <= 0:
		case l.matrix.Queries > 0:
			if q := fewest(l.matrix, t.parameters.Grinding, limit); q > 0 {
				list = append(list, fmt.Sprintf("%s: %d, not %d", l.Name, q, l.matrix.Queries))
			} else {
				list = append(list, l.Name+": a lower rate")
			}
		case l.count > 0:
			field := goal + shareBits + bits.Len64(l.count-1)
			has := "this profile has 2^123.98"
			if t.parameters.Profile() > 1 {
				has = fmt.Sprintf("nonces of %d bits make it 2^%d.98", l.nonce, 123+l.nonce)
			}
			list = append(list, fmt.Sprintf("%s: challenges from a field of 2^%d elements, %s", l.Name, field, has))
		}
	}
	return list
}

// fewest is the fewest queries of a matrix whose error is within the limit, or 0 if more than a verifier takes are needed.
func fewest(m commit.Matrix, grinding uint32, limit *big.Int) uint32 {
	const most = 1024
	low, high := uint32(0), uint32(most+1) // low queries are too few
	for high-low > 1 {
		m.Queries = (low + high) / 2
		if queryError(m, grinding).Cmp(limit) <= 0 {
			high = m.Queries
		} else {
			low = m.Queries
		}
	}
	if high > most {
		return 0
	}
	return high
}
