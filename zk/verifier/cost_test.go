package verifier_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"ayni.example/zk/circuit"
	"ayni.example/zk/commit"
	"ayni.example/zk/verifier"
)

// TestCostIsCheap asks for the cost of circuits that are as large as rules allow and small to write down.
func TestCostIsCheap(t *testing.T) {
	p := commit.Parameters{
		Weights: commit.Code{Columns: 14, InverseRate: 4, Queries: 140}, Witness: commit.Code{Columns: 14, InverseRate: 4, Queries: 140},
		Levels: []commit.Level{{Rows: 5, InverseRate: 4, Queries: 135}},
	}
	for name, c := range map[string]*circuit.Circuit{"pools": pools(248), "forests": manyForests(64)} {
		start := time.Now()
		work, err := verifier.Cost(c, p)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%s: %v", name, took)
		}
		t.Logf("%s: %+v", name, work)
	}
	if _, err := verifier.Cost(pools(249), p); !errors.Is(err, verifier.ErrStatement) {
		t.Errorf("249 pools of 64 values: %v", err)
	}
}

// pools is n MaxPools of 64 values over one input.
func pools(n int) *circuit.Circuit {
	c := &circuit.Circuit{Shift: 4, Tables: []circuit.Table{{Bits: 4, Values: make([]int16, 16)}}}
	add := func(kind circuit.Kind, axes ...int) int {
		c.Tensors = append(c.Tensors, circuit.Tensor{Kind: kind, Axes: axes})
		return len(c.Tensors) - 1
	}
	x := add(circuit.Input, 1, 8, 8)
	for range n {
		y, z := add(circuit.Witness, 1, 1, 1), add(circuit.Output, 1, 1, 1)
		c.Operations = append(c.Operations,
			circuit.Operation{MaxPool: &circuit.MaxPool{Reading: circuit.Reading{x}, Output: y, Window: [2]int{8, 8}, Stride: [2]int{1, 1}}},
			circuit.Operation{Linear: &circuit.Linear{
				Terms: []circuit.Term{{Kind: circuit.Scale, Reading: circuit.Reading{y}, Factor: 1}}, Output: z, Table: circuit.NoTable, Factor: 1,
			}})
	}
	c.Tables = nil
	return c
}

// manyForests is n Forests of many trees and classes over one input.
func manyForests(n int) *circuit.Circuit {
	c := &circuit.Circuit{Shift: 4}
	add := func(kind circuit.Kind, axes ...int) int {
		c.Tensors = append(c.Tensors, circuit.Tensor{Kind: kind, Axes: axes})
		return len(c.Tensors) - 1
	}
	const trees, classes = 1 << 12, 1 << 12
	x := add(circuit.Input, 1, 2)
	for range n {
		c.Operations = append(c.Operations, circuit.Operation{Forest: &circuit.Forest{
			Input: x, Output: add(circuit.Output, 1, classes), Feature: add(circuit.Weight, trees, 2),
			Threshold: add(circuit.Weight, trees, 2), Leaf: add(circuit.Weight, trees, 2), Depth: 1, Bits: 1,
			Classes: make([]int, trees), Base: make([]int32, classes),
		}})
	}
	return c
}

// TestCostBoundsProofs holds that no proof is longer than Cost says, and few much shorter.
func TestCostBoundsProofs(t *testing.T) {
	s, proof, _ := proven(t, everything(rand.New(rand.NewPCG(7, 8))))
	work, err := verifier.Cost(s.Circuit, s.Parameters)
	if err != nil {
		t.Fatal(err)
	}
	if n := uint64(len(proof)); n > work.Bytes || 2*n < work.Bytes {
		t.Errorf("%d bytes, at most %d expected", n, work.Bytes)
	}
}
