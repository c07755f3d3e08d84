package prover_test

import (
	"errors"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"

	"ayni.example/zk/circuit"
	"ayni.example/zk/circuit/circuittest"
	"ayni.example/zk/commit"
	"ayni.example/zk/field"
	"ayni.example/zk/lookup"
	"ayni.example/zk/prover"
	"ayni.example/zk/verifier"
	"ayni.example/zk/verifier/naive"
)

// The operations of layers.
const (
	opConv = iota
	opMaxPool
	opPool
	opScale
	opDense
	opAnswer
	opForest
)

// layers is a circuit with a layer of each kind.
func layers() circuittest.Model {
	b := circuittest.NewBuilder(rand.New(rand.NewPCG(2, 3)), 6)
	x := b.Input(0, 255, 2, 6, 6)
	conv, axes := b.Conv([]int{x}, 3, 20, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1})
	y := b.Step(circuittest.Clamp, axes, conv, b.Bias(3, 100))
	y = b.MaxPool([]int{y}, [2]int{2, 2}, [2]int{2, 2})
	pool := circuit.Term{Kind: circuit.Pool, Reading: []int{y}, Factor: 5, Window: [2]int{2, 2}, Stride: [2]int{1, 1}}
	y = b.Step(circuittest.Clamp, []int{3, 2, 2}, pool)
	y = b.Step(circuittest.ReLU, []int{3, 2, 2}, circuit.Term{Kind: circuit.Scale, Reading: []int{y}, Factor: 7})
	y = b.Step(circuittest.ReLU, []int{5}, b.Dense([]int{y}, 5, 20), b.Bias(5, 100))
	b.Answer([]int{3}, b.Dense([]int{y}, 3, 20), b.Bias(3, 100))
	b.Forest(b.Input(0, 255, 3, 5), 4, 3, 8, 2)
	return b.Model
}

// copied is a model that may be changed.
func copied(tb testing.TB, m circuittest.Model) circuittest.Model {
	tb.Helper()
	c, err := circuit.Decode(m.Circuit.Encode())
	if err != nil {
		tb.Fatal(err)
	}
	weights := make(circuit.Weights, len(m.Weights))
	for i, w := range m.Weights {
		weights[i] = circuit.Values{Int8: slices.Clone(w.Int8), Int32: slices.Clone(w.Int32)}
	}
	return circuittest.Model{Circuit: c, Weights: weights, Inputs: m.Inputs}
}

