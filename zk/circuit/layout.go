package circuit

import (
	"math/bits"
	"slices"
)

// bitsFor is log2 of n, padded to a power of two.
func bitsFor(n int) int { return bits.Len(uint(n - 1)) }

// Plan checks the circuit and lays it out.
func (c *Circuit) Plan() (*Plan, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	p := &Plan{Circuit: c}
	for _, t := range c.Tensors {
		p.add(t)
	}
	var witness, weights []int // tensors in the order of declaration
	for id, t := range c.Tensors {
		if t.Kind == Weight {
			weights = append(weights, id)
		}
	}
	forests := 0
	for i := range c.Operations {
		o := &c.Operations[i]
		step := Step{}
		switch {
		case o.Linear != nil && o.Linear.Table != NoTable:
			y := c.Tensors[o.Linear.Output]
			step.High, step.Low = p.add(y), p.add(y)
			witness = append(witness, step.High, step.Low, o.Linear.Output)
		case o.MaxPool != nil:
			witness = append(witness, o.MaxPool.Output)
		case o.Forest != nil:
			first := len(p.Tensors)
			step = p.forest(o.Forest)
			step.Number = forests
			if forests++; forests > maxForests {
				return nil, invalid("more than %d forests", maxForests)
			}
			for id := first; id < len(p.Tensors); id++ {
				witness = append(witness, id)
			}
		}
		p.Steps = append(p.Steps, step)
	}
	p.lookups()
	for i := range p.Lookups {
		p.Lookups[i].Multiplicity = p.add(Tensor{Witness, []int{1 << p.Lookups[i].Bits}})
		witness = append(witness, p.Lookups[i].Multiplicity)
	}
	p.blocks()
	var err error
	if p.Weights, err = p.stack("weights", weights, MaxWeightBits); err != nil {
		return nil, err
	}
	if p.Witness, err = p.stack("witness", witness, MaxWitnessBits); err != nil {
		return nil, err
	}
	public := 0
	for i := range p.Tensors {
		if t := &p.Tensors[i]; t.Kind == Input || t.Kind == Output {
			public += t.Size()
		}
	}
	if public > MaxPublic {
		return nil, invalid("inputs and outputs have %d padded values, at most %d are allowed", public, MaxPublic)
	}
	return p, p.place()
}

func (p *Plan) add(t Tensor) int {
	place := Place{Tensor: t}
	for _, n := range t.Axes {
		place.Bits = append(place.Bits, bitsFor(n))
	}
	p.Tensors = append(p.Tensors, place)
	return len(p.Tensors) - 1
}

// forest adds the witness of a forest, each tensor of axes [instances, trees].
func (p *Plan) forest(f *Forest) Step {
	t := Tensor{Witness, []int{p.Tensors[f.Input].Axes[0], len(f.Classes)}}
	var s Step
	for range f.Depth {
		s.Levels = append(s.Levels, Level{Bit: p.add(t), Feature: p.add(t), Threshold: p.add(t), Value: p.add(t)})
	}
	s.Leaf = p.add(t)
	return s
}

// stack lays tensors out by descending size.
func (p *Plan) stack(name string, order []int, limit int) (Stack, error) {
	slices.SortStableFunc(order, func(a, b int) int { return p.Tensors[b].Log() - p.Tensors[a].Log() })
	end := 0
	for _, id := range order {
		p.Tensors[id].Offset = end
		if end += p.Tensors[id].Size(); end > 1<<limit {
			return Stack{}, invalid("the %s has more than 2^%d padded values", name, limit)
		}
	}
	return Stack{Order: order, Bits: bitsFor(max(end, 1))}, nil
}

// lookups lists the tables in use, without multiplicities.
func (p *Plan) lookups() {
	c := p.Circuit
	ranges, tables := map[int]bool{}, map[int]bool{}
	for i := range c.Operations {
		switch o := &c.Operations[i]; {
		case o.Linear != nil && o.Linear.Table != NoTable:
			ranges[int(c.Shift)], tables[o.Linear.Table] = true, true
		case o.MaxPool != nil:
			ranges[differenceBits] = true
		case o.Forest != nil:
			ranges[o.Forest.Bits] = true
		}
	}
	for k := range maxRange {
		if ranges[k] {
			p.Lookups = append(p.Lookups, Lookup{Kind: Range, Index: k, Tag: k, Bits: k})
		}
	}
	for t := range c.Tables {
		if tables[t] {
			p.Lookups = append(p.Lookups, Lookup{Kind: Mapped, Index: t, Tag: 64 + t, Bits: int(c.Tables[t].Bits)})
		}
	}
	for i := range c.Operations {
		if f := c.Operations[i].Forest; f != nil {
			nodes, inputs := p.Tensors[f.Feature].Log(), p.Tensors[f.Input].Log()
			tag := 1024 + 4*p.Steps[i].Number
			p.Lookups = append(p.Lookups, Lookup{Kind: Nodes, Index: i, Tag: tag, Bits: nodes},
				Lookup{Kind: Leaves, Index: i, Tag: tag + 1, Bits: nodes}, Lookup{Kind: Inputs, Index: i, Tag: tag + 2, Bits: inputs})
		}
	}
}

// differenceBits bounds how far the values of a MaxPool's window lie apart.
const differenceBits = 8

// Lookup is the index of a table in use, or -1.
func (p *Plan) Lookup(kind LookupKind, index int) int {
	return slices.IndexFunc(p.Lookups, func(l Lookup) bool { return l.Kind == kind && l.Index == index })
}

// blocks lists the blocks of leaves in order, without offsets.
func (p *Plan) blocks() {
	c := p.Circuit
	for i := range c.Operations {
		switch o := &c.Operations[i]; {
		case o.Linear != nil && o.Linear.Table != NoTable:
			n := p.Tensors[o.Linear.Output].Log()
			p.Blocks = append(p.Blocks, Block{Mapping, i, 0, p.Lookup(Mapped, o.Linear.Table), n, 0},
				Block{Remainder, i, 0, p.Lookup(Range, int(c.Shift)), n, 0})
		case o.MaxPool != nil:
			n, r := p.Tensors[o.MaxPool.Output].Log(), p.Lookup(Range, differenceBits)
			for d := range o.MaxPool.Window[0] * o.MaxPool.Window[1] {
				p.Blocks = append(p.Blocks, Block{Difference, i, d, r, n, 0})
			}
		case o.Forest != nil:
			n := p.Tensors[p.Steps[i].Leaf].Log()
			nodes, r := p.Lookup(Nodes, i), p.Lookup(Range, o.Forest.Bits)
			for d := range o.Forest.Depth {
				p.Blocks = append(p.Blocks, Block{Node, i, d, nodes, n, 0}, Block{Feature, i, d, nodes + 2, n, 0},
					Block{Comparison, i, d, r, n, 0})
			}
			p.Blocks = append(p.Blocks, Block{Ending, i, 0, nodes + 1, n, 0})
		}
	}
	for l := range p.Lookups {
		p.Blocks = append(p.Blocks, Block{Supply, -1, 0, l, p.Lookups[l].Bits, 0})
	}
}

// place gives the blocks their offsets: by descending size, equal sizes in their order.
func (p *Plan) place() error {
	order := make([]int, len(p.Blocks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return p.Blocks[b].Bits - p.Blocks[a].Bits })
	end := 0
	for _, i := range order {
		p.Blocks[i].Offset = end
		if end += 1 << p.Blocks[i].Bits; end > 1<<MaxLeafBits {
			return invalid("lookups have more than 2^%d leaves", MaxLeafBits)
		}
	}
	p.LeafBits = bitsFor(max(end, 1))
	return nil
}
