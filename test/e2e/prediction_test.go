package e2e_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ayni.example/web/operator"
	"ayni.example/zk/bundle"
	"ayni.example/zkml/onnx"
)

// provable puts a real model, digits-mlp, into the folder of those whose answers a machine proves.
func provable(t *testing.T, m *node) *bundle.Bundle {
	t.Helper()
	from := filepath.Join("..", "..", "zkml", "testdata", "digits-mlp")
	model, err := os.ReadFile(filepath.Join(from, "model.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(from, "calibration.pb"))
	if err != nil {
		t.Fatal(err)
	}
	_, tensor, err := onnx.ReadTensor(raw)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := tensor.Rows()
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundle.Compile(bundle.Source{Name: "digits", ONNX: model, Calibration: rows, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	file, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(m.home, "provable")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "digits.ayni-model"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPredictionIsPaidAndProved: a machine sells proved answers of a model; another asks, pays for the proof, and a third that
// was never there verifies receipt and proof.
func TestPredictionIsPaidAndProved(t *testing.T) {
	t.Parallel()
	list := machines(t, 2)
	a, b := list[0], list[1]
	model := provable(t, b)
	wait(t, time.Minute, "offer", func() error { _, err := b.try("offer", "digits", "--price-prediction", "0.01"); return err })
	offered(t, a, "digits")
	numbers, err := json.Marshal(make([]int32, length(model)))
	if err != nil {
		t.Fatal(err)
	}
	request := fmt.Appendf(nil, `{"model":"digits","input":%s,"binding":"0a0b","assurance":"proved","provider":{"local":"never"}}`, numbers)
	got, err := a.post("/v1/predictions", request)
	if err != nil || got.status != 200 {
		t.Fatalf("ask: %v, %d %s\n%s", err, got.status, got.body, a.err)
	}
	var said struct {
		Output []int32
		Proof  []byte
		Usage  struct{ Cost string }
	}
	if err := json.Unmarshal(got.body, &said); err != nil || len(said.Output) == 0 || said.Usage.Cost != "0.01" {
		t.Fatalf("answer %.300s: %v", got.body, err)
	}
	file := a.run("receipts", "show", got.receipt)
	third := newMachine(t)
	put := func(name string, content []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	args := []string{"verify", put("receipt", file), "--request", put("request", request), "--answer", put("answer", got.body)}
	names := fmt.Sprint(read[operator.Verdict](third, args...).Verdicts)
	for _, want := range []string{"{signed ", "{request ", "{answer ", "{proved "} {
		if !strings.Contains(names, want) {
			t.Errorf("no verdict %q in %s", want, names)
		}
	}
	if out, err := third.try("verify", put("proof", said.Proof)); err != nil {
		t.Errorf("the proof alone: %v %s", err, out)
	}
	args[5] = put("changed", []byte(strings.Replace(string(got.body), `"output":[`, `"output":[1`, 1)))
	if out, err := third.try(args...); err == nil {
		t.Errorf("a changed answer passed: %s", out)
	}
	if chat, err := a.post("/v1/completions", []byte(`{"model":"digits","prompt":"Hi","provider":{"local":"never"}}`)); err != nil || chat.status == 200 {
		t.Errorf("a completion of a model for predictions: %v, %d %s", err, chat.status, chat.body)
	}
}

// length is how many integers the model reads.
func length(b *bundle.Bundle) int {
	n := 1
	for _, axis := range b.Circuit.Tensors[b.Circuit.Inputs()[0]].Axes {
		n *= axis
	}
	return n
}
