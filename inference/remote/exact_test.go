package remote_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"ayni.example/inference/engine"
	"ayni.example/inference/engine/exact"
	"ayni.example/inference/gateway"
	"ayni.example/inference/remote"
	"ayni.example/inference/wire"
	"ayni.example/receipt"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

// newExactWorld sells a model of the exact engine, small and random, to a payer that has its tokenizer.
func newExactWorld(t *testing.T) (*world, engine.Model) {
	t.Helper()
	raw, err := llamatest.Build(llamatest.Spec{Type: gguf.Q8_0, Context: 512})
	if err != nil {
		t.Fatal(err)
	}
	model, err := exact.Open("tiny", bytes.NewReader(raw), int64(len(raw)), llama.Config{})
	if err != nil {
		t.Fatal(err)
	}
	tiny, err := exact.New(exact.Config{Models: []*exact.Model{model}})
	if err != nil {
		t.Fatal(err)
	}
	about := model.About()
	w := newWorld(t, func(w *world) {
		w.engines = []engine.Engine{tiny}
		w.offer.Digest, w.offer.Name, w.offer.Model = about.Digest, "tiny", "tiny"
		w.meter = remote.Tokenizers{about.Digest: {Engine: tiny, Name: "tiny", Decode: model.Run().Tokenizer.Decode}}
	})
	return w, about
}

func (w *world) exactJob(about engine.Model, tokens int, stop []string) gateway.Job {
	w.t.Helper()
	job := w.job(tokens)
	body, err := json.Marshal(map[string]any{"model": "tiny", "prompt": "func main", "max_tokens": tokens, "stop": stop})
	if err != nil {
		w.t.Fatal(err)
	}
	job.Body, job.Request.Prompt, job.Request.Options.Stop = body, "func main", stop
	job.Route.Offer.Name = "tiny"
	if job.Route.Offer.Model, err = hex.DecodeString(about.Digest); err != nil {
		w.t.Fatal(err)
	}
	return job
}

func TestPaidExactAnswer(t *testing.T) {
	w, about := newExactWorld(t)
	whole := w.ask(t.Context(), w.exactJob(about, 40, nil))
	if whole.err != nil {
		t.Fatal(whole.err)
	}
	if r := whole.out.Receipt; r.Metered != receipt.MeteredTokens || r.Usage.Completion == 0 || r.Usage.Completion > 40 {
		t.Fatalf("receipt %+v", r)
	}
	again := w.ask(t.Context(), w.exactJob(about, 40, nil))
	if again.err != nil || again.text != whole.text {
		t.Fatalf("the same seed gave %q, then %q, %v", whole.text, again.text, again.err)
	}
	runes := []rune(whole.text)
	stop := string(runes[len(runes)/2 : len(runes)/2+2])
	cut := w.ask(t.Context(), w.exactJob(about, 40, []string{stop}))
	if cut.err != nil {
		t.Fatal(cut.err)
	}
	if want, _, _ := strings.Cut(whole.text, stop); cut.text != want {
		t.Fatalf("stopped at %q: %q, want %q", stop, cut.text, want)
	}
	w.books(3)
}

func TestMeteringIsCheckedByDetokenising(t *testing.T) {
	tests := []struct {
		name string
		lie  func(*world, *wire.Frame)
		says string
	}{
		{"prompt padded", func(_ *world, f *wire.Frame) {
			if f.Quote != nil {
				f.Quote.PromptTokens++
				f.Quote.PromptCost = f.Quote.PromptCost.AddRaw(priceInput)
			}
		}, "it has"},
		{"answer padded", func(w *world, f *wire.Frame) {
			if f.Chunk != nil && len(f.Chunk.Tokens) > 0 {
				f.Chunk.Tokens = append(f.Chunk.Tokens, f.Chunk.Tokens[0])
				w.padded = append(w.padded, f.Chunk.Tokens[0].ID, f.Chunk.Tokens[0].ID)
			}
			if f.End != nil {
				r := &f.End.Receipt
				r.Usage.Completion = uint64(len(w.padded))
				r.Tokens = w.salt.Tokens(w.padded)
				r.Total, _ = r.Price.Cost(r.Usage)
				f.End.Result.Usage.Completion = len(w.padded)
				_ = r.Sign(w.receipts)
			}
		}, "do not spell the answer"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w, about := newExactWorld(t)
			job := w.exactJob(about, 20, nil)
			w.salt = job.Salt
			w.between(nil, func(f *wire.Frame) error {
				test.lie(w, f)
				return nil
			})
			r := w.ask(t.Context(), job)
			wantKind(t, r.err, engine.Unavailable, remote.ErrDishonest)
			if !strings.Contains(r.err.Error(), test.says) {
				t.Fatalf("got %v, want it to say %q", r.err, test.says)
			}
		})
	}
}
