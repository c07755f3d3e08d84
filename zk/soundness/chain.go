package soundness

import (
	"cmp"
	"math/bits"
	"slices"

	"ayni.example/zk/commit"
	"ayni.example/zk/transcript"
)

// Measured on one core of a server, in tenths of nanoseconds. They rank parameters; nothing depends on them being right.
const (
	perSymbol     = 18  // a base element is encoded and written to its column
	perByte       = 5   // hashed
	perLeaf       = 800 // what a hash costs besides
	perNode       = 800 // of the tree
	perFunctional = 60  // of the transposed encoding, a symbol of the code
	perValue      = 60  // of a folded vector, in sumchecks
	perNonce      = 1000
)

// chain is levels for a folded vector, with their cost.
type chain struct {
	levels []commit.Level
	cost
}

// first is the chains for the first vector of an opening, with all that does not depend on the levels.
func (s *searcher) first(p commit.Parameters) []chain {
	weights, witness := p.Weights.Rows(s.goal.Weights), p.Witness.Rows(s.goal.Witness)
	fixed := commit.Cost(p, weights, witness)
	log := uint32(fixed.Rounds)
	base := cost{bytes: fixed.Bytes - 16<<log, time: perValue<<log/10 + s.grind().time}
	for i, m := range p.Matrices(weights, witness) {
		base.time += perFunctional << m.LogLength / 10
		if i == 1 { // the weights are committed once
			base.time += tableTime(m)
		}
	}
	list := s.extend(log, func(rows uint32) commit.Matrix {
		return withLevel(p, rows).Matrices(weights, witness)[2]
	}, maxLevels)
	all := make([]chain, len(list))
	for i, c := range list {
		all[i] = chain{c.levels, c.plus(base)}
	}
	return all
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
		return commit.Matrix{Rows: 1 << rows, ElementSize: 16, Message: 1 << (left - rows)}
	}, levels)
	s.chains[key] = list
	return list
}

// extend is the chains that start by sending the vector or by a level, whose matrix for so many rows is given.
func (s *searcher) extend(left uint32, matrix func(rows uint32) commit.Matrix, levels int) (list []chain) {
	if left <= maxLast {
		list = append(list, chain{nil, cost{bytes: 16 << left}})
	}
	if levels == 0 {
		return list
	}
	for rows := uint32(1); rows <= maxLevelRows && rows+minColumns <= left; rows++ {
		m := matrix(rows)
		for inverse := uint32(2); inverse <= maxInverse; inverse *= 2 {
			m.LogLength = left - rows + uint32(bits.TrailingZeros32(inverse))
			if m.Queries = s.count(m.Message, m.LogLength); m.Queries == 0 || m.LogLength > maxColumns {
				continue
			}
			own := cost{tableTime(m) + perFunctional<<m.LogLength/10, m.Bytes() + 32}.plus(s.grind())
			own.time += perValue << (left - rows) / 10
			level := commit.Level{Rows: rows, InverseRate: inverse, Queries: m.Queries}
			for _, c := range s.rest(left-rows, levels-1) {
				list = append(list, chain{append([]commit.Level{level}, c.levels...), c.plus(own)})
			}
		}
	}
	return frontier(list)
}

// grind is the cost of a nonce. That of the first queries is in the fixed costs' bytes.
func (s *searcher) grind() cost {
	if s.goal.Grinding == 0 {
		return cost{}
	}
	return cost{perNonce << s.goal.Grinding / 10, transcript.NonceBytes}
}

func tableTime(m commit.Matrix) uint64 {
	column := uint64(m.Rows * m.ElementSize)
	return (column/4*perSymbol + column*perByte + perLeaf + perNode) << m.LogLength / 10
}

// frontier keeps the chains that no other beats in both time and length, fastest first.
func frontier(list []chain) []chain {
	slices.SortStableFunc(list, func(a, b chain) int {
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
