package verifier

import (
	"ayni.example/zk/circuit"
	"ayni.example/zk/claim"
	"ayni.example/zk/field"
	"ayni.example/zk/lookup"
	"ayni.example/zk/transcript"
)

// lookups checks that all that is looked up is in its table: the tree of fractions adds up to zero.
func (v *verification) lookups() error {
	drawn, err := v.proof.Draw(transcript.Keys, 2)
	if err != nil {
		return refuse(ErrFractions, err)
	}
	k := keys{beta: drawn[0], gamma: drawn[1]}
	if len(v.plan.Blocks) == 0 {
		_, err := v.leafValues(nil)
		return err
	}
	vars := make([]int, len(v.plan.Blocks))
	for i, b := range v.plan.Blocks {
		vars[i] = b.Bits
	}
	layout, err := lookup.NewLayout(vars)
	if err != nil {
		return refuse(ErrStatement, err)
	}
	tree, err := lookup.Verify(v.proof, layout)
	if err != nil {
		return refuse(ErrFractions, err)
	}
	columns, err := v.leafValues(tree.Point)
	if err != nil {
		return err
	}
	fractions := make([]lookup.Fraction, len(vars))
	for i := range fractions {
		numerator, key := columns.leaf(&v.plan.Blocks[i], k)
		fractions[i] = lookup.Fraction{P: numerator, Q: field.Sub(k.gamma, key)}
	}
	if err := layout.Check(tree, fractions); err != nil {
		return refuse(ErrLeaves, err)
	}
	return nil
}

// leaves is the values of all columns at the point of the leaves.
type leaves struct {
	*verification
	x       []field.E
	column  map[int]field.E   // of each tensor, at the first coordinates
	windows map[int][]field.E // of each MaxPool, x_d
}

func (v *verification) leafValues(x []field.E) (*leaves, error) {
	groups := claim.Leaves(v.plan, x)
	count := 0
	for _, g := range groups {
		count += len(g.Entries)
	}
	values, err := v.proof.Receive("leaves", count)
	if err != nil {
		return nil, refuse(ErrLeaves, err)
	}
	l := &leaves{verification: v, x: x, column: map[int]field.E{}, windows: map[int][]field.E{}}
	for _, g := range groups {
		for i := range g.Entries {
			if err := v.claim(g.Entries[i], values[i]); err != nil {
				return nil, err
			}
		}
		l.keep(g, values)
		values = values[len(g.Entries):]
	}
	return l, nil
}

func (l *leaves) keep(g claim.Group, values []field.E) {
	if g.Operation >= 0 {
		if pool := l.Circuit.Operations[g.Operation].MaxPool; pool != nil {
			l.column[pool.Output] = values[0]
			l.windows[g.Operation] = windowValues(g.Entries, values, pool.Window[0]*pool.Window[1])
			return
		}
	}
	for i, e := range g.Entries {
		l.column[e.Tensor] = values[i]
	}
}

// leaf is the numerator and the key of a block at the point.
func (l *leaves) leaf(b *circuit.Block, k keys) (numerator, key field.E) {
	if b.Kind == circuit.Supply {
		return l.supply(&l.plan.Lookups[b.Lookup], k)
	}
	table, one := &l.plan.Lookups[b.Lookup], field.One()
	op, step := &l.Circuit.Operations[b.Operation], &l.plan.Steps[b.Operation]
	switch b.Kind {
	case circuit.Mapping:
		return one, k.row(table.Tag, l.column[step.High], l.column[op.Linear.Output], field.E{})
	case circuit.Remainder:
		return one, k.row(table.Tag, l.column[step.Low], field.E{}, field.E{})
	case circuit.Difference:
		difference := field.Sub(l.column[op.MaxPool.Output], l.windows[b.Operation][b.Index])
		return one, k.row(table.Tag, difference, field.E{}, field.E{})
	case circuit.Node:
		level := step.Levels[b.Index]
		return one, k.row(table.Tag, l.node(b, b.Index), l.column[level.Feature], l.column[level.Threshold])
	case circuit.Feature:
		level := step.Levels[b.Index]
		return one, k.row(table.Tag, l.axis(step.Leaf, 0, 0), l.column[level.Feature], l.column[level.Value])
	case circuit.Comparison:
		level, shift := step.Levels[b.Index], field.Int(1<<op.Forest.Bits)
		a := field.Sub(l.column[level.Value], l.column[level.Threshold])
		a = field.Add(a, field.Mul(shift, field.Sub(one, l.column[level.Bit])))
		return one, k.row(table.Tag, a, field.E{}, field.E{})
	default: // circuit.Ending: the node below the last level, counted from the first leaf
		depth := op.Forest.Depth
		a := field.Sub(l.node(b, depth), field.Int(1<<depth))
		return one, k.row(table.Tag, a, l.column[step.Leaf], field.E{})
	}
}

