package hostile_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"ayni.example/zk/circuit"
	"ayni.example/zk/circuit/circuittest"
	"ayni.example/zk/prover"
	"ayni.example/zk/quant"
	"ayni.example/zk/soundness"
	"ayni.example/zk/verifier"
	"ayni.example/zkml/onnx"
)

// quantised is a model of zkml/testdata, on the first held-out row that it can be proved on.
func quantised(tb testing.TB, name string) circuittest.Model {
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
	m, err := quant.Quantise(graph, quant.Config{Rows: rows(tb, dir, "calibration")})
	if err != nil {
		tb.Fatal(err)
	}
	plan, err := m.Circuit.Plan()
	if err != nil {
		tb.Fatal(err)
	}
	for _, row := range rows(tb, dir, "heldout") {
		values, _, err := m.Input.Encode(row)
		if err != nil {
			tb.Fatal(err)
		}
		var overflow *circuit.Overflow
		if _, err := plan.Evaluate(m.Weights, [][]int32{values}); errors.As(err, &overflow) {
			continue
		} else if err != nil {
			tb.Fatal(err)
		}
		return circuittest.Model{Circuit: m.Circuit, Weights: m.Weights, Inputs: [][]int32{values}}
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

// TestRealModelAt128Bits proves an answer of the MNIST network at 128 bits, of which a prover's work is a part: seconds.
func TestRealModelAt128Bits(t *testing.T) {
	if testing.Short() {
		t.Skip("work of 2^26 hashes and more")
	}
	m := quantised(t, "mnist")
	found, err := prover.Search(m.Circuit, soundness.Goal{Bits: 128, HideWeights: true, HideWitness: true})
	if err != nil {
		t.Fatal(err)
	}
	table, err := verifier.Soundness(m.Circuit, found.Parameters)
	if err != nil || table.Bits() != 128 {
		t.Fatalf("%d bits: %v\n%s", table.Bits(), err, table)
	}
	good := proven(t, named{"mnist", m, found.Parameters})
	accepted(t, good)
	c := good
	c.Output = [][]int32{append([]int32{good.Output[0][0] + 1}, good.Output[0][1:]...)}
	refused(t, c, "another answer")
	for at := 0; at < len(good.proof); at += len(good.proof) / 100 {
		c := good
		c.proof = append([]byte{}, good.proof...)
		c.proof[at] ^= 1
		refused(t, c, "a bit of byte %d", at)
	}
	t.Logf("%d bytes, %d hashes of work\n%s", len(good.proof), table.Work, table)
}

// TestRealModels holds that both verifiers accept an answer of each real model at full soundness, hidden where that is asked,
// and neither that answer with one number changed, or a corrupted proof.
func TestRealModels(t *testing.T) {
	names := []string{"mnist", "digits-mlp", "digits-cnn", "tumour-forest", "appraisal-mlp"}
	if !testing.Short() {
		names = append(names, "cifar-cnn", "appraisal-forest")
	}
	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			m := quantised(t, name)
			hide := i%2 == 1
			found, err := prover.Search(m.Circuit, soundness.Goal{HideWeights: hide, HideWitness: hide})
			if err != nil {
				t.Fatal(err)
			}
			table, err := verifier.Soundness(m.Circuit, found.Parameters)
			if err != nil {
				t.Fatal(err)
			}
			if queries := queryBits(found.Parameters); table.Bits() < soundness.Default || float64(table.Bits()) > queries {
				t.Errorf("%d bits, of queries %v", table.Bits(), queries)
			}
			good := proven(t, named{name, m, found.Parameters})
			accepted(t, good)
			c := good
			c.Output = [][]int32{append([]int32{good.Output[0][0] + 1}, good.Output[0][1:]...)}
			refused(t, c, "%s: another answer", name)
			r := rand.New(rand.NewPCG(1, 2))
			for range 20 {
				c := good
				c.proof = append([]byte{}, good.proof...)
				c.proof[r.IntN(len(c.proof))] ^= 1 << r.IntN(8)
				refused(t, c, "%s: a bit", name)
			}
			t.Logf("%d bytes, hidden: %v, %d bits, of queries %.1f", len(good.proof), hide, table.Bits(), queryBits(found.Parameters))
		})
	}
}
