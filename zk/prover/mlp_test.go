package prover_test

import (
	"math/rand/v2"
	"testing"

	"ayni.example/zk/circuit"
	"ayni.example/zk/commit"
	"ayni.example/zk/prover"
	"ayni.example/zk/verifier"
)

// mlp is layers of width x width weights with a ReLU behind each but the last, whose sums are the answer.
func mlp(r *rand.Rand, layers, width, shift, bits int) (*circuit.Circuit, circuit.Weights) {
	c := &circuit.Circuit{Shift: uint8(shift)}
	var w circuit.Weights
	add := func(kind circuit.Kind, axes ...int) int {
		c.Tensors = append(c.Tensors, circuit.Tensor{Kind: kind, Axes: axes})
		w = append(w, circuit.Values{})
		return len(c.Tensors) - 1
	}
	table := circuit.Table{Bits: uint8(bits), Values: make([]int16, 1<<bits)}
	for i := range table.Values {
		table.Values[i] = int16(min(max(i-1<<(bits-1), 0), 127))
	}
	c.Tables = []circuit.Table{table}
	x := add(circuit.Input, width)
	for l := range layers {
		weight := add(circuit.Weight, width, width)
		w[weight].Int8 = make([]int8, width*width)
		for i := range w[weight].Int8 {
			w[weight].Int8[i] = int8(min(max(r.NormFloat64()*30, -128), 127))
		}
		terms := []circuit.Term{{Kind: circuit.Dense, Weight: weight, Reading: circuit.Reading{x}}}
		kind, t := circuit.Witness, 0
		if l == layers-1 {
			kind, t = circuit.Output, circuit.NoTable
		}
		y := add(kind, width)
		c.Operations = append(c.Operations, circuit.Operation{Linear: &circuit.Linear{Terms: terms, Output: y, Table: t, Factor: 1}})
		x = y
	}
	return c, w
}

func input(r *rand.Rand, n int) []int32 {
	x := make([]int32, n)
	for i := range x {
		x[i] = int32(r.IntN(128))
	}
	return x
}

func TestMLP(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	c, w := mlp(r, 3, 40, 8, 10)
	p := commit.Parameters{
		Weights: commit.Code{Columns: 8, InverseRate: 4, Queries: 20}, Witness: commit.Code{Columns: 6, InverseRate: 4, Queries: 20},
		Levels: []commit.Level{{Rows: 2, InverseRate: 4, Queries: 12}},
	}
	m, err := prover.New(prover.Config{Circuit: c, Weights: w, Parameters: p})
	if err != nil {
		t.Fatal(err)
	}
	in := [][]int32{input(r, 40)}
	proof, out, err := m.Prove([]byte("test"), in)
	if err != nil {
		t.Fatal(err)
	}
	s := verifier.Statement{Circuit: c, Weights: m.Root(), Parameters: p, Binding: []byte("test"), Input: in, Output: out}
	if err := verifier.Verify(s, proof); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes", len(proof))
}
