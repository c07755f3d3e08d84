package claim

import (
	"math/bits"

	"ayni.example/zk/circuit"
	"ayni.example/zk/field"
	"ayni.example/zk/poly"
)

// logUp is log2 of the least power of two that is n or more.
func logUp(n int) int { return bits.Len(uint(n - 1)) }

// Linear is the line of the operation at the index, with challenges g (section 5). With a table it is
// 2^s h + l - off sum(e) - m (the terms) = 0, without one the terms are the output.
func Linear(p *circuit.Plan, index int, g []field.E, products *Products) Line {
	op := p.Circuit.Operations[index].Linear
	place := &p.Tensors[op.Output]
	e := output(place, g)
	line := Line{Output: op.Output, Functional: e}
	factor := field.One()
	if op.Table != circuit.NoTable {
		s, h := p.Circuit.Shift, p.Circuit.Tables[op.Table].Bits
		step := &p.Steps[index]
		line = Line{Output: -1, Entries: []Entry{
			{Tensor: step.High, Functional: e, Weight: field.Int(1 << s), Product: NoProduct},
			{Tensor: step.Low, Functional: e, Weight: field.One(), Product: NoProduct},
		}}
		off := field.Int(1<<(s+h-1) + 1<<(s-1))
		line.Constant = field.Neg(field.Mul(off, e.Sum()))
		factor = field.Int(-int64(op.Factor))
	}
	for i := range op.Terms {
		line.Entries = append(line.Entries, term(p, op, i, e, g, factor, products)...)
	}
	return line
}

// term is the entries of one summand, each to count for factor times its value.
func term(p *circuit.Plan, op *circuit.Linear, index int, e poly.Functional, g []field.E, factor field.E, products *Products) []Entry {
	t, place := &op.Terms[index], &p.Tensors[op.Output]
	scaled := field.Mul(factor, field.Int(int64(t.Factor)))
	switch t.Kind {
	case circuit.Dense, circuit.Conv:
		products.add(p, t, place, g)
		return []Entry{{Tensor: -1, Weight: factor, Product: len(products.List) - 1}}
	case circuit.Bias:
		rest := field.Mul(factor, e[1:].Sum())
		return []Entry{{Tensor: t.Weight, Functional: e[:1], Point: g[:place.Bits[0]], Weight: rest, Product: NoProduct}}
	case circuit.Scale:
		return read(p, t.Reading, truncated(place.Axes, place.Bits, g), scaled)
	default: // circuit.Pool
		axes, _ := Shape(p, t.Reading)
		r := split(place.Bits, g)
		f := poly.Functional{poly.Trunc(r[0], place.Axes[0])}
		for k := range 2 {
			f = append(f, poly.WindowSum(r[1+k], slide(t, k, place.Axes[1+k], t.Window[k], axes[1+k])))
		}
		return read(p, t.Reading, f, scaled)
	}
}

// slide is how windows lie on axis y (0) or x (1) of what a term reads.
func slide(t *circuit.Term, axis, positions, window, length int) poly.Slide {
	return poly.Slide{Positions: positions, Window: window, Length: length, Stride: t.Stride[axis], Pad: t.Pad[axis]}
}

// Forest is the line of the operation at the index (section 5): its leaves, counted for the classes, and the base of each.
func Forest(p *circuit.Plan, index int, g []field.E) Line {
	op := p.Circuit.Operations[index].Forest
	place := &p.Tensors[op.Output]
	r := split(place.Bits, g)
	instances := poly.Trunc(r[0], place.Axes[0])
	classes := poly.Eq(r[1]).Values()
	trees := make([]field.E, 1<<p.Tensors[p.Steps[index].Leaf].Bits[1])
	for t, k := range op.Classes {
		trees[t] = classes[k]
	}
	var base field.E
	for k, b := range op.Base {
		base = field.Add(base, field.Mul(classes[k], field.Int(int64(b))))
	}
	return Line{
		Entries: []Entry{{
			Tensor: p.Steps[index].Leaf, Functional: poly.Functional{instances, poly.Dense(trees)}, Weight: field.One(), Product: NoProduct,
		}},
		Constant:   field.Mul(base, instances.Sum()),
		Output:     op.Output,
		Functional: truncated(place.Axes, place.Bits, g),
	}
}
