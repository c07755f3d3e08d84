package soundness

import (
	"errors"
	"fmt"
	"math/big"
	"math/bits"
	"strings"

	"ayni.example/zk/commit"
)

// Bounds of the search. Grinding of 12 bits costs a prover some 4096 hashes a level; more is slower than more queries.
const (
	MaxGrinding   = 12
	minColumns    = 3  // log2
	maxColumns    = 20 // log2
	maxRows       = 512
	maxLevels     = 4
	maxLevelRows  = 6
	maxLast       = 10
	maxInverse    = 32
	defaultMemory = 1 << 27 // bytes of the encoded weights: 2^22 of them at rate 1/8
)

// shareBits is what each set of queries is better than the goal: six sets, and the rest of eight for the other steps. Where those
// are work, a set has a smaller part.
const (
	shareBits = 3
	deepShare = 6
)

// firstBits is the most that profile 1 has.
const firstBits = 96

// ErrUnreachable is said of goals that no parameters meet.
var ErrUnreachable = errors.New("no parameters reach the goal")

// Goal is what parameters are searched for: of profile 1 up to 96 bits, with MaxBytes for the fastest prover and without for the
// shortest opening; of profile 2 beyond, for the smallest product of time and length, because work makes proofs shorter without end.
type Goal struct {
	Weights, Witness int // values
	// Terms are the steps of the circuit's proofs, whatever the queries of the parameters are; nil has none.
	Terms func(p commit.Parameters) []Term
	// Blocks is how many rows the weights are combined to before the opening, for a log2 of columns; nil counts one.
	Blocks      func(columns uint32) int
	Bits        int    // 0 is Default
	Grinding    uint32 // leading zero bits before queries, at most MaxGrinding; profile 2 has 20
	HideWeights bool
	HideWitness bool
	MaxBytes    uint64 // of the opening, on average; 0 is any
	MaxTime     uint64 // estimated nanoseconds; 0 is any
	MaxMemory   uint64 // bytes of the encoded weights; 0 is 2^27
}

// Plan is what a search found.
type Plan struct {
	Parameters commit.Parameters
	Bytes      uint64 // of an opening, on average; commit.Cost bounds it
	Time       uint64 // estimated nanoseconds of the witness' commitment and the opening, on one thread
	Table      Table
}

// Search enumerates columns, rates and levels. Its result depends on the goal alone.
func Search(g Goal) (Plan, error) {
	if g.Bits == 0 {
		g.Bits = Default
	}
	if g.MaxMemory == 0 {
		g.MaxMemory = defaultMemory
	}
	if g.Grinding > MaxGrinding || g.Weights > maxRows<<maxColumns || g.Witness > maxRows<<maxColumns || g.Bits < 1 || g.Bits > scale/2 {
		return Plan{}, fmt.Errorf("%w: %d bits, %d of grinding, %d weights, %d values", ErrUnreachable, g.Bits, g.Grinding, g.Weights, g.Witness)
	}
	s := newSearcher(g)
	best, found := s.either()
	if !found {
		return Plan{}, fmt.Errorf("%w: nothing of %d weights and %d values fits %d bytes and %d ns", ErrUnreachable, g.Weights, g.Witness, g.MaxBytes, g.MaxTime)
	}
	p := s.trim(best.parameters)
	weights, witness := p.Weights.Rows(g.Weights), p.Witness.Rows(g.Witness)
	plan := Plan{Parameters: p, Bytes: typicalTotal(p, weights, witness), Time: best.time, Table: Bound(s.terms(p), p, weights, witness)}
	if got := plan.Table.Bits(); got < g.Bits {
		return plan, fmt.Errorf("%w: %d bits, not %d; needed are %s", ErrUnreachable, got, g.Bits, strings.Join(plan.Table.Needs(g.Bits), "; "))
	}
	return plan, nil
}

// cost is what is added up of the parts of an opening.
type cost struct{ time, bytes uint64 }

func (c cost) plus(d cost) cost { return cost{c.time + d.time, c.bytes + d.bytes} }

type searcher struct {
	goal     Goal
	grinding uint32
	share    int
	queries  map[[2]uint32]uint32
	chains   map[uint32][]chain

	// Of profile 2 only:
	folds   uint32              // bits of the nonces of challenges that fold
	allowed uint64              // bad challenges
	keys    map[[2]uint32]guess // by columns and rate of the weights
}

func newSearcher(g Goal) *searcher {
	s := &searcher{goal: g, grinding: g.Grinding, share: shareBits, queries: map[[2]uint32]uint32{}, chains: map[uint32][]chain{}}
	if g.Bits > firstBits {
		s.grinding, s.share, s.allowed, s.keys = deepQuery, deepShare, allowed(g.Bits), map[[2]uint32]guess{}
	}
	return s
}

