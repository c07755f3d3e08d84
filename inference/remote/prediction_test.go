package remote_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/credit"
	"ayni.example/inference/engine"
	"ayni.example/inference/engine/proved"
	"ayni.example/inference/gateway"
	"ayni.example/inference/prediction"
	"ayni.example/inference/remote"
	"ayni.example/inference/wire"
	"ayni.example/receipt"
	"ayni.example/zk/bundle"
	"ayni.example/zk/quant"
	"ayni.example/zk/quant/quanttest"
)

// liar proves answers and says something else.
type liar struct {
	*proved.Engine
	lie func(*prediction.Answer) // nil: it is honest
}

func (l *liar) Generate(ctx context.Context, req engine.Request, emit func(engine.Chunk) error) (engine.Result, error) {
	var text strings.Builder
	result, err := l.Engine.Generate(ctx, req, func(c engine.Chunk) error {
		text.WriteString(c.Text)
		return nil
	})
	if err != nil {
		return result, err
	}
	answer, err := prediction.ReadAnswer([]byte(text.String()))
	if err != nil {
		return result, err
	}
	if l.lie != nil {
		l.lie(&answer)
	}
	said, err := answer.Text()
	if err != nil {
		return result, err
	}
	return result, emit(engine.Chunk{Text: said})
}

// newProvedWorld sells proved answers of a small random network.
func newProvedWorld(t *testing.T, lie func(*prediction.Answer)) (*world, gateway.Job) {
	t.Helper()
	model, err := quant.Quantise(quanttest.MLP(1, 2, 16), quant.Config{Rows: quanttest.Rows(2, 32, 16)})
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundle.Make(bundle.Config{Name: "m", Model: model, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "m"+proved.Suffix), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	honest, err := proved.New(proved.Config{Folder: folder, Logger: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	models, err := honest.Models(t.Context())
	if err != nil || len(models) != 1 {
		t.Fatal(models, err)
	}
	w := newWorld(t, func(w *world) {
		w.engines = []engine.Engine{&liar{Engine: honest, lie: lie}}
		w.offer.Digest, w.offer.Model = models[0].Digest, "m"
		w.offer.Price.Output = math.ZeroInt()
	})
	job := w.job(1)
	job.Endpoint = prediction.Endpoint
	job.Body = []byte(`{"model":"offered","input":[` + strings.TrimSuffix(strings.Repeat("3,", 16), ",") + `],"binding":"01"}`)
	if job.Request, err = prediction.Parse(job.Body); err != nil {
		t.Fatal(err)
	}
	job.Route.Offer.PriceOutput = math.ZeroInt()
	if job.Route.Offer.Model, err = hex.DecodeString(models[0].Digest); err != nil {
		t.Fatal(err)
	}
	return w, job
}

func TestPaidPrediction(t *testing.T) {
	w, job := newProvedWorld(t, nil)
	r := w.ask(t.Context(), job)
	if r.err != nil {
		t.Fatal(r.err)
	}
	if got := r.out.Receipt; got.Assurance != receipt.Proved || !got.Total.Equal(math.NewInt(priceInput)) {
		t.Errorf("receipt %+v", got)
	}
	if r.started != 1 || proved.Check(hex.EncodeToString(job.Route.Offer.Model), job.Request.Prompt, []byte(r.text)) != nil {
		t.Errorf("started %d times, with %d bytes", r.started, len(r.text))
	}
	w.books(1)
}

// TestLateProof: a provider that does not bring its proof is left, nothing of it was passed on, and it may answer again later.
func TestLateProof(t *testing.T) {
	hold := make(chan struct{})
	w, job := newProvedWorld(t, func(*prediction.Answer) { <-hold })
	w.proof = 300 * time.Millisecond
	w.pay()
	began := time.Now()
	r := w.ask(t.Context(), job)
	wantKind(t, r.err, engine.Unavailable, nil)
	if !strings.Contains(r.err.Error(), "no proof") || r.started != 0 || time.Since(began) > patience {
		t.Errorf("started %d times, after %s: %v", r.started, time.Since(began), r.err)
	}
	close(hold)
	for range 20 { // until the provider sees that it was left
		if r = w.ask(t.Context(), job); r.err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if r.err != nil || r.started != 1 {
		t.Errorf("asked again: started %d times, %v", r.started, r.err)
	}
}

// TestLyingPredictionEarnsNothing: a prediction is paid for once its proof holds, so that a provider that lies has nothing of it.
func TestLyingPredictionEarnsNothing(t *testing.T) {
	for name, test := range map[string]struct {
		lie  func(*prediction.Answer)
		down func(*wire.Frame) error
	}{
		"another output":  {lie: func(a *prediction.Answer) { a.Output[0]++ }},
		"a changed proof": {lie: func(a *prediction.Answer) { a.Proof[len(a.Proof)-40] ^= 1 }},
		"a proof cut":     {lie: func(a *prediction.Answer) { a.Proof = a.Proof[:len(a.Proof)/2] }},
		"no proof":        {lie: func(a *prediction.Answer) { a.Proof = nil }},
		"money beforehand": {down: func(f *wire.Frame) error {
			if f.Quote != nil {
				f.Quote.PromptExact, f.Quote.PromptCost = true, math.NewInt(priceInput)
			}
			return nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w, job := newProvedWorld(t, test.lie)
			if test.down != nil {
				w.between(nil, test.down)
			}
			r := w.ask(t.Context(), job)
			wantKind(t, r.err, engine.Unavailable, remote.ErrDishonest)
			if r.started != 0 || r.text != "" {
				t.Errorf("%d bytes were passed on: no other provider can be asked", len(r.text))
			}
			lanes, err := w.sold.Lanes(t.Context(), credit.AsPayee)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range lanes {
				if l.Cumulative.IsPositive() {
					t.Errorf("the lie earned %s", l.Cumulative)
				}
			}
		})
	}
}
