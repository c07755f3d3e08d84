package prover

import (
	"errors"
	"testing"

	"ayni.example/zk/circuit"
	"ayni.example/zk/claim"
	"ayni.example/zk/commit"
	"ayni.example/zk/field"
	"ayni.example/zk/lookup"
	"ayni.example/zk/transcript"
	"ayni.example/zk/verifier"
)

// forestOf is one tree of depth two over so many instances and features.
func forestOf(instances, features int) *circuit.Circuit {
	shape := []int{1, 4}
	return &circuit.Circuit{
		Shift: 1,
		Tensors: []circuit.Tensor{
			{Kind: circuit.Input, Axes: []int{instances, features}},
			{Kind: circuit.Output, Axes: []int{instances, 1}},
			{Kind: circuit.Weight, Axes: shape},
			{Kind: circuit.Weight, Axes: shape},
			{Kind: circuit.Weight, Axes: shape},
		},
		Operations: []circuit.Operation{{Forest: &circuit.Forest{
			Input: 0, Output: 1, Feature: 2, Threshold: 3, Leaf: 4, Depth: 2, Bits: 4, Classes: []int{0}, Base: []int32{0},
		}}},
	}
}

// treeOf compares x[0] with 1, and where it is not smaller x[feature] with 8.
func treeOf(feature int32) circuit.Weights {
	return circuit.Weights{2: {Int32: []int32{0, 0, 0, feature}}, 3: {Int32: []int32{0, 1, 0, 8}}, 4: {Int32: []int32{1, 2, 3, 4}}}
}

// TestFeatureOfAnotherInstance commits to a tree whose feature 5 of 4 is feature 1 of the next instance, if instances lie
// one behind the other: no score of an instance may depend on another one, whatever the weights are.
func TestFeatureOfAnotherInstance(t *testing.T) {
	p := commit.Parameters{
		Weights: commit.Code{Columns: 5, InverseRate: 4, Queries: 8}, Witness: commit.Code{Columns: 5, InverseRate: 4, Queries: 8},
		Levels: []commit.Level{{Rows: 2, InverseRate: 4, Queries: 8}},
	}
	for _, c := range []struct {
		name    string
		feature int32
		want    bool
	}{{"its own", 1, true}, {"of the next instance", 5, false}} {
		t.Run(c.name, func(t *testing.T) {
			// The same weights are honest, and have the same root, where a row has eight features.
			m, err := New(Config{Circuit: forestOf(1, 8), Weights: treeOf(c.feature), Parameters: p})
			if err != nil {
				t.Fatal(err)
			}
			m.circuit = forestOf(2, 4)
			if m.plan, err = m.circuit.Plan(); err != nil {
				t.Fatal(err)
			}
			if m.tables, err = newTables(m.plan); err != nil {
				t.Fatal(err)
			}
			// What instance 0 would have if the value were its own, then the value moved to where it is.
			lie := [][]int32{{1, 9, 0, 0, 0, 9, 0, 0}}
			run, err := m.plan.Evaluate(treeOf(1), lie)
			if err != nil {
				t.Fatal(err)
			}
			input := lie
			if c.feature != 1 {
				input = [][]int32{{1, 0, 0, 0, 0, 9, 0, 0}}
				counts := m.plan.Tensors[m.plan.Lookups[m.plan.Lookup(circuit.Inputs, 0)].Multiplicity].Offset
				run.Witness[counts+1]--
				run.Witness[counts+int(c.feature)]++
				run.Witness[m.plan.Tensors[m.plan.Steps[0].Levels[1].Feature].Offset] = c.feature
			}
			if err := m.verifyRun(input, run); (err == nil) != c.want {
				t.Errorf("score %d of instance 0: %v", run.Outputs[0][0], err)
			}
		})
	}
}

// verifyRun proves a run, be it a lie, and verifies the proof.
func (m *Model) verifyRun(input [][]int32, done *circuit.Run) error {
	s := verifier.Statement{Circuit: m.circuit, Weights: m.Root(), Parameters: m.parameters, Input: input, Output: done.Outputs}
	r := &run{
		Model: m, used: claim.Used(m.plan, &m.plan.Witness), proof: transcript.NewWriter(s.Transcript()),
		public: map[int][]int32{0: input[0], 1: done.Outputs[0]}, rows: map[int]field.Vec{}, whole: map[int]field.Vec{},
	}
	r.witness = m.memory.numbers(1 << max(m.plan.Witness.Bits, int(m.parameters.Witness.Columns)))
	field.Integers(r.witness, done.Witness)
	if err := r.sections(); err != nil && !errors.Is(err, lookup.ErrSum) {
		return err
	}
	return verifier.Verify(s, r.proof.Proof())
}