// either is best in the profile that the goal needs.
func (s *searcher) either() (candidate, bool) {
	if s.goal.Bits > firstBits {
		return s.deep()
	}
	return s.best()
}

// kept is the bytes of a hash in a tree.
func (s *searcher) kept() uint32 { return uint32(s.parameters().Kept()) }

// parameters is what all candidates have.
func (s *searcher) parameters() commit.Parameters {
	p := commit.Parameters{Grinding: s.grinding}
	if s.folds > 0 { // bits that are found later
		p.Draws = commit.Draws{Rounds: 1, Keys: 1, Folds: s.folds}
	}
	return p
}

// candidate is complete parameters with their cost.
type candidate struct {
	parameters commit.Parameters
	cost
}

func (s *searcher) best() (best candidate, found bool) {
	for _, weights := range s.codes(s.goal.Weights, s.goal.HideWeights, s.goal.MaxMemory) {
		for _, witness := range s.codes(s.goal.Witness, s.goal.HideWitness, 0) {
			p := s.parameters()
			p.Weights, p.Witness = weights, witness
			for _, c := range s.first(p) {
				if s.fits(c.cost) && (!found || s.better(c.cost, best.cost)) {
					p.Levels = c.levels()
					best, found = candidate{p, c.cost}, true
				}
			}
		}
	}
	return best, found
}

func (s *searcher) fits(c cost) bool {
	return (s.goal.MaxBytes == 0 || c.bytes <= s.goal.MaxBytes) && (s.goal.MaxTime == 0 || c.time <= s.goal.MaxTime)
}

func (s *searcher) better(a, b cost) bool {
	if s.folds > 0 {
		return a.time/nanosecond*a.bytes < b.time/nanosecond*b.bytes
	}
	if s.goal.MaxBytes > 0 {
		return a.time < b.time || a.time == b.time && a.bytes < b.bytes
	}
	return a.bytes < b.bytes || a.bytes == b.bytes && a.time < b.time
}

// codes are the candidates for a matrix of so many values whose encoding fits the memory, if it is limited.
func (s *searcher) codes(values int, hide bool, memory uint64) (list []commit.Code) {
	for columns := uint32(minColumns); columns <= maxColumns; columns++ {
		rows := commit.Code{Columns: columns}.Rows(values)
		if rows > maxRows {
			continue
		}
		for inverse := uint32(2); inverse <= maxInverse; inverse *= 2 {
			if memory > 0 && 4*uint64(inverse)*uint64(rows)<<columns > memory {
				break
			}
			if c, ok := s.code(columns, inverse, hide); ok {
				list = append(list, c)
			}
		}
		if rows == 1 {
			break
		}
	}
	return list
}

// code finds the queries of a code, and the tail that hides as many columns.
func (s *searcher) code(columns, inverse uint32, hide bool) (commit.Code, bool) {
	length := columns + uint32(bits.TrailingZeros32(inverse))
	if !hide {
		q := s.count(1<<columns, length)
		return commit.Code{Columns: columns, InverseRate: inverse, Queries: q}, q > 0
	}
	for tail := uint32(1 << minColumns); tail <= 1<<columns; tail *= 2 {
		if q := s.count(1<<columns+tail, length); q > 0 && q <= tail {
			return commit.Code{Columns: columns, InverseRate: inverse, Queries: q, Tail: tail}, true
		}
	}
	return commit.Code{}, false
}

// count is the fewest queries of a code that have their share of the goal, or 0 if too many are needed.
func (s *searcher) count(message, logLength uint32) uint32 {
	key := [2]uint32{message, logLength}
	if q, known := s.queries[key]; known {
		return q
	}
	limit := new(big.Int).Lsh(big.NewInt(1), uint(scale-s.goal.Bits-s.share))
	q := fewest(commit.Matrix{Message: message, LogLength: logLength}, s.grinding, limit)
	s.queries[key] = q
	return q
}

func (s *searcher) terms(p commit.Parameters) []Term {
	if s.goal.Terms == nil {
		return nil
	}
	return s.goal.Terms(p)
}

// trim takes queries away, set by set, while the goal is still reached.
func (s *searcher) trim(p commit.Parameters) commit.Parameters {
	p.Levels = append([]commit.Level(nil), p.Levels...)
	limit := new(big.Int).Lsh(big.NewInt(1), uint(scale-s.goal.Bits))
	sets := append(make([]*uint32, 0, 2+len(p.Levels)), &p.Weights.Queries, &p.Witness.Queries)
	for i := range p.Levels {
		sets = append(sets, &p.Levels[i].Queries)
	}
	terms := s.terms(p)
	for i := 0; i < len(sets); {
		*sets[i]--
		if Bound(terms, p, p.Weights.Rows(s.goal.Weights), p.Witness.Rows(s.goal.Witness)).Total.Cmp(limit) > 0 {
			*sets[i]++
			i++
		}
	}
	return p
}
