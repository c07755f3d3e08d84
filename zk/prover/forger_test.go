package prover_test

import (
	"slices"
	"testing"

	"ayni.example/zk/circuit"
	"ayni.example/zk/circuit/circuittest"
)

// cheat changes the values of a step, where it is not nil. What follows from them is computed honestly.
type cheat struct {
	sum  func(op, i int, z int64) int64
	part func(op, i int, hi, lo, y *int64)
	most func(op, i int, y int64, window []int64) int64
	node func(op, i, t, d int, n *node)
	leaf func(op, i, t int, leaf int64) int64
}

// node is what is known of a step down a tree.
type node struct{ bit, feature, threshold, value int64 }

// forger evaluates a circuit dishonestly, and counts all that still is in its table: nobody makes a better witness of a lie.
type forger struct {
	model  circuittest.Model
	plan   *circuit.Plan
	so     *circuittest.Reference
	cheat  cheat
	values map[int][]int64 // of the tensors of the witness, real lengths
	rows   map[[2]int]int32
	sign   int32
}

// forge is the run of a model as another would answer, with a cheat in it.
func forge(tb testing.TB, m, lie circuittest.Model, c cheat) *circuit.Run {
	tb.Helper()
	plan, err := m.Circuit.Plan()
	if err != nil {
		tb.Fatal(err)
	}
	run, err := plan.Evaluate(m.Weights, m.Inputs)
	if err != nil {
		tb.Fatal(err)
	}
	f := &forger{model: m, plan: plan, values: map[int][]int64{}, rows: map[[2]int]int32{}}
	f.walk(cheat{}, -1)
	f.model = lie
	f.walk(c, 1)
	for tensor, list := range f.values {
		place := &plan.Tensors[tensor]
		for i, v := range list {
			at, width := 0, 1
			for a, n := range slices.Backward(place.Axes) {
				at += i % n * width
				i /= n
				width <<= place.Bits[a]
			}
			run.Witness[place.Offset+at] = int32(v)
		}
	}
	for row, n := range f.rows {
		run.Witness[plan.Tensors[plan.Lookups[row[0]].Multiplicity].Offset+row[1]] += n
	}
	for k, id := range m.Circuit.Outputs() {
		for i, v := range f.so.Values[id] {
			run.Outputs[k][i] = int32(v)
		}
	}
	return run
}

func (f *forger) walk(c cheat, sign int32) {
	f.cheat, f.sign = c, sign
	f.so = circuittest.NewReference(f.model.Circuit, f.model.Weights, f.model.Inputs)
	for op := range f.model.Circuit.Operations {
		switch o := &f.model.Circuit.Operations[op]; {
		case o.Linear != nil:
			f.linear(op, o.Linear)
		case o.MaxPool != nil:
			f.maxPool(op, o.MaxPool)
		default:
			f.forest(op, o.Forest)
		}
	}
}

// look counts a row of a table, if it is one.
func (f *forger) look(kind circuit.LookupKind, index int, row int64, is bool) {
	l := f.plan.Lookup(kind, index)
	if is && row >= 0 && row < 1<<f.plan.Lookups[l].Bits {
		f.rows[[2]int{l, int(row)}] += f.sign
	}
}

func (f *forger) linear(op int, l *circuit.Linear) {
	z := f.so.Sums(f.model.Circuit.Tensors[l.Output].Axes, l.Terms)
	step := f.plan.Steps[op]
	high, low := make([]int64, len(z)), make([]int64, len(z))
	for i := range z {
		if f.cheat.sum != nil {
			z[i] = f.cheat.sum(op, i, z[i])
		}
		if l.Table == circuit.NoTable {
			continue
		}
		values := f.model.Circuit.Tables[l.Table].Values
		hi, lo, _ := f.so.Split(l, z[i])
		y := int64(values[hi])
		if f.cheat.part != nil {
			f.cheat.part(op, i, &hi, &lo, &y)
		}
		f.look(circuit.Mapped, l.Table, hi, hi >= 0 && hi < int64(len(values)) && int64(values[hi]) == y)
		f.look(circuit.Range, int(f.model.Circuit.Shift), lo, true)
		high[i], low[i], z[i] = hi, lo, y
	}
	f.so.Values[l.Output] = z
	if l.Table != circuit.NoTable {
		f.values[step.High], f.values[step.Low], f.values[l.Output] = high, low, z
	}
}

