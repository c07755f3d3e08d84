package hostile_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"ayni.example/zk/circuit"
	"ayni.example/zk/circuit/circuittest"
	"ayni.example/zk/commit"
)

// edges are the smallest circuits, which lack what others have.
func edges(r *rand.Rand) map[string]circuittest.Model {
	scale := func(x int) circuit.Term { return circuit.Term{Kind: circuit.Scale, Reading: []int{x}, Factor: -3} }
	list := map[string]circuittest.Model{}
	b := circuittest.NewBuilder(r, 4)
	b.Answer([]int{1}, scale(b.Input(-128, 127, 1)))
	list["one number, no weights, no witness"] = b.Model

	b = circuittest.NewBuilder(r, 1)
	x := b.Step(circuittest.Clamp, []int{1, 3, 1}, scale(b.Input(0, 255, 1, 3, 1)))
	x = b.MaxPool([]int{x}, [2]int{1, 1}, [2]int{1, 1})
	x = b.MaxPool([]int{x}, [2]int{3, 1}, [2]int{1, 1})
	b.Answer([]int{1, 1, 1}, scale(x))
	list["no weights"] = b.Model

	b = circuittest.NewBuilder(r, 4)
	b.Answer([]int{3}, b.Bias(3, 9), scale(b.Input(-128, 127, 3)))
	list["no products, no lookups"] = b.Model

	b = circuittest.NewBuilder(r, 4)
	b.Forest(b.Input(0, 1, 1, 1), 1, 1, 1, 1)
	list["one tree"] = b.Model

	b = circuittest.NewBuilder(r, 16)
	x = b.Input(-128, 127, 1)
	b.Answer([]int{1}, b.Dense([]int{x}, 1, 127), b.Dense([]int{x, x, x}, 1, 127), scale(x))
	list["a tensor read four times"] = b.Model
	return list
}

// TestEdges holds that both verifiers accept proofs of the smallest circuits, and no proof with a bit changed.
func TestEdges(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	for name, m := range edges(r) {
		for _, columns := range []uint32{3, 6} {
			for _, tail := range []uint32{0, 8} {
				p := commit.Parameters{
					Weights: commit.Code{Columns: columns, InverseRate: 2, Queries: 5, Tail: tail},
					Witness: commit.Code{Columns: 3, InverseRate: 256, Queries: 8, Tail: tail},
				}
				t.Run(fmt.Sprintf("%s, columns 2^%d, tail %d", name, columns, tail), func(t *testing.T) {
					good := proven(t, named{name, m, p})
					accepted(t, good)
					for range 20 {
						c := good
						c.proof = bytes.Clone(good.proof)
						i := r.IntN(len(c.proof))
						c.proof[i] ^= 1 << r.IntN(8)
						refused(t, c, "byte %d", i)
					}
				})
			}
		}
	}
}

// TestTooManyLookups holds that multiplicities cannot overflow: a circuit has fewer leaves than would take a count near the modulus.
func TestTooManyLookups(t *testing.T) {
	pooled := func(window int) *circuit.Circuit {
		n := 1024
		m := n - window + 1
		read := func(x int) []circuit.Term { return []circuit.Term{{Kind: circuit.Scale, Reading: []int{x}, Factor: 1}} }
		return &circuit.Circuit{
			Shift: 1, Tables: []circuit.Table{{Bits: 2, Values: []int16{-2, -1, 0, 1}}},
			Tensors: []circuit.Tensor{
				{Kind: circuit.Input, Axes: []int{1, n, n}},
				{Kind: circuit.Witness, Axes: []int{1, n, n}},
				{Kind: circuit.Witness, Axes: []int{1, m, m}},
				{Kind: circuit.Output, Axes: []int{1, m, m}},
			},
			Operations: []circuit.Operation{
				{Linear: &circuit.Linear{Terms: read(0), Output: 1, Table: 0, Factor: 1}},
				{MaxPool: &circuit.MaxPool{Reading: []int{1}, Output: 2, Window: [2]int{window, window}, Stride: [2]int{1, 1}}},
				{Linear: &circuit.Linear{Terms: read(2), Output: 3, Table: circuit.NoTable, Factor: 1}},
			},
		}
	}
	for window, valid := range map[int]bool{7: true, 8: false} {
		c, err := circuit.Decode(pooled(window).Encode())
		if err == nil {
			_, err = c.Plan()
		}
		if (err == nil) != valid {
			t.Errorf("%d leaves and more: %v", window*window<<20, err)
		}
	}
}
