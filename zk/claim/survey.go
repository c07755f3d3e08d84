package claim

import (
	"ayni.example/zk/circuit"
	"ayni.example/zk/commit"
	"ayni.example/zk/field"
	"ayni.example/zk/soundness"
	"ayni.example/zk/transcript"
)

// Sumcheck is one of a proof.
type Sumcheck struct {
	Name   string
	Rounds int
	Degree int // elements of a round's message; of a layer, t has this degree
	Count  int // alike, one behind the other, with rounds in all
}

// Survey is how long a proof is and what it costs to check outside of section 8, by circuit and parameters alone.
type Survey struct {
	Plan      *circuit.Plan
	Sumchecks []Sumcheck
	Points    int // coordinates of the steps' point
	Zeros     int // coordinates of the points of zero checks
	Checks    int // zero checks
	Values    int // elements of the messages that are not rounds
	Messages  int
	Products  int // products of all sums under functionals
	Leaves    int // of the tree of fractions
	OnWeights int // claims on the weights
	OnWitness int // claims on the witness
	Batches   int // values that are batched by powers of a challenge, but for those claims
	Rows      [2]int
	// Challenges that blocks of weights are combined by, each of its own, times the length of a code word: those that are
	// coordinates of the steps' point, and those that are of rounds.
	PointFolds, RoundFolds uint64
}

// NewSurvey counts. Valid parameters and a valid circuit are the caller's business.
func NewSurvey(p *circuit.Plan, parameters commit.Parameters) *Survey {
	s := &Survey{Plan: p, Points: Points(p)}
	s.Rows = [2]int{parameters.Weights.Rows(Used(p, &p.Weights)), parameters.Witness.Rows(Used(p, &p.Witness))}
	g := make([]field.E, s.Points)
	var products Products
	for i, op := range p.Circuit.Operations {
		if op.Linear != nil {
			s.line(Linear(p, i, g, &products))
		}
		if op.Forest != nil {
			s.line(Forest(p, i, g))
		}
	}
	n := products.Vars()
	s.add("products", n, 2)
	k := make([]field.E, n)
	for j := range products.List {
		q := &products.List[j]
		s.entries(q.Entries(k[n-q.Vars:]))
	}
	s.Messages++
	s.Batches += len(products.List)
	s.zeroChecks()
	s.lookups()
	s.Batches += s.OnWeights + s.OnWitness
	s.add("witness", max(p.Witness.Bits, int(parameters.Witness.Columns)), 2)
	columns := int(parameters.Weights.Columns)
	s.folds(uint64(parameters.Weights.InverseRate)<<columns, columns)
	s.add("weights", BlockBits(Blocks(p, columns))+columns, 2)
	s.Values += 2
	s.Messages += 2
	s.Products += 8*(s.OnWeights+s.OnWitness)*32 + 2*s.Rows[0] + 2*s.Rows[1]
	return s
}

// folds counts the coordinates that blocks are combined by. Rows of a tree's table are combined at the point of the leaves, other
// weights by the steps' point as far as it says which output, then by rounds.
func (s *Survey) folds(length uint64, columns int) {
	trees := map[int]bool{}
	for _, op := range s.Plan.Circuit.Operations {
		if f := op.Forest; f != nil {
			trees[f.Feature], trees[f.Threshold], trees[f.Leaf] = true, true, true
		}
	}
	for _, b := range Blocks(s.Plan, columns) {
		own := 0
		if b.Bits > 0 && !trees[b.Tensors[0]] {
			own = min(b.Bits, s.Plan.Tensors[b.Tensors[0]].Bits[0])
		}
		s.PointFolds += uint64(own) * length
		s.RoundFolds += uint64(b.Bits-own) * length
	}
}

func (s *Survey) add(name string, rounds, degree int) {
	s.Sumchecks = append(s.Sumchecks, Sumcheck{Name: name, Rounds: rounds, Degree: degree, Count: 1})
}

func (s *Survey) line(l Line) {
	s.entries(l.Entries)
	s.Messages++
	if l.Output >= 0 {
		s.Products += s.Plan.Tensors[l.Output].Size() + steps(l)
	}
}