func (f *forger) maxPool(op int, m *circuit.MaxPool) {
	f.so.Run(op)
	y := f.so.Values[m.Output]
	windows := make([][]int64, len(y))
	for dy := range m.Window[0] {
		for dx := range m.Window[1] {
			term := circuit.Term{
				Kind: circuit.Pool, Reading: m.Reading, Factor: 1, Window: [2]int{1, 1}, Stride: m.Stride, Pad: [2]int{-dy, -dx},
			}
			for i, x := range f.so.Sums(f.model.Circuit.Tensors[m.Output].Axes, []circuit.Term{term}) {
				windows[i] = append(windows[i], x)
			}
		}
	}
	for i, window := range windows {
		if f.cheat.most != nil {
			y[i] = f.cheat.most(op, i, y[i], window)
		}
		for _, x := range window {
			f.look(circuit.Range, 8, y[i]-x, true)
		}
	}
	f.values[m.Output] = y
}

func (f *forger) forest(op int, o *circuit.Forest) {
	axes, trees := f.model.Circuit.Tensors[o.Input].Axes, len(o.Classes)
	scores := make([]int64, axes[0]*len(o.Base))
	levels := make([][4][]int64, o.Depth)
	leaves := make([]int64, 0, axes[0]*trees)
	for i := range axes[0] {
		for k, base := range o.Base {
			scores[i*len(o.Base)+k] = int64(base)
		}
		for t, class := range o.Classes {
			at := int64(1)
			for d := range levels {
				n := f.node(op, o, i, t, d, at)
				at = 2*at + n.bit
				for k, v := range [4]int64{n.bit, n.feature, n.threshold, n.value} {
					levels[d][k] = append(levels[d][k], v)
				}
			}
			row := int64(t)<<o.Depth + at - 1<<o.Depth
			honest := int64(f.model.Weights[o.Leaf].Int32[row])
			leaf := honest
			if f.cheat.leaf != nil {
				leaf = f.cheat.leaf(op, i, t, leaf)
			}
			f.look(circuit.Leaves, op, row, leaf == honest)
			leaves = append(leaves, leaf)
			scores[i*len(o.Base)+class] += leaf
		}
	}
	f.so.Values[o.Output] = scores
	step := f.plan.Steps[op]
	f.values[step.Leaf] = leaves
	for d, l := range step.Levels {
		f.values[l.Bit], f.values[l.Feature], f.values[l.Threshold], f.values[l.Value] = levels[d][0], levels[d][1], levels[d][2], levels[d][3]
	}
}

// node is one step down a tree, at the node with that heap index.
func (f *forger) node(op int, o *circuit.Forest, i, t, d int, at int64) node {
	input := f.model.Circuit.Tensors[o.Input].Axes
	row := int64(t)<<o.Depth + at
	is := node{feature: int64(f.model.Weights[o.Feature].Int32[row]), threshold: int64(f.model.Weights[o.Threshold].Int32[row])}
	read := func(feature int64) int64 { return f.so.Values[o.Input][i*input[1]+int(feature)] }
	n := is
	n.value = read(n.feature)
	if n.value >= n.threshold {
		n.bit = 1
	}
	if f.cheat.node != nil {
		f.cheat.node(op, i, t, d, &n)
	}
	f.look(circuit.Nodes, op, row, n.feature == is.feature && n.threshold == is.threshold)
	padded := int64(1) << f.plan.Tensors[o.Input].Bits[1]
	f.look(circuit.Inputs, op, int64(i)*padded+n.feature, n.feature < int64(input[1]) && n.value == read(n.feature))
	f.look(circuit.Range, o.Bits, n.value-n.threshold+(1-n.bit)<<o.Bits, true)
	return n
}
