package e2e_test

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ayni.example/provenance/lineage"
	"ayni.example/provenance/standard"
	"ayni.example/web/operator"
	"ayni.example/x/provenance"
	"ayni.example/x/zkml"
	"ayni.example/zk/bundle"
	"ayni.example/zkml/onnx"
)

// provable is a real model, digits-mlp, as a file from which answers are proved.
func provable(t *testing.T) (*bundle.Bundle, string) {
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
	path := filepath.Join(t.TempDir(), "digits.ayni-model")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return b, path
}

// madeOf writes down, in the home of a machine, that a proved model was made with a pool's data.
func madeOf(t *testing.T, m *node, b *bundle.Bundle, data operator.Asset) {
	t.Helper()
	book, err := lineage.New(lineage.Config{
		Dir: filepath.Join(m.home, "lineage"), Threads: 1, Random: rand.Reader, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		Key:     func() (standard.Key, error) { return standard.Key{}, errors.New("nobody signs this") },
		Builder: func() standard.Builder { return standard.Builder{} },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, made := range []lineage.Made{
		{Kind: provenance.KindPool, Name: data.Name, Content: data.Content},
		{
			Kind: provenance.KindProofKey, Name: "digits", Content: hex.EncodeToString(zkml.ID(b.Circuit, b.Root, b.Parameters)),
			Parents: []lineage.Parent{{Content: data.Content, Relation: provenance.TrainData}},
		},
	} {
		if _, err := book.Record(t.Context(), made, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPredictionIsPaidAndProved: a machine sells proved answers of a model, which one transaction enters with its lineage; another asks,
// pays for the proof, and a third that was never there verifies receipt and proof. The pool whose data it was made with has its share.
func TestPredictionIsPaidAndProved(t *testing.T) {
	t.Parallel()
	list := machines(t, 2)
	a, b := list[0], list[1]
	model, file := provable(t)
	validation := filepath.Join("..", "..", "x", "credit", "voucher.go")
	pool := read[operator.Asset](a, "provenance", "show", read[operator.Pool](a, "pool", "create", "digits-data", "--validation", validation, "--share", "20").ID)
	madeOf(t, b, model, pool)
	entered := read[operator.ProofModel](b, "zkml", "register", file)
	if asset := read[operator.Asset](b, "provenance", "show", entered.ID); asset.Height != entered.Height || len(asset.Parents) != 1 || asset.Parents[0].Asset != pool.ID {
		t.Errorf("the model is registered at %d, its lineage %+v", entered.Height, asset)
	}
	wait(t, time.Minute, "offer", func() error { _, err := b.try("offer", "digits", "--price-prediction", "0.01"); return err })
	if listed := offered(t, a, "digits"); listed.Upstream != 200_000 {
		t.Errorf("the price list says %+v", listed)
	}
	ask, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.url+"/v1/models/digits", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(ask)
	if err != nil {
		t.Fatal(err)
	}
	priced, err := io.ReadAll(res.Body)
	_ = res.Body.Close() // it was read
	if err != nil || !strings.Contains(string(priced), `"upstream":"0.2"`) {
		t.Errorf("the model's entry is %s, %v", priced, err)
	}
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
	paysUpstream(t, a, b, got.receipt, pool)
	receipt := a.run("receipts", "show", got.receipt)
	third := newMachine(t)
	put := func(name string, content []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	args := []string{"verify", put("receipt", receipt), "--request", put("request", request), "--answer", put("answer", got.body)}
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

// paysUpstream follows an answer's receipt to whom it pays, and then what the ledger counts once it is claimed.
func paysUpstream(t *testing.T, payer, payee *node, receipt string, pool operator.Asset) {
	t.Helper()
	shown := read[operator.Asset](payer, "provenance", "show", receipt)
	if len(shown.Shares) != 1 || shown.Shares[0].Asset != pool.ID || shown.Shares[0].PPM != 200_000 {
		t.Errorf("the receipt leads to %+v", shown)
	}
	if u := read[operator.Upstream](payer, "receipts", "show", receipt, "--shares"); u.Total != "0.01" || u.Amount != "0.002" || len(u.Shares) != 1 || u.Shares[0].Owner != pool.Owner {
		t.Errorf("of the price goes upstream %+v", u)
	}
	payee.run("channel", "claim")
	await(t, time.Minute, "the ledger counts the answer", func() bool { return read[operator.Asset](payer, "provenance", "show", shown.ID).Earned != "0" })
	if earned := read[operator.Asset](payer, "provenance", "show", shown.ID).Earned; !strings.HasPrefix(earned, "0.01") {
		t.Errorf("the ledger counts %s credits", earned)
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
