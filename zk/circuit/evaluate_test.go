package circuit_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"ayni.example/zk/circuit"
	"ayni.example/zk/circuit/circuittest"
)

func seeded(tb testing.TB, seed uint64) *rand.Rand {
	tb.Helper()
	tb.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

func plan(tb testing.TB, c *circuit.Circuit) *circuit.Plan {
	tb.Helper()
	p, err := c.Plan()
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// TestEvaluate compares random circuits with the reference, on the inputs they were made for and on others, where sums may
// overflow.
func TestEvaluate(t *testing.T) {
	overflows := 0
	for seed := range uint64(150) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := seeded(t, seed)
			m := circuittest.Random(r)
			p := plan(t, m.Circuit)
			if !compare(t, p, m) {
				t.Fatal("the inputs that the scales were chosen for overflow")
			}
			for range 2 {
				m.Inputs = other(r, m)
				if !compare(t, p, m) {
					overflows++
				}
			}
		})
	}
	if overflows == 0 {
		t.Error("no input overflowed")
	}
}

// TestEvaluateNamed compares the models of the figures with the reference.
func TestEvaluateNamed(t *testing.T) {
	if testing.Short() {
		t.Skip("the reference is slow")
	}
	for name, m := range named(t) {
		t.Run(name, func(t *testing.T) {
			p := plan(t, m.Circuit)
			if !compare(t, p, m) {
				t.Fatal("overflow")
			}
			t.Logf("weights 2^%d, witness 2^%d, leaves 2^%d, circuit %d bytes", p.Weights.Bits, p.Witness.Bits, p.LeafBits, len(m.Circuit.Encode()))
		})
	}
}

func named(tb testing.TB) map[string]circuittest.Model {
	tb.Helper()
	return map[string]circuittest.Model{
		"mlp 4x1024":        circuittest.MLP(seeded(tb, 1), 4, 1024),
		"cnn 264k":          circuittest.CNN(seeded(tb, 2)),
		"mnist":             circuittest.MNIST(seeded(tb, 3)),
		"forest 128x9x128":  circuittest.Forest(seeded(tb, 4), 128, 9, 128, 64),
		"forest 100x6, one": circuittest.Forest(seeded(tb, 5), 100, 6, 1, 20),
	}
}

// other is random inputs in the whole range of each tensor.
func other(r *rand.Rand, m circuittest.Model) [][]int32 {
	inputs := make([][]int32, 0, len(m.Inputs))
	for i, id := range m.Circuit.Inputs() {
		low, high := m.Circuit.Range(id)
		list := make([]int32, len(m.Inputs[i]))
		for k := range list {
			list[k] = low + r.Int32N(high-low+1)
		}
		inputs = append(inputs, list)
	}
	return inputs
}