// node is t 2^D + 2^d + sum_{j<d} 2^(d-1-j) bit_j.
func (l *leaves) node(b *circuit.Block, d int) field.E {
	step := &l.plan.Steps[b.Operation]
	heap := field.One()
	for _, level := range step.Levels[:d] {
		heap = field.Add(field.Add(heap, heap), l.column[level.Bit])
	}
	return field.Add(heap, l.axis(step.Leaf, 1, l.Circuit.Operations[b.Operation].Forest.Depth))
}

// axis is the index on an axis of a tensor of two, times 2^shift, as a polynomial at the point.
func (l *leaves) axis(tensor, axis, shift int) field.E {
	bits := l.plan.Tensors[tensor].Bits
	from := axis * bits[0]
	return field.Mul(index(l.x[from:][:bits[axis]]), field.Int(1<<shift))
}

// supply is minus the multiplicity, and the key of the table's rows.
func (l *leaves) supply(table *circuit.Lookup, k keys) (numerator, key field.E) {
	numerator = field.Neg(l.column[table.Multiplicity])
	x := l.x[:table.Bits]
	a := index(x)
	var b, c field.E
	switch table.Kind {
	case circuit.Mapped:
		b = field.DotBase(field.Eq(x), small(l.Circuit.Tables[table.Index].Values))
	case circuit.Nodes:
		forest := l.Circuit.Operations[table.Index].Forest
		b, c = l.column[forest.Feature], l.column[forest.Threshold]
	case circuit.Leaves:
		b = l.column[l.Circuit.Operations[table.Index].Forest.Leaf]
	case circuit.Inputs:
		// The instance is a component of its own: whatever a weight calls a feature, it is one of the same instance.
		input := l.Circuit.Operations[table.Index].Forest.Input
		instances := l.plan.Tensors[input].Bits[0]
		a, b, c = index(x[:instances]), index(x[instances:]), l.inputs(input, x)
	default: // circuit.Range
	}
	return numerator, k.row(table.Tag, a, b, c)
}

// inputs is the polynomial of a public tensor at a point.
func (l *leaves) inputs(tensor int, x []field.E) field.E {
	place := &l.plan.Tensors[tensor]
	return claim.Eq(place, x).OnIntegers(l.public[tensor], place.Axes)
}

// index is the polynomial whose value at each position is the position.
func index(x []field.E) (sum field.E) {
	for _, r := range x {
		sum = field.Add(field.Add(sum, sum), r)
	}
	return sum
}

func small(values []int16) []field.Element {
	list := make([]field.Element, len(values))
	for i, x := range values {
		list[i] = field.BaseInt(int64(x))
	}
	return list
}

// keys makes one number of a row.
type keys struct{ beta, gamma field.E }

func (k keys) row(tag int, a, b, c field.E) field.E {
	inner := field.Add(b, field.Mul(k.beta, c))
	return field.Add(field.Int(int64(tag)), field.Mul(k.beta, field.Add(a, field.Mul(k.beta, inner))))
}
