package prover_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ayni.example/zk/circuit"
	"ayni.example/zk/circuit/circuittest"
	"ayni.example/zk/prover"
	"ayni.example/zk/quant"
	"ayni.example/zk/soundness"
	"ayni.example/zk/verifier"
	"ayni.example/zkml/onnx"
)

// trained is a model of zkml/testdata, quantised, on the first held-out row that it can be proved on.
func trained(tb testing.TB, name string) circuittest.Model {
	tb.Helper()
	dir := filepath.Join("..", "..", "zkml", "testdata", name)
	b, err := os.ReadFile(filepath.Join(dir, "model.onnx"))
	if err != nil {
		tb.Fatal(err)
	}
	graph, err := onnx.Read(b)
	if err != nil {
		tb.Fatal(err)
	}
	return quantised(tb, graph, quant.Config{Rows: rows(tb, dir, "calibration")}, rows(tb, dir, "heldout"))
}

// quantised is a model on the first rows, as many as it takes, that it can be proved on.
func quantised(tb testing.TB, graph *onnx.Graph, cfg quant.Config, heldout [][]float64) circuittest.Model {
	tb.Helper()
	m, err := quant.Quantise(graph, cfg)
	if err != nil {
		tb.Fatal(err)
	}
	plan, err := m.Circuit.Plan()
	if err != nil {
		tb.Fatal(err)
	}
	n := max(1, cfg.Instances)
	for ; len(heldout) >= n; heldout = heldout[n:] {
		values, _, err := m.Input.Encode(slices.Concat(heldout[:n]...))
		if err != nil {
			tb.Fatal(err)
		}
		input := [][]int32{values}
		var overflow *circuit.Overflow
		if _, err := plan.Evaluate(m.Weights, input); errors.As(err, &overflow) {
			continue
		} else if err != nil {
			tb.Fatal(err)
		}
		return circuittest.Model{Circuit: m.Circuit, Weights: m.Weights, Inputs: input}
	}
	tb.Fatal("no row can be proved")
	panic("unreachable")
}

func rows(tb testing.TB, dir, name string) [][]float64 {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name+".pb"))
	if err != nil {
		tb.Fatal(err)
	}
	_, x, err := onnx.ReadTensor(b)
	if err != nil {
		tb.Fatal(err)
	}
	list, err := x.Rows()
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

// TestRealModels proves an answer of each real model at 96 bits.
func TestRealModels(t *testing.T) {
	for _, name := range []string{"mnist", "digits-mlp", "digits-cnn", "cifar-cnn", "tumour-forest", "appraisal-forest", "appraisal-mlp"} {
		t.Run(name, func(t *testing.T) {
			m := trained(t, name)
			found, err := prover.Search(m.Circuit, soundness.Goal{})
			if err != nil {
				t.Fatal(err)
			}
			table, err := verifier.Soundness(m.Circuit, found.Parameters)
			if err != nil {
				t.Fatal(err)
			}
			if table.Bits() < soundness.Default {
				t.Errorf("%d bits of soundness\n%s", table.Bits(), table)
			}
			s, proof := proven(t, m, found.Parameters)
			if err := verifier.Verify(s, proof); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d bytes", len(proof))
		})
	}
}
