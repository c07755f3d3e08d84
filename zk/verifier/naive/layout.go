package naive

import (
	"slices"

	"ayni.example/zk/circuit"
)

// Section 3: tensors, their padded sizes and their places in the stacks.

type tensor struct {
	axes   []int  // real lengths
	bits   []int  // log2 of the padded lengths
	values vector // padded; of public tensors only
	weight bool
	offset int // in its stack
}

func log2(n int) int {
	k := 0
	for 1<<k < n {
		k++
	}
	return k
}

func newTensor(axes ...int) *tensor {
	t := &tensor{axes: axes}
	for _, n := range axes {
		t.bits = append(t.bits, log2(n))
	}
	return t
}

func (t *tensor) log() int {
	n := 0
	for _, b := range t.bits {
		n += b
	}
	return n
}

// publish pads the values of a public tensor; false where their number is not the tensor's.
func (t *tensor) publish(list []int32) bool {
	n := 1
	for _, a := range t.axes {
		n *= a
	}
	if len(list) != n {
		return false
	}
	t.values = make(vector, 1<<t.log())
	for i, x := range list {
		place, width, rest := 0, 1, i
		for a, n := range slices.Backward(t.axes) {
			place += rest % n * width
			rest /= n
			width <<= t.bits[a]
		}
		t.values[place] = integer(int64(x))
	}
	return true
}

// step is an operation with the tensors that it implies.
type step struct {
	circuit.Operation
	number int          // of a Forest, among the Forests
	hi, lo *tensor      // of a Linear with a table
	levels [][4]*tensor // of a Forest: bit, feature, threshold, value
	leaf   *tensor
}

// table is a table of section 6.
type table struct {
	tag          int
	multiplicity *tensor
	a, b, c      func(*verifier, []ext) ext // columns at a point; nil where there is none
}

// layout gives all tensors and places them.
func (v *verifier) layout() {
	for _, t := range v.c.Tensors {
		v.tensors = append(v.tensors, newTensor(t.Axes...))
	}
	var witness []*tensor
	forests := 0
	for _, o := range v.c.Operations {
		s := step{Operation: o}
		switch {
		case o.Linear != nil && o.Linear.Table != circuit.NoTable:
			y := v.tensors[o.Linear.Output]
			s.hi, s.lo = newTensor(y.axes...), newTensor(y.axes...)
			witness = append(witness, s.hi, s.lo, y)
		case o.MaxPool != nil:
			witness = append(witness, v.tensors[o.MaxPool.Output])
		case o.Forest != nil:
			s.number = forests
			forests++
			axes := []int{v.tensors[o.Forest.Input].axes[0], v.tensors[o.Forest.Leaf].axes[0]}
			for range o.Forest.Depth {
				level := [4]*tensor{newTensor(axes...), newTensor(axes...), newTensor(axes...), newTensor(axes...)}
				s.levels = append(s.levels, level)
				witness = append(witness, level[:]...)
			}
			s.leaf = newTensor(axes...)
			witness = append(witness, s.leaf)
		}
		v.steps = append(v.steps, s)
	}
	v.tables = v.lookupTables()
	for _, t := range v.tables {
		witness = append(witness, t.multiplicity)
	}
	for i, t := range v.c.Tensors {
		if t.Kind == circuit.Weight {
			v.tensors[i].weight = true
			v.weights.order = append(v.weights.order, v.tensors[i])
		}
	}
	v.witness.order = witness
	v.weights.place(v.p.weights.columns)
	v.witness.place(v.p.witness.columns)
}

// stack is tensors one behind the other.
type stack struct {
	order  []*tensor
	log    int // of the padded vector
	rows   int // of its matrix: those that hold a part of a tensor, one at least
	claims []claim
}

func (s *stack) place(columns int) {
	slices.SortStableFunc(s.order, func(a, b *tensor) int { return b.log() - a.log() })
	end := 0
	for _, t := range s.order {
		t.offset = end
		end += 1 << t.log()
	}
	s.log = max(log2(end), columns)
	s.rows = max(1, (end+1<<columns-1)>>columns)
}
