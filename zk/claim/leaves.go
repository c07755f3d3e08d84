package claim

import (
	"ayni.example/zk/circuit"
	"ayni.example/zk/field"
	"ayni.example/zk/poly"
)

// Pool is y, then x_d piece by piece, of the MaxPool at the index, at a point of its output (section 6).
func Pool(p *circuit.Plan, index int, point []field.E) []Entry {
	op := p.Circuit.Operations[index].MaxPool
	place := &p.Tensors[op.Output]
	entries := append(make([]Entry, 0, 1+op.Window[0]*op.Window[1]*len(op.Reading)), at(p, op.Output, point))
	axes, _ := Shape(p, op.Reading)
	r := split(place.Bits, point)
	for d := range op.Window[0] * op.Window[1] {
		f := poly.Functional{poly.Trunc(r[0], place.Axes[0]), 2: poly.Vector{}}
		for k, dk := range [2]int{d / op.Window[1], d % op.Window[1]} {
			f[1+k] = poly.WindowAt(r[1+k], dk, poly.Slide{Positions: place.Axes[1+k], Length: axes[1+k], Stride: op.Stride[k]})
		}
		for _, e := range read(p, op.Reading, f, field.One()) {
			e.Window = d
			entries = append(entries, e)
		}
	}
	return entries
}

// Bits is the bits of the Forest at the index, at a point of them.
func Bits(p *circuit.Plan, index int, point []field.E) []Entry {
	levels := p.Steps[index].Levels
	entries := make([]Entry, len(levels))
	for d, level := range levels {
		entries[d] = at(p, level.Bit, point)
	}
	return entries
}

// Group is the values at the leaves of one operation, or of one table that is looked up.
type Group struct {
	Operation int // or -1
	Lookup    int // or -1
	Entries   []Entry
}

// Leaves is the values in which the tree of fractions ends at the point x, in order.
func Leaves(p *circuit.Plan, x []field.E) []Group {
	groups := make([]Group, 0, len(p.Circuit.Operations)+len(p.Lookups))
	for i, op := range p.Circuit.Operations {
		var entries []Entry
		step := &p.Steps[i]
		switch {
		case op.Linear != nil && op.Linear.Table != circuit.NoTable:
			for _, tensor := range []int{step.High, step.Low, op.Linear.Output} {
				entries = append(entries, at(p, tensor, x))
			}
		case op.MaxPool != nil:
			entries = Pool(p, i, x)
		case op.Forest != nil:
			for _, l := range step.Levels {
				for _, tensor := range []int{l.Bit, l.Feature, l.Threshold, l.Value} {
					entries = append(entries, at(p, tensor, x))
				}
			}
			entries = append(entries, at(p, step.Leaf, x))
		default:
			continue
		}
		groups = append(groups, Group{Operation: i, Lookup: -1, Entries: entries})
	}
	for i := range p.Lookups {
		groups = append(groups, Group{Operation: -1, Lookup: i, Entries: supply(p, &p.Lookups[i], x)})
	}
	return groups
}

// supply is the committed columns of a table.
func supply(p *circuit.Plan, table *circuit.Lookup, x []field.E) []Entry {
	entries := []Entry{at(p, table.Multiplicity, x)}
	switch table.Kind {
	case circuit.Nodes:
		forest := p.Circuit.Operations[table.Index].Forest
		entries = append(entries, at(p, forest.Feature, x), at(p, forest.Threshold, x))
	case circuit.Leaves:
		entries = append(entries, at(p, p.Circuit.Operations[table.Index].Forest.Leaf, x))
	default: // known to all
	}
	return entries
}

// at is the value of a tensor's polynomial at the first coordinates of a point.
func at(p *circuit.Plan, tensor int, point []field.E) Entry {
	place := &p.Tensors[tensor]
	return Entry{Tensor: tensor, Functional: Eq(place, point), Point: point[:place.Log()], Product: NoProduct}
}
