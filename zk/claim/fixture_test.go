package claim_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"ayni.example/zk/circuit"
	"ayni.example/zk/circuit/circuittest"
	"ayni.example/zk/field"
	"ayni.example/zk/poly"
)

// executed is a circuit with the values of an honest execution, padded as they lie in a proof.
type executed struct {
	*circuit.Plan
	random  *rand.Rand
	tensors [][]field.E
}

func models() map[string]func(*rand.Rand) circuittest.Model {
	return map[string]func(*rand.Rand) circuittest.Model{
		"mlp":    func(r *rand.Rand) circuittest.Model { return circuittest.MLP(r, 2, 9) },
		"forest": func(r *rand.Rand) circuittest.Model { return circuittest.Forest(r, 5, 3, 3, 4) },
		"all": func(r *rand.Rand) circuittest.Model {
			b := circuittest.NewBuilder(r, 6)
			x := b.Input(0, 255, 2, 7, 6)
			term, axes := b.Conv([]int{x}, 3, 20, [2]int{3, 2}, [2]int{2, 1}, [2]int{1, 1})
			y := b.Step(circuittest.ReLU, axes, term, b.Bias(3, 100))
			z := b.MaxPool([]int{y}, [2]int{2, 2}, [2]int{1, 2})
			both := b.Step(circuittest.ReLU, []int{5}, b.Dense([]int{z, z}, 5, 5), b.Bias(5, 100))
			b.Answer([]int{3}, b.Dense([]int{both}, 3, 20), b.Bias(3, 100))
			b.Forest(b.Input(0, 255, 3, 5), 4, 3, 8, 2)
			return b.Model
		},
	}
}

func execute(t *testing.T, seed uint64, model func(*rand.Rand) circuittest.Model) *executed {
	t.Helper()
	x := &executed{random: rand.New(rand.NewPCG(seed, 1))}
	m := model(x.random)
	var err error
	if x.Plan, err = m.Circuit.Plan(); err != nil {
		t.Fatal(err)
	}
	run, err := x.Evaluate(m.Weights, m.Inputs)
	if err != nil {
		t.Fatal(err)
	}
	x.tensors = make([][]field.E, len(x.Tensors))
	for id := range x.Tensors {
		place := &x.Tensors[id]
		switch place.Kind {
		case circuit.Witness:
			x.tensors[id] = integers(run.Witness[place.Offset:][:place.Size()])
		case circuit.Weight:
			w := m.Weights[id]
			for _, v := range w.Int8 {
				w.Int32 = append(w.Int32, int32(v))
			}
			x.tensors[id] = padded(place, w.Int32)
		case circuit.Input:
			x.tensors[id] = padded(place, m.Inputs[slices.Index(m.Circuit.Inputs(), id)])
		case circuit.Output:
			x.tensors[id] = padded(place, run.Outputs[slices.Index(m.Circuit.Outputs(), id)])
		}
	}
	return x
}

func integers(list []int32) []field.E {
	out := make([]field.E, len(list))
	for i, v := range list {
		out[i] = field.Int(int64(v))
	}
	return out
}

// padded puts real values at their places.
func padded(place *circuit.Place, values []int32) []field.E {
	out := make([]field.E, place.Size())
	for i, v := range integers(values) {
		at, shift := 0, 0
		for k, n := range slices.Backward(place.Axes) {
			at += i % n << shift
			i /= n
			shift += place.Bits[k]
		}
		out[at] = v
	}
	return out
}

// sum is a tensor's under a functional, by the definition.
func (x *executed) sum(tensor int, f poly.Functional) (s field.E) {
	vectors := make([][]field.E, len(f))
	for k, v := range f {
		vectors[k] = v.Values()
	}
	for i, value := range x.tensors[tensor] {
		rest := i
		for _, v := range slices.Backward(vectors) {
			value = field.Mul(value, v[rest%len(v)])
			rest /= len(v)
		}
		s = field.Add(s, value)
	}
	return s
}

func (x *executed) point(n int) []field.E {
	list := make([]field.E, n)
	for i := range list {
		list[i] = field.Int(x.random.Int64N(field.P))
		for range 3 {
			list[i] = field.Add(field.Mul(list[i], field.Int(12345)), field.Int(x.random.Int64N(field.P)))
		}
	}
	return list
}
