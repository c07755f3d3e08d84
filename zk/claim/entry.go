package claim

import (
	"ayni.example/zk/circuit"
	"ayni.example/zk/field"
	"ayni.example/zk/poly"
)

// Entry is a value that a message holds: the sum of a tensor under a functional, or the value V of a product.
type Entry struct {
	Tensor     int
	Functional poly.Functional
	Point      []field.E // of a tensor of the weights: Functional is eq of it
	Value      field.E
	Weight     field.E // of the value in the line of its step
	Product    int     // counted over all products, or NoProduct
	Window     int     // of Pool: d of x_d; else zero
}

// NoProduct marks an entry that is a sum under a functional.
const NoProduct = -1

// Line is what the values of a step have to fulfil: the sum of Weight times value, plus Constant, is the sum of the output
// tensor under Functional. Without an output (-1) that is zero.
type Line struct {
	Entries    []Entry
	Constant   field.E
	Output     int
	Functional poly.Functional
}

// Points is how many coordinates the points of the steps have at most.
func Points(p *circuit.Plan) int {
	most := 0
	for _, op := range p.Circuit.Operations {
		switch {
		case op.Linear != nil:
			most = max(most, p.Tensors[op.Linear.Output].Log())
		case op.Forest != nil:
			most = max(most, p.Tensors[op.Forest.Output].Log())
		}
	}
	return most
}

// split cuts the first coordinates of a point axis by axis.
func split(bits []int, point []field.E) [][]field.E {
	axes := make([][]field.E, len(bits))
	for k, n := range bits {
		axes[k], point = point[:n], point[n:]
	}
	return axes
}

// Eq is the functional that is a tensor's polynomial at a point.
func Eq(place *circuit.Place, point []field.E) poly.Functional {
	f := make(poly.Functional, len(place.Bits))
	for k, r := range split(place.Bits, point) {
		f[k] = poly.Eq(r)
	}
	return f
}

// truncated is eq on the real positions of a tensor of these axes, and zero on the others.
func truncated(axes, bits []int, point []field.E) poly.Functional {
	f := make(poly.Functional, len(axes))
	for k, r := range split(bits, point) {
		f[k] = poly.Trunc(r, axes[k])
	}
	return f
}

// output is the functional e of a Linear: eq on the first axis, truncated on the others.
func output(place *circuit.Place, g []field.E) poly.Functional {
	f := truncated(place.Axes, place.Bits, g)
	f[0] = poly.Eq(g[:place.Bits[0]])
	return f
}

// read is the values of a reading, one a piece: the functional's first vector is cut.
func read(p *circuit.Plan, r circuit.Reading, f poly.Functional, weight field.E) []Entry {
	entries := make([]Entry, len(r))
	offset := 0
	for i, tensor := range r {
		n := p.Tensors[tensor].Axes[0]
		piece := append(poly.Functional{f[0].Cut(offset, n)}, f[1:]...)
		entries[i] = Entry{Tensor: tensor, Functional: piece, Weight: weight, Product: NoProduct}
		offset += n
	}
	return entries
}

// Shape is the real and the padded lengths of a reading's axes.
func Shape(p *circuit.Plan, r circuit.Reading) (axes, bits []int) {
	first := &p.Tensors[r[0]]
	axes = append(axes, first.Axes...)
	bits = append(bits, first.Bits...)
	for _, tensor := range r[1:] {
		axes[0] += p.Tensors[tensor].Axes[0]
	}
	bits[0] = logUp(axes[0])
	return axes, bits
}