// compare evaluates and checks everything, or that both agree on the operation that overflows: then it is false.
func compare(t *testing.T, p *circuit.Plan, m circuittest.Model) bool {
	t.Helper()
	run, err := p.Evaluate(m.Weights, m.Inputs)
	ref := circuittest.NewReference(m.Circuit, m.Weights, m.Inputs)
	for i := range m.Circuit.Operations {
		if ref.Run(i) {
			continue
		}
		var o *circuit.Overflow
		if !errors.As(err, &o) || o.Operation != i {
			t.Fatalf("operation %d overflows, and the evaluator says %v", i, err)
		}
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(run.Witness) != 1<<p.Witness.Bits {
		t.Fatalf("%d values of the witness, not 2^%d", len(run.Witness), p.Witness.Bits)
	}
	for i, id := range m.Circuit.Outputs() {
		for k, v := range run.Outputs[i] {
			if int64(v) != ref.Values[id][k] {
				t.Fatalf("output %d at %d is %d, want %d", i, k, v, ref.Values[id][k])
			}
		}
	}
	w := witness{p, run.Witness}
	w.checkSteps(t, ref)
	w.checkLookups(t, m)
	w.checkZeros(t)
	return true
}

type witness struct {
	*circuit.Plan
	values []int32
}

func (w *witness) tensor(id int) []int32 {
	p := &w.Tensors[id]
	return w.values[p.Offset : p.Offset+p.Size()]
}

// real calls f with each real value of a witness tensor: its place among the real and among all values.
func (w *witness) real(id int, f func(place, padded int)) {
	p := &w.Tensors[id]
	place := 0
	for i := range p.Size() {
		rest, inside := i, true
		for a, n := range slices.Backward(p.Axes) {
			inside = inside && rest&(1<<p.Bits[a]-1) < n
			rest >>= p.Bits[a]
		}
		if inside {
			f(place, i)
			place++
		}
	}
}

// checkSteps holds real values to the reference, hi and lo to the equation.
func (w *witness) checkSteps(t *testing.T, ref *circuittest.Reference) {
	t.Helper()
	for i := range w.Circuit.Operations {
		switch o := &w.Circuit.Operations[i]; {
		case o.Linear != nil && o.Linear.Table != circuit.NoTable:
			hi, lo, y := w.tensor(w.Steps[i].High), w.tensor(w.Steps[i].Low), w.tensor(o.Linear.Output)
			z := ref.Sums(w.Circuit.Tensors[o.Linear.Output].Axes, o.Linear.Terms)
			w.real(o.Linear.Output, func(place, at int) {
				h, l, _ := ref.Split(o.Linear, z[place])
				if int64(hi[at]) != h || int64(lo[at]) != l || int64(y[at]) != ref.Values[o.Linear.Output][place] {
					t.Fatalf("operation %d at %d: hi %d lo %d y %d of z %d", i, place, hi[at], lo[at], y[at], z[place])
				}
			})
		case o.MaxPool != nil:
			y := w.tensor(o.MaxPool.Output)
			w.real(o.MaxPool.Output, func(place, at int) {
				if int64(y[at]) != ref.Values[o.MaxPool.Output][place] {
					t.Fatalf("operation %d at %d: %d, want %d", i, place, y[at], ref.Values[o.MaxPool.Output][place])
				}
			})
		}
	}
}

type key struct{ lookup, a, b, c int }

// checkLookups counts what each leaf looks up, padding too, and compares with the multiplicities: the sum over all keys of
// lookups less multiplicities is zero for each key, which is what the proof shows.
func (w *witness) checkLookups(t *testing.T, m circuittest.Model) {
	t.Helper()
	count := map[key]int{}
	leaves := 0
	for _, b := range w.Blocks {
		leaves += 1 << b.Bits
		if b.Kind == circuit.Supply {
			w.supply(m, b, count)
			continue
		}
		for i := range 1 << b.Bits {
			k := w.key(m, b, i)
			k.lookup = b.Lookup
			count[k]++
		}
	}
	for k, n := range count {
		if n != 0 {
			t.Fatalf("%+v of table %+v: %d lookups too many", k, w.Lookups[k.lookup], n)
		}
	}
	if leaves > 1<<w.LeafBits || (leaves > 1 && leaves <= 1<<(w.LeafBits-1)) {
		t.Errorf("%d leaves, said to be 2^%d", leaves, w.LeafBits)
	}
}

// supply takes the multiplicities of a table away.
func (w *witness) supply(m circuittest.Model, b circuit.Block, count map[key]int) {
	l := w.Lookups[b.Lookup]
	for i, n := range w.tensor(l.Multiplicity) {
		k := key{lookup: b.Lookup, a: i}
		switch l.Kind {
		case circuit.Mapped:
			k.b = int(w.Circuit.Tables[l.Index].Values[i])
		case circuit.Nodes:
			f := w.Circuit.Operations[l.Index].Forest
			k.b, k.c = weightAt(m, f.Feature, i), weightAt(m, f.Threshold, i)
		case circuit.Leaves:
			k.b = weightAt(m, w.Circuit.Operations[l.Index].Forest.Leaf, i)
		case circuit.Inputs:
			k.b = w.feature(m, w.Circuit.Operations[l.Index].Forest, i)
		case circuit.Range:
		}
		if n != 0 {
			count[k] -= int(n)
		}
	}
}

func weightAt(m circuittest.Model, id, i int) int {
	if i >= len(m.Weights[id].Int32) {
		return 0
	}
	return int(m.Weights[id].Int32[i])
}

// feature is a padded input of a forest.
func (w *witness) feature(m circuittest.Model, f *circuit.Forest, i int) int {
	p := &w.Tensors[f.Input]
	row, column := i>>p.Bits[1], i&(1<<p.Bits[1]-1)
	if row >= p.Axes[0] || column >= p.Axes[1] {
		return 0
	}
	for k, id := range m.Circuit.Inputs() {
		if id == f.Input {
			return int(m.Inputs[k][row*p.Axes[1]+column])
		}
	}
	return 0
}

// key is what leaf i of a block looks up, by the words of section 6.
func (w *witness) key(m circuittest.Model, b circuit.Block, i int) key {
	o, step := &w.Circuit.Operations[b.Operation], &w.Steps[b.Operation]
	at := func(id int) int { return int(w.tensor(id)[i]) }
	switch b.Kind { //nolint:exhaustive // forests follow
	case circuit.Mapping:
		return key{a: at(step.High), b: at(o.Linear.Output)}
	case circuit.Remainder:
		return key{a: at(step.Low)}
	case circuit.Difference:
		return key{a: at(o.MaxPool.Output) - w.windowed(m, o.MaxPool, b.Index, i)}
	}
	f := o.Forest
	trees := 1 << w.Tensors[step.Leaf].Bits[1]
	node := 1
	for _, l := range step.Levels[:min(b.Index, f.Depth)] {
		node = 2*node + at(l.Bit)
	}
	base := (i % trees) << f.Depth
	switch l := step.Levels[b.Index]; b.Kind { //nolint:exhaustive // what is left is the leaf
	case circuit.Node:
		return key{a: base + node, b: at(l.Feature), c: at(l.Threshold)}
	case circuit.Feature:
		return key{a: (i/trees)<<w.Tensors[f.Input].Bits[1] + at(l.Feature), b: at(l.Value)}
	case circuit.Comparison:
		return key{a: at(l.Value) - at(l.Threshold) + (1-at(l.Bit))<<f.Bits}
	}
	for _, l := range step.Levels {
		node = 2*node + at(l.Bit)
	}
	return key{a: base + node - 1<<f.Depth, b: at(step.Leaf)}
}

// windowed is x_d at a padded position of a MaxPool's output.
func (w *witness) windowed(m circuittest.Model, o *circuit.MaxPool, d, i int) int {
	p := &w.Tensors[o.Output]
	px, py, c := i&(1<<p.Bits[2]-1), i>>p.Bits[2]&(1<<p.Bits[1]-1), i>>(p.Bits[1]+p.Bits[2])
	if px >= p.Axes[2] || py >= p.Axes[1] || c >= p.Axes[0] {
		return 0
	}
	y, x := py*o.Stride[0]+d/o.Window[1], px*o.Stride[1]+d%o.Window[1]
	for _, id := range o.Reading {
		t := &w.Tensors[id]
		if c >= t.Axes[0] {
			c -= t.Axes[0]
			continue
		}
		if t.Kind == circuit.Witness {
			return int(w.tensor(id)[(c<<t.Bits[1]+y)<<t.Bits[2]+x])
		}
		for k, input := range m.Circuit.Inputs() {
			if input == id {
				return int(m.Inputs[k][(c*t.Axes[1]+y)*t.Axes[2]+x])
			}
		}
	}
	panic("a channel beyond the reading")
}

// checkZeros holds the padding of a MaxPool's output to zero, as its zero check needs, and what is behind the stack.
func (w *witness) checkZeros(t *testing.T) {
	t.Helper()
	end := 0
	for _, id := range w.Witness.Order {
		if w.Tensors[id].Offset != end {
			t.Fatalf("tensor %d lies at %d, not %d", id, w.Tensors[id].Offset, end)
		}
		end += w.Tensors[id].Size()
	}
	for i, v := range w.values[end:] {
		if v != 0 {
			t.Fatalf("value %d behind the stack is %d", i, v)
		}
	}
	for i := range w.Circuit.Operations {
		o := w.Circuit.Operations[i].MaxPool
		if o == nil {
			continue
		}
		inside := map[int]bool{}
		w.real(o.Output, func(_, at int) { inside[at] = true })
		for at, v := range w.tensor(o.Output) {
			if v != 0 && !inside[at] {
				t.Fatalf("operation %d: padding %d is %d", i, at, v)
			}
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	for name, m := range named(b) {
		p := plan(b, m.Circuit)
		if err := m.Circuit.Check(m.Weights); err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := p.EvaluateChecked(m.Weights, m.Inputs); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
