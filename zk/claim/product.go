package claim

import (
	"slices"

	"ayni.example/zk/circuit"
	"ayni.example/zk/field"
	"ayni.example/zk/poly"
)

// Products is the dense and conv terms of a circuit, in order (section 5).
type Products struct{ List []Product }

// Product is V = sum_k A(k) B(k) over 2^Vars indices k: A the rows of a weight combined, B what is read, combined over positions.
type Product struct {
	Weight int // the tensor W
	Vars   int
	plan   *circuit.Plan
	term   *circuit.Term
	output *circuit.Place
	point  [][]field.E // of the output, axis by axis
}

func (list *Products) add(p *circuit.Plan, t *circuit.Term, place *circuit.Place, g []field.E) {
	weight := &p.Tensors[t.Weight]
	list.List = append(list.List, Product{
		Weight: t.Weight, Vars: weight.Log() - weight.Bits[0],
		plan: p, term: t, output: place, point: split(place.Bits, g),
	})
}

// Vars is the most variables of a product.
func (list *Products) Vars() int {
	n := 0
	for i := range list.List {
		n = max(n, list.List[i].Vars)
	}
	return n
}

// Rows is the point that the rows of W are combined by.
func (q *Product) Rows() []field.E { return q.point[0] }

// Conv says whether the product is of a convolution, and not of a dense term.
func (q *Product) Conv() bool { return q.term.Kind == circuit.Conv }

// Reading is the tensors that B is of.
func (q *Product) Reading() circuit.Reading { return q.term.Reading }

// Entries is A, then B piece by piece, at the end of the sumcheck, of whose point k is the last Vars coordinates.
func (q *Product) Entries(k []field.E) []Entry {
	weight := &q.plan.Tensors[q.Weight]
	a := at(q.plan, q.Weight, slices.Concat(q.point[0], k))
	axes, bits := Shape(q.plan, q.term.Reading)
	if !q.Conv() {
		return append([]Entry{a}, read(q.plan, q.term.Reading, truncated(axes, bits, k), field.One())...)
	}
	inner := split(weight.Bits[1:], k)
	f := poly.Functional{poly.Trunc(inner[0], axes[0])}
	for i := range 2 {
		f = append(f, poly.Window(q.point[1+i], inner[1+i], q.Slide(i)))
	}
	return append([]Entry{a}, read(q.plan, q.term.Reading, f, field.One())...)
}

// Slide is how the windows of a convolution lie on axis y (0) or x (1).
func (q *Product) Slide(axis int) poly.Slide {
	axes, _ := Shape(q.plan, q.term.Reading)
	return slide(q.term, axis, q.output.Axes[1+axis], q.plan.Tensors[q.Weight].Axes[2+axis], axes[1+axis])
}

// Positions is the functional on the output's axis y (0) or x (1) that B combines positions by.
func (q *Product) Positions(axis int) poly.Vector {
	return poly.Trunc(q.point[1+axis], q.output.Axes[1+axis])
}