// dishonest are provers that make a witness of a lie as good as it can be, by layer.
var dishonest = []struct {
	layer string
	want  error
	model func(m *circuittest.Model) // what is evaluated in place of the model
	cheat cheat
	run   func(p *circuit.Plan, r *circuit.Run)
}{
	{layer: "dense", want: verifier.ErrLinear, model: func(m *circuittest.Model) {
		w := m.Weights[m.Circuit.Operations[opDense].Linear.Terms[0].Weight].Int8
		for i := range w {
			w[i]++
		}
	}},
	{layer: "conv", want: verifier.ErrLinear, model: func(m *circuittest.Model) { m.Weights[m.Circuit.Operations[opConv].Linear.Terms[0].Weight].Int8[4]++ }},
	{layer: "bias", want: verifier.ErrLinear, model: func(m *circuittest.Model) { m.Weights[m.Circuit.Operations[opConv].Linear.Terms[1].Weight].Int32[2]++ }},
	{layer: "scale", want: verifier.ErrLinear, model: func(m *circuittest.Model) { m.Circuit.Operations[opScale].Linear.Terms[0].Factor++ }},
	{layer: "pool", want: verifier.ErrLinear, model: func(m *circuittest.Model) { m.Circuit.Operations[opPool].Linear.Terms[0].Factor++ }},
	{layer: "multiplier", want: verifier.ErrLinear, model: func(m *circuittest.Model) { m.Circuit.Operations[opScale].Linear.Factor++ }},
	{layer: "one sum", want: verifier.ErrLinear, cheat: cheat{sum: func(op, i int, z int64) int64 { return z + ones(op == opDense && i == 2) }}},
	{layer: "answer", want: verifier.ErrLinear, cheat: cheat{sum: func(op, i int, z int64) int64 { return z - ones(op == opAnswer && i == 1) }}},
	{layer: "score", want: verifier.ErrLinear, run: func(_ *circuit.Plan, r *circuit.Run) { r.Outputs[1][3]++ }},
	{layer: "limb out of range", want: verifier.ErrFractions, cheat: part(func(hi, lo, _ *int64) { *hi--; *lo += 1 << 6 })},
	{layer: "limb below zero", want: verifier.ErrFractions, cheat: part(func(hi, lo, _ *int64) { *hi++; *lo -= 1 << 6 })},
	{layer: "value outside of the table", want: verifier.ErrFractions, cheat: part(func(_, _, y *int64) { *y++ })},
	{layer: "hi outside of the table", want: verifier.ErrFractions, cheat: part(func(hi, lo, _ *int64) { *hi += 1 << 16; *lo -= 1 << 22 })},
	{layer: "maximum too large", want: verifier.ErrZero, cheat: cheat{most: func(_, i int, y int64, _ []int64) int64 { return y + ones(i == 4) }}},
	{layer: "maximum too small", want: verifier.ErrFractions, cheat: cheat{most: func(_, _ int, _ int64, w []int64) int64 { return slices.Min(w) }}},
	{layer: "bit", want: verifier.ErrFractions, cheat: step(func(n *node) { n.bit = 1 - n.bit })},
	{layer: "two as a bit", want: verifier.ErrZero, cheat: step(func(n *node) { n.bit = 2 })},
	{layer: "feature", want: verifier.ErrFractions, cheat: step(func(n *node) { n.feature++ })},
	{layer: "threshold", want: verifier.ErrFractions, cheat: step(func(n *node) { n.bit = 0; n.threshold = n.value + 1 })},
	{layer: "value", want: verifier.ErrFractions, cheat: step(func(n *node) { n.bit = 1; n.value = n.threshold + 1 })},
	{layer: "leaf", want: verifier.ErrFractions, cheat: cheat{leaf: func(_, i, t int, leaf int64) int64 { return leaf + ones(i == 1 && t == 2) }}},
	{layer: "multiplicity", want: verifier.ErrFractions, run: func(p *circuit.Plan, r *circuit.Run) { r.Witness[counts(p, 0)]++ }},
	{layer: "multiplicities moved", want: verifier.ErrFractions, run: func(p *circuit.Plan, r *circuit.Run) {
		r.Witness[counts(p, 0)]--
		r.Witness[counts(p, 0)+1]++
	}},
	{layer: "multiplicity below zero", want: verifier.ErrFractions, run: func(p *circuit.Plan, r *circuit.Run) { r.Witness[counts(p, 1)] -= 1 << 20 }},
}

// part cheats where the dense layer brings its first sum back; step at the last step down one tree.
func part(f func(hi, lo, y *int64)) cheat {
	return cheat{part: func(op, i int, hi, lo, y *int64) {
		if op == opDense && i == 0 {
			f(hi, lo, y)
		}
	}}
}

func step(f func(n *node)) cheat {
	return cheat{node: func(_, i, t, d int, n *node) {
		if i == 1 && t == 0 && d == 2 {
			f(n)
		}
	}}
}

