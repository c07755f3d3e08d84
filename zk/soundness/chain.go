package soundness

import (
	"cmp"
	"math/bits"
	"slices"

	"ayni.example/zk/commit"
	"ayni.example/zk/transcript"
)

// Measured on one core of a server with AVX-512, in picoseconds. They rank parameters; nothing depends on them being right.
const (
	perSymbol     = 1400  // a base element is encoded
	perByte       = 220   // and hashed
	perColumn     = 40000 // what a leaf and a node of the tree cost besides
	perFunctional = 4300  // of the transposed encoding, a symbol of the code
	perValue      = 8000  // of a folded vector, in sumchecks
	perNonce      = 12000
	nanosecond    = 1000
)

// chain is levels for a folded vector, with their cost: one, and those that follow. The empty chain sends the vector.
type chain struct {
	cost
	level commit.Level
	next  *chain
}

// levels is the chain as parameters have it.
func (c *chain) levels() (list []commit.Level) {
	for ; c.next != nil; c = c.next {
		list = append(list, c.level)
	}
	return list
}

// first is the chains for the first vector of an opening, with all that does not depend on the levels.
func (s *searcher) first(p commit.Parameters) []chain {
	weights, witness := p.Weights.Rows(s.goal.Weights), p.Witness.Rows(s.goal.Witness)
	fixed := commit.Cost(p, weights, witness)
	log := uint32(fixed.Rounds)
	nonces, possible := s.fixed(p)
	if !possible {
		return nil
	}
	base := cost{bytes: fixed.Bytes - 16<<log, time: perValue<<log/nanosecond + s.grind().time + nonces}
	if s.goal.Blocks != nil {
		rounded := uint64(1) << bits.Len(uint(s.goal.Blocks(p.Weights.Columns)-1))
		base.time += perValue * rounded << p.Weights.Columns / nanosecond
	}
	for i, m := range p.Matrices(weights, witness) {
		base.bytes -= m.Bytes() - typicalBytes(m)
		base.time += perFunctional<<m.LogLength/nanosecond + s.folding(m.Challenges)
		if !s.foldable(m.Challenges, m.LogLength) {
			return nil
		}
		if i == 1 { // the weights are committed once
			base.time += tableTime(m)
		}
	}
	list := s.extend(log, func(rows uint32) commit.Matrix {
		return withLevel(p, rows).Matrices(weights, witness)[2]
	}, maxLevels)
	for i := range list {
		list[i].cost = list[i].plus(base)
	}
	return list
}

func withLevel(p commit.Parameters, rows uint32) commit.Parameters {
	p.Levels = []commit.Level{{Rows: rows, InverseRate: 2}}
	return p
}

// rest is the chains for a vector of 2^left elements with no padding.
func (s *searcher) rest(left uint32, levels int) []chain {
	key := left*(maxLevels+1) + uint32(levels)
	if list, known := s.chains[key]; known {
		return list
	}
	list := s.extend(left, func(rows uint32) commit.Matrix {
		return commit.Matrix{Rows: 1 << rows, ElementSize: 16, Message: 1 << (left - rows), Kept: s.kept()}
	}, levels)
	s.chains[key] = list
	return list
}

// extend is the chains that start by sending the vector or by a level, whose matrix for so many rows is given.
func (s *searcher) extend(left uint32, matrix func(rows uint32) commit.Matrix, levels int) (list []chain) {
	if left <= maxLast {
		list = append(list, chain{cost: cost{bytes: 16 << left}})
	}
	if levels == 0 {
		return list
	}
	for rows := uint32(1); rows <= maxLevelRows && rows+minColumns <= left; rows++ {
		m := matrix(rows)
		for inverse := uint32(2); inverse <= maxInverse; inverse *= 2 {
			m.LogLength = left - rows + uint32(bits.TrailingZeros32(inverse))
			if m.Queries = s.count(m.Message, m.LogLength); m.Queries == 0 || m.LogLength > maxColumns || !s.foldable(rows, m.LogLength) {
				continue
			}
			own := cost{tableTime(m) + perFunctional<<m.LogLength/nanosecond, typicalBytes(m) + 32}.plus(s.grind())
			own.time += perValue<<(left-rows)/nanosecond + s.folding(rows)
			level := commit.Level{Rows: rows, InverseRate: inverse, Queries: m.Queries}
			rest := s.rest(left-rows, levels-1)
			for i := range rest {
				if c := rest[i].plus(own); s.fits(c) {
					list = append(list, chain{c, level, &rest[i]})
				}
			}
		}
	}
	return frontier(list)
}

// grind is the cost of a nonce. That of the first queries is in the fixed costs' bytes.
func (s *searcher) grind() cost {
	if s.grinding == 0 {
		return cost{}
	}
	return cost{perNonce << s.grinding / nanosecond, transcript.NonceBytes}
}

func tableTime(m commit.Matrix) uint64 {
	column := uint64(m.Rows * m.ElementSize)
	return (column/4*perSymbol + column*perByte + perColumn) << m.LogLength / nanosecond
}

// typicalBytes is what an opening of the matrix adds to a proof on average; m.Bytes is never exceeded.
func typicalBytes(m commit.Matrix) uint64 {
	length := uint64(1) << m.LogLength
	distinct := length - length*chance(1, m.LogLength, m.Queries)>>32
	missing := uint64(0)
	for l := uint32(1); l <= m.LogLength; l++ {
		// Of 2^l nodes, those that no query is below and whose sibling is above one.
		missing += (chance(1, l, m.Queries) - chance(2, l, m.Queries)) >> (32 - l)
	}
	return distinct*uint64(m.Rows*m.ElementSize) + uint64(m.Kept)*missing
}

// typicalTotal is the length of an opening, on average.
func typicalTotal(p commit.Parameters, weights, witness int) uint64 {
	total := commit.Cost(p, weights, witness).Bytes
	for _, m := range p.Matrices(weights, witness) {
		total -= m.Bytes() - typicalBytes(m)
	}
	return total
}

// chance is (1 - k/2^l)^n in units of 2^-32.
func chance(k, l, n uint32) uint64 {
	base, power := uint64(1)<<32-uint64(k)<<(32-l), uint64(1)<<32
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			power = mul32(power, base)
		}
		base = mul32(base, base)
	}
	return power
}

// mul32 multiplies numbers of at most 1 in units of 2^-32.
func mul32(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high<<32 | low>>32
}

// frontier keeps the chains that no other beats in both time and length, fastest first.
func frontier(list []chain) []chain {
	slices.SortFunc(list, func(a, b chain) int {
		return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.bytes, b.bytes))
	})
	kept := list[:0]
	for _, c := range list {
		if len(kept) == 0 || c.bytes < kept[len(kept)-1].bytes {
			kept = append(kept, c)
		}
	}
	return kept
}