func steps(l Line) int {
	n := 0
	for _, v := range l.Functional {
		n += 2 << v.Bits()
	}
	return n
}

// entries counts values that become claims or are checked at once.
func (s *Survey) entries(entries []Entry) {
	s.Values += len(entries)
	for i := range entries {
		e := &entries[i]
		if e.Product != NoProduct {
			continue
		}
		for _, v := range e.Functional {
			s.Products += v.Steps()
		}
		switch place := &s.Plan.Tensors[e.Tensor]; place.Kind {
		case circuit.Weight:
			s.OnWeights++
		case circuit.Witness:
			s.OnWitness++
		default:
			s.Products += place.Size()
		}
	}
}

func (s *Survey) zeroChecks() {
	p := s.Plan
	for i, op := range p.Circuit.Operations {
		switch {
		case op.MaxPool != nil:
			n, windows := p.Tensors[op.MaxPool.Output].Log(), op.MaxPool.Window[0]*op.MaxPool.Window[1]
			s.add("maximum", n, windows)
			s.Zeros += n
			s.Checks++
			s.Products += 2 * n * windows
			s.entries(Pool(p, i, make([]field.E, n)))
			s.Messages++
		case op.Forest != nil:
			n := p.Tensors[p.Steps[i].Leaf].Log()
			s.add("bits", n, 2)
			s.Zeros += n
			s.Checks++
			s.Batches += len(p.Steps[i].Levels)
			s.entries(Bits(p, i, make([]field.E, n)))
			s.Messages++
		}
	}
}

func (s *Survey) lookups() {
	p := s.Plan
	if n := p.LeafBits; len(p.Blocks) > 0 {
		s.Sumchecks = append(s.Sumchecks, Sumcheck{Name: "layers", Rounds: n * (n - 1) / 2, Degree: 2, Count: n})
		s.Values += 4 * n
		s.Messages += n
	}
	for _, g := range Leaves(p, make([]field.E, p.LeafBits)) {
		s.entries(g.Entries)
	}
	s.Messages++
	for i := range p.Blocks {
		s.Leaves += 1 << p.Blocks[i].Bits
		s.Products += 2*p.LeafBits + 64
	}
	for _, l := range p.Lookups {
		if l.Kind == circuit.Mapped || l.Kind == circuit.Inputs {
			s.Products += 2 << l.Bits
		}
	}
}

// Terms are the steps that a false proof may survive, but for those of section 8 (section 10).
func (s *Survey) Terms() []soundness.Term {
	const products, witness, weights = 1, 1, 1 // batches with a draw of their own
	rounds := func(name string, count, draws int) soundness.Term {
		return soundness.Term{Name: name, Count: uint64(count), Draws: uint64(draws), Kind: transcript.Rounds}
	}
	list := []soundness.Term{
		{Name: "points", Count: uint64(s.Points), Draws: 1, Kind: transcript.Keys},
		rounds("points of zero checks", s.Zeros, s.Checks),
		rounds("batches", s.Batches, products+witness+weights),
	}
	for _, c := range s.Sumchecks {
		degree := c.Degree
		switch c.Name {
		case "maximum", "bits":
			degree++
		case "layers":
			// lambda and tau of each layer count once, and are drawn together.
			list = append(list, rounds("joined layers", 2*c.Count, c.Count))
			degree++
		}
		list = append(list, rounds("rounds of "+c.Name, c.Rounds*degree, c.Rounds))
	}
	return append(list,
		soundness.Term{Name: "keys", Count: 4 * uint64(s.Leaves), Draws: 1, Kind: transcript.Keys},
		soundness.Term{Name: "folds of blocks by points", Count: s.PointFolds, Kind: transcript.Keys},
		soundness.Term{Name: "folds of blocks by rounds", Count: s.RoundFolds, Kind: transcript.Rounds})
}

// Table is the union bound of the proofs.
func (s *Survey) Table(parameters commit.Parameters) soundness.Table {
	return soundness.Bound(s.Terms(), parameters, s.Rows[0], s.Rows[1])
}