func ones(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

// counts is where the multiplicities of a lookup begin.
func counts(p *circuit.Plan, lookup int) int { return p.Tensors[p.Lookups[lookup].Multiplicity].Offset }

func few() commit.Parameters {
	return commit.Parameters{
		Weights: commit.Code{Columns: 5, InverseRate: 4, Queries: 8}, Witness: commit.Code{Columns: 5, InverseRate: 4, Queries: 8},
		Grinding: 2, Levels: []commit.Level{{Rows: 2, InverseRate: 4, Queries: 8}},
	}
}

func committed(tb testing.TB, m circuittest.Model) *prover.Model {
	tb.Helper()
	model, err := prover.New(prover.Config{Circuit: m.Circuit, Weights: m.Weights, Parameters: few()})
	if err != nil {
		tb.Fatal(err)
	}
	return model
}

var section = regexp.MustCompile(`section [0-9]`)

// judged is what both verifiers say of a run; they name one section.
func judged(tb testing.TB, m circuittest.Model, model *prover.Model, run *circuit.Run) error {
	tb.Helper()
	proof, err := model.ProveRun([]byte("b"), m.Inputs, run)
	if errors.Is(err, lookup.ErrSum) {
		// The prover notices. A dishonest one says that the sum is zero, 1/1 - 1/1, and has nothing to follow it up with.
		minus := field.Append(nil, field.Int(-1))
		one := field.Append(nil, field.One())
		proof = append(proof, slices.Concat(one, minus, one, one, make([]byte, 1<<16))...)
	} else if err != nil {
		tb.Fatal(err)
	}
	fast := verifier.Verify(verifier.Statement{
		Circuit: m.Circuit, Weights: model.Root(), Parameters: few(), Binding: []byte("b"), Input: m.Inputs, Output: run.Outputs,
	}, proof)
	slow := naive.Verify(naive.Statement{
		Circuit: m.Circuit.Encode(), Weights: model.Root(), Parameters: few().Encode(), Binding: []byte("b"), Input: m.Inputs, Output: run.Outputs,
	}, proof)
	if (fast == nil) != (slow == nil) || fast != nil && section.FindString(fast.Error()) != section.FindString(slow.Error()) {
		tb.Errorf("the verifiers do not agree: %v, %v", fast, slow)
	}
	return fast
}

func TestDishonestWitness(t *testing.T) {
	m := layers()
	model := committed(t, m)
	if err := judged(t, m, model, forge(t, m, m, cheat{})); err != nil {
		t.Fatalf("without a lie: %v", err)
	}
	for _, d := range dishonest {
		t.Run(d.layer, func(t *testing.T) {
			lie := copied(t, m)
			if d.model != nil {
				d.model(&lie)
			}
			run := forge(t, m, lie, d.cheat)
			if d.run != nil {
				plan, err := m.Circuit.Plan()
				if err != nil {
					t.Fatal(err)
				}
				d.run(plan, run)
			}
			if err := judged(t, m, model, run); !errors.Is(err, d.want) {
				t.Errorf("%v, want %v", err, d.want)
			}
		})
	}
}

// TestDishonestWeights proves all of it with other weights, under the root of the model's: only the commitment tells.
func TestDishonestWeights(t *testing.T) {
	m := layers()
	model := committed(t, m)
	refused := 0
	for tensor, w := range m.Weights {
		if len(w.Int8)+len(w.Int32) == 0 {
			continue
		}
		lie := copied(t, m)
		for i, v := range w.Int8 {
			lie.Weights[tensor].Int8[i] = -v
		}
		for i, v := range w.Int32 { // nodes and leaves in another order, too, are other weights
			lie.Weights[tensor].Int32[len(w.Int32)-1-i] = v
		}
		liar := committed(t, lie)
		plan, err := m.Circuit.Plan()
		if err != nil {
			t.Fatal(err)
		}
		run, err := plan.Evaluate(lie.Weights, m.Inputs)
		if overflow := (*circuit.Overflow)(nil); errors.As(err, &overflow) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		if err := judged(t, m, liar, run); err != nil {
			t.Fatalf("under its own root: %v", err)
		}
		liar.Impersonate(model)
		if err := judged(t, m, liar, run); !errors.Is(err, verifier.ErrOpening) {
			t.Errorf("tensor %d: %v, want %v", tensor, err, verifier.ErrOpening)
		}
		refused++
	}
	if refused < 7 {
		t.Errorf("only %d models were tried", refused)
	}
}
