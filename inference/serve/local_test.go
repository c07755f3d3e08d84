package serve_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/credit"
	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
	"ayni.example/inference/serve"
	"ayni.example/inference/serve/servetest"
	"ayni.example/receipt"
)

func newLocal(t *testing.T, limits serve.Limits, engines ...engine.Engine) *serve.Local {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	store, err := credit.OpenStore(t.Context(), filepath.Join(t.TempDir(), "ayni.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	journal, err := credit.NewLocal(t.Context(), store, key)
	if err != nil {
		t.Fatal(err)
	}
	server, err := serve.New(serve.Config{
		ChainID: "ayni_7-1", Address: "ayni1me", Engines: engines, Limits: limits,
		Now: time.Now, Random: rand.Reader, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	local, err := serve.NewLocal(server, journal)
	if err != nil {
		t.Fatal(err)
	}
	return local
}

func completion(tokens int) gateway.Job {
	body := []byte(`{"model":"numbers","prompt":"count for me"}`)
	return gateway.Job{
		RequestID: "00112233445566778899aabbccddeeff", Endpoint: "/v1/completions", Body: body,
		Request: engine.Request{Kind: engine.Completion, Prompt: "count for me", Options: engine.Options{MaxTokens: &tokens}},
		Salt:    [32]byte{1}, Seed: 9, MaxTotal: math.ZeroInt(), PayerKey: receipt.Key{1},
		Route: gateway.Route{Local: true, Model: engine.Model{Name: "numbers"}},
	}
}

// collect runs a job and returns the text, and the receipt id that was announced before the first chunk.
func collect(ctx context.Context, backend gateway.Backend, job gateway.Job) (text, id string, out gateway.Outcome, err error) {
	out, err = backend.Serve(ctx, job, func(s gateway.Started) error {
		if text != "" {
			return errors.New("started after the first chunk")
		}
		id = s.ReceiptID
		return nil
	}, func(c engine.Chunk) error {
		text += c.Text
		return nil
	})
	return text, id, out, err
}

func TestLocalReceiptBindsTheAnswer(t *testing.T) {
	for _, opaque := range []bool{false, true} {
		numbers := servetest.NewNumbers()
		numbers.Opaque = opaque
		local := newLocal(t, serve.Limits{}, numbers)
		text, id, out, err := collect(t.Context(), local, completion(4))
		if err != nil {
			t.Fatal(err)
		}
		r, salt := out.Receipt, receipt.Salt{1}
		if err := r.Check(); err != nil {
			t.Fatal(err)
		}
		if text != "0 1 2 3 " || r.Answer != salt.Answer([]byte(text)) || string(r.ID) != id || r.Seed != 9 || !r.Total.IsZero() {
			t.Fatalf("text %q, receipt %+v", text, r)
		}
		if want := (receipt.Usage{Prompt: 3, Completion: 4}); r.Usage != want {
			t.Fatalf("usage %+v, want %+v", r.Usage, want)
		}
		if shown := !r.Tokens.IsZero(); shown == opaque || (r.Metered == receipt.MeteredTokens) == opaque {
			t.Fatalf("opaque %v, metered %s, tokens %s", opaque, r.Metered, r.Tokens)
		}
		_, _, next, err := collect(t.Context(), local, completion(1))
		if err != nil {
			t.Fatal(err)
		}
		if head, err := r.Head(); err != nil || next.Receipt.Prev != head {
			t.Fatalf("second receipt follows %s, want %s, %v", next.Receipt.Prev, head, err)
		}
	}
}

func TestLocalErrors(t *testing.T) {
	broken := errors.New("broken")
	refused := errors.New("client gone")
	tests := []struct {
		name  string
		setup func(*servetest.Numbers, *gateway.Job)
		start error
		emit  error
		kind  engine.ErrorKind
		is    error
	}{
		{name: "unknown model", setup: func(_ *servetest.Numbers, j *gateway.Job) { j.Route.Model.Name = "letters" }, kind: engine.NotFound},
		{name: "other digest", setup: func(_ *servetest.Numbers, j *gateway.Job) { j.Route.Model.Digest = "cd" }, kind: engine.NotFound},
		{name: "engine fails", setup: func(c *servetest.Numbers, _ *gateway.Job) { c.Fail = broken }, is: broken},
		{name: "engine is away", setup: func(c *servetest.Numbers, _ *gateway.Job) {
			c.List, c.ListErr = nil, engine.Errorf(engine.Unavailable, "away")
		}, kind: engine.Unavailable},
		{name: "client refuses to start", start: refused, is: refused},
		{name: "client refuses a chunk", emit: refused, is: refused},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			numbers, job := servetest.NewNumbers(), completion(3)
			if test.setup != nil {
				test.setup(numbers, &job)
			}
			_, err := newLocal(t, serve.Limits{}, numbers).Serve(t.Context(), job,
				func(gateway.Started) error { return test.start }, func(engine.Chunk) error { return test.emit })
			if known, ok := errors.AsType[*engine.Error](err); test.kind != "" && (!ok || known.Kind != test.kind) {
				t.Fatalf("got %v, want kind %s", err, test.kind)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Fatalf("got %v, want %v", err, test.is)
			}
		})
	}
}

func TestLocalEmbedding(t *testing.T) {
	job := completion(0)
	job.Request = engine.Request{Kind: engine.Embeddings, Input: []string{"a", "b"}}
	_, _, out, err := collect(t.Context(), newLocal(t, serve.Limits{}, servetest.NewNumbers()), job)
	if err != nil {
		t.Fatal(err)
	}
	if want := (receipt.Salt{1}).Answer([]byte(`[[0,0.1],[1,0.1]]`)); out.Receipt.Answer != want || len(out.Embedding.Vectors) != 2 {
		t.Fatalf("outcome %+v", out)
	}
}
