package bundle_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"ayni.example/zk/bundle"
	"ayni.example/zk/prover"
	"ayni.example/zk/soundness"
	"ayni.example/zk/verifier"
	"ayni.example/zkml/onnx"
)

func rows(tb testing.TB, name, file string) [][]float64 {
	tb.Helper()
	_, x, err := onnx.ReadTensor(read(tb, name, file))
	if err != nil {
		tb.Fatal(err)
	}
	out, err := x.Rows()
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func read(tb testing.TB, name, file string) []byte {
	tb.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "zkml", "testdata", name, file))
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

func compile(tb testing.TB, name string, hide bool) *bundle.Bundle {
	tb.Helper()
	targets := make([]float64, 20)
	for i, r := range rows(tb, name, "targets.pb")[:20] {
		targets[i] = r[0]
	}
	b, err := bundle.Compile(bundle.Source{
		Name: name, ONNX: read(tb, name, "model.onnx"), Calibration: rows(tb, name, "calibration.pb"),
		HeldOut: rows(tb, name, "heldout.pb")[:20], Targets: targets, Hide: hide, Random: rand.Reader,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// TestFile compiles real models, reads their files back and proves an answer with what was read.
func TestFile(t *testing.T) {
	for _, c := range []struct {
		name string
		hide bool
	}{{"appraisal-mlp", true}, {"appraisal-forest", true}, {"digits-cnn", false}, {"mnist", true}} {
		t.Run(c.name, func(t *testing.T) {
			made := compile(t, c.name, c.hide)
			raw, err := made.Encode()
			if err != nil {
				t.Fatal(err)
			}
			b, err := bundle.Decode(raw)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := b.Encode(); err != nil || !bytes.Equal(again, raw) {
				t.Fatalf("the file is not canonical: %v", err)
			}
			if len(b.Accuracy) != 1 || b.Accuracy[0].Rows != 20 || b.Hides() != c.hide {
				t.Errorf("accuracy %+v, hides %v", b.Accuracy, b.Hides())
			}
			prove(t, b, rows(t, c.name, "heldout.pb")[0])
		})
	}
}

// prove makes a proof and gives its length.
func prove(t *testing.T, b *bundle.Bundle, row []float64) int {
	t.Helper()
	m, err := b.Prover(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	reals, input, want, err := b.Quantised().Infer(row)
	if err != nil {
		t.Fatal(err)
	}
	proof, output, err := m.Prove([]byte("test"), input)
	if err != nil {
		t.Fatal(err)
	}
	s := verifier.Statement{Circuit: b.Circuit, Weights: b.Root, Parameters: b.Parameters, Binding: []byte("test"), Input: input, Output: output}
	if err := verifier.Verify(s, proof); err != nil {
		t.Fatal(err)
	}
	table, err := verifier.Soundness(b.Circuit, b.Parameters)
	if err != nil || table.Bits() < soundness.Default {
		t.Errorf("%d bits: %v", table.Bits(), err)
	}
	if output[0][0] != want[0][0] {
		t.Errorf("proved %d, inferred %d", output[0][0], want[0][0])
	}
	circuit := b.Circuit.Encode()
	t.Logf("%v from a proof of %d bytes, circuit of %d bytes, %+v", reals, len(proof), len(circuit), b.Parameters)
	return len(proof)
}

// TestUsualParameters: what is compiled without further wishes has proofs as short as is promised, and is hardly slower than the fastest.
func TestUsualParameters(t *testing.T) {
	goal := bundle.Goal{Grinding: 8, MaxBytes: prover.UsualBytes}
	for name, most := range map[string]int{"mnist": 200_000, "cifar-cnn": 250_000} {
		if testing.Short() && name == "cifar-cnn" {
			continue
		}
		b, err := bundle.Compile(bundle.Source{
			Name: name, ONNX: read(t, name, "model.onnx"), Calibration: rows(t, name, "calibration.pb"), HeldOut: rows(t, name, "heldout.pb")[:1],
			Hide: true, Goal: goal, Random: rand.Reader,
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := prove(t, b, rows(t, name, "calibration.pb")[0]); n > most {
			t.Errorf("%s: a proof of %d bytes, more than %d", name, n, most)
		}
		whole := soundness.Goal{Grinding: goal.Grinding, MaxBytes: goal.MaxBytes, HideWeights: true, HideWitness: true}
		fast, err := prover.Search(b.Circuit, whole)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := prover.Balance(b.Circuit, whole)
		if err != nil || plan.Time > fast.Time*5/4 || plan.Bytes > fast.Bytes || plan.Parameters.Weights != b.Parameters.Weights {
			t.Errorf("%s: %d bytes in %d ns, the fastest %d in %d: %v", name, plan.Bytes, plan.Time, fast.Bytes, fast.Time, err)
		}
	}
}

// TestHeldOut: where no rows are given to measure on, every fifth of the calibration is, and the ranges are not read from it.
func TestHeldOut(t *testing.T) {
	for name, regression := range map[string]bool{"digits-mlp": false, "tumour-forest": false, "appraisal-mlp": true} {
		all := rows(t, name, "calibration.pb")
		for i := range all[4] {
			all[4][i] = 1000 * all[4][i] // outside of what the others show
		}
		b, err := bundle.Compile(bundle.Source{Name: name, ONNX: read(t, name, "model.onnx"), Calibration: all, Random: rand.Reader})
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Accuracy) != 1 {
			t.Fatalf("%s: measured %d times", name, len(b.Accuracy))
		}
		a := b.Accuracy[0]
		if !a.Unlabelled || a.Rows != len(all)/5 || a.GreatestDifference < a.MeanDifference || a.Clamped == 0 {
			t.Errorf("%s: %+v", name, a)
		}
		if (a.Task == "regression") != regression || a.MeanDifference == 0 || !regression && a.Agreement < 0.9 {
			t.Errorf("%s: %+v", name, a)
		}
	}
	few := rows(t, "digits-mlp", "calibration.pb")[:4]
	_, err := bundle.Compile(bundle.Source{Name: "few", ONNX: read(t, "digits-mlp", "model.onnx"), Calibration: few, Random: rand.Reader})
	if !errors.Is(err, bundle.ErrFewRows) {
		t.Errorf("four rows: %v", err)
	}
}

// TestTampered changes what a file says and expects it to be refused.
func TestTampered(t *testing.T) {
	b := compile(t, "appraisal-mlp", true)
	raw, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for n := range 200 {
		if _, err := bundle.Decode(raw[:n*len(raw)/200]); err == nil {
			t.Errorf("the first %d bytes were taken", n*len(raw)/200)
		}
	}
	if _, err := bundle.Decode(append(bytes.Clone(raw), 0)); err == nil {
		t.Error("a byte more was taken")
	}
	other := bytes.Clone(raw)
	other[len(other)-1] ^= 1 // of the weights
	changed, err := bundle.Decode(other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := changed.Prover(rand.Reader); !errors.Is(err, bundle.ErrRoot) {
		t.Errorf("changed weights: %v", err)
	}
	seed := *b
	seed.Seed[0] ^= 1
	if _, err := seed.Prover(rand.Reader); !errors.Is(err, bundle.ErrRoot) {
		t.Errorf("changed seed: %v", err)
	}
	for name, spoil := range map[string]func(*bundle.Bundle){
		"no name":        func(b *bundle.Bundle) { b.Name = "" },
		"control":        func(b *bundle.Bundle) { b.Name = "a\nb" },
		"no scale":       func(b *bundle.Bundle) { b.Input.Scale = nil },
		"scale 0":        func(b *bundle.Bundle) { b.Input.Scale = make([]float64, len(b.Input.Scale)) },
		"range":          func(b *bundle.Bundle) { b.Input.High = 256 },
		"outputs":        func(b *bundle.Bundle) { b.Output.Tensors = []int{0} },
		"output's index": func(b *bundle.Bundle) { b.Output.At = [][2]int{{0, 1 << 20}} },
		"last step":      func(b *bundle.Bundle) { b.Output.Post = "Tanh" },
	} {
		spoiled, err := bundle.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		spoil(spoiled)
		text, err := spoiled.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bundle.Decode(text); !errors.Is(err, bundle.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzDecode takes any bytes: an error, or a file that is written again as it was.
func FuzzDecode(f *testing.F) {
	raw, err := compile(f, "appraisal-mlp", false).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(raw[:100])
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := bundle.Decode(raw)
		if err != nil {
			return
		}
		if again, err := b.Encode(); err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("written differently: %v", err)
		}
	})
}
