package quant_test

import (
	"math/rand"
	"testing"

	"ayni.example/zk/prover"
	"ayni.example/zk/quant"
	"ayni.example/zk/soundness"
	"ayni.example/zk/verifier"
)

// TestProves proves and verifies each model of zkml/testdata: on rows that were held out, and on the corners of the input's
// range, for which the tables must be wide enough. An answer that is off by one is refused.
func TestProves(t *testing.T) {
	for _, c := range bounds() {
		t.Run(c.name, func(t *testing.T) {
			if testing.Short() && c.name == "cifar-cnn" {
				t.Skip("the largest model takes seconds to quantise")
			}
			f := load(t, c.name)
			m, err := quant.Quantise(f.graph, quant.Config{Rows: f.calibration})
			if err != nil {
				t.Fatal(err)
			}
			plan, err := prover.Search(m.Circuit, soundness.Goal{})
			if err != nil {
				t.Fatal(err)
			}
			p, err := prover.New(prover.Config{Circuit: m.Circuit, Weights: m.Weights, Parameters: plan.Parameters, Random: rand.New(rand.NewSource(1))})
			if err != nil {
				t.Fatal(err)
			}
			for i, x := range inputs(t, f, m) {
				proof, output, err := p.Prove([]byte("test"), [][]int32{x})
				if err != nil {
					t.Fatalf("input %d: %v", i, err)
				}
				s := verifier.Statement{Circuit: m.Circuit, Weights: p.Root(), Parameters: plan.Parameters, Binding: []byte("test"), Input: [][]int32{x}, Output: output}
				if err := verifier.Verify(s, proof); err != nil {
					t.Fatalf("input %d: %v", i, err)
				}
				output[0][0]++
				if verifier.Verify(s, proof) == nil {
					t.Fatalf("input %d: a wrong answer is accepted", i)
				}
			}
		})
	}
}

// inputs are two held-out rows and two corners.
func inputs(t *testing.T, f *folder, m *quant.Model) [][]int32 {
	t.Helper()
	var list [][]int32
	for _, row := range f.heldout[:2] {
		x, _, err := m.Input.Encode(row)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, x)
	}
	low, high := make([]int32, len(list[0])), make([]int32, len(list[0]))
	for i := range low {
		low[i], high[i] = m.Input.Low, m.Input.High
	}
	return append(list, low, high)
}
