package gateway_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"strings"
	"sync"
	"testing"

	"cosmossdk.io/math"

	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
	"ayni.example/receipt"
	"ayni.example/x/inference"
)

// script says what a scriptedBackend does with a job.
type script struct {
	chunks []engine.Chunk
	vector [][]float32
	early  error         // before the start
	late   error         // behind the chunks
	gate   chan struct{} // one receive before each chunk
	price  int64         // acredit per token, in and out
	bare   bool          // no receipt
}

// scriptedBackend signs real receipts for answers that a test wrote.
type scriptedBackend struct {
	tb   testing.TB
	key  ed25519.PrivateKey
	play func(job gateway.Job) script

	mu   sync.Mutex
	jobs []gateway.Job
	ends []error
}

func newScripted(tb testing.TB, play func(job gateway.Job) script) *scriptedBackend {
	tb.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return &scriptedBackend{tb: tb, key: key, play: play}
}

func (b *scriptedBackend) seen() []gateway.Job {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]gateway.Job(nil), b.jobs...)
}

func (b *scriptedBackend) Serve(
	ctx context.Context, job gateway.Job, started func(gateway.Started) error, emit func(engine.Chunk) error,
) (out gateway.Outcome, err error) {
	b.mu.Lock()
	b.jobs = append(b.jobs, job)
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		b.ends = append(b.ends, err)
		b.mu.Unlock()
	}()
	s := b.play(job)
	if s.early != nil {
		return gateway.Outcome{}, s.early
	}
	id, err := receipt.NewID(rand.Reader)
	if err != nil {
		return gateway.Outcome{}, err
	}
	price := math.NewInt(s.price)
	first := gateway.Started{
		ReceiptID: string(id), Route: job.Route, PriceInput: price, PriceOutput: price, ReadableBy: []string{"provider " + job.Route.Who()},
	}
	if err := started(first); err != nil {
		return gateway.Outcome{}, err
	}
	var text strings.Builder
	usage := engine.Usage{Prompt: 3}
	for _, chunk := range s.chunks {
		if s.gate != nil {
			select {
			case <-s.gate:
			case <-ctx.Done():
				return b.outcome(job, id, s, text.String(), usage, receipt.Aborted), ctx.Err()
			}
		}
		if err := emit(chunk); err != nil {
			return b.outcome(job, id, s, text.String(), usage, receipt.Aborted), err
		}
		text.WriteString(chunk.Text)
		usage.Completion++
	}
	if s.late != nil {
		return b.outcome(job, id, s, text.String(), usage, receipt.Aborted), s.late
	}
	out = b.outcome(job, id, s, text.String(), usage, receipt.Complete)
	if s.vector != nil {
		out.Embedding = &engine.Embedding{Vectors: s.vector, Usage: usage}
	}
	return out, nil
}

// outcome signs what a provider would sign.
func (b *scriptedBackend) outcome(
	job gateway.Job, id receipt.ID, s script, text string, usage engine.Usage, status receipt.Status,
) gateway.Outcome {
	out := gateway.Outcome{Result: engine.Result{Finish: "stop", Usage: usage, Metered: "tokens", Seed: job.Seed}}
	if s.bare {
		return out
	}
	price := math.NewInt(s.price)
	metered := receipt.MeteredTokens
	if status == receipt.Aborted {
		metered = receipt.MeteredPaid
	}
	r := receipt.Receipt{
		Version: receipt.Version, ID: id, ChainID: "ayni_7-1", RequestID: job.RequestID, Provider: "ayni1provider", Payer: "ayni1payer",
		PayerKey: job.PayerKey, SaltDigest: job.Salt.Digest(), Request: job.Salt.Request(job.Body), Answer: job.Salt.Answer([]byte(text)),
		Tokens: job.Salt.Tokens([]int32{1, 2}), Model: job.Request.Model, ModelDigest: job.Route.Model.Digest, Engine: "scripted",
		Build: "1", Sampling: []byte("{}"), Seed: job.Seed,
		Usage: receipt.Usage{Prompt: uint64(usage.Prompt), Completion: uint64(usage.Completion)}, Metered: metered,
		Price: receipt.Price{Input: price, Output: price}, Total: price.MulRaw(int64(usage.Prompt + usage.Completion)),
		Assurance: receipt.Signed, ReadableBy: []string{"provider"}, Status: status, Finish: "stop", StartedMS: 1, FinishedMS: 2,
	}
	if err := r.Sign(b.key); err != nil {
		b.tb.Errorf("sign receipt: %v", err)
	}
	out.Receipt = r
	return out
}

// fixedRouter names the candidates that a test wrote.
type fixedRouter struct {
	routes map[string][]gateway.Route
	err    error
}

func (f *fixedRouter) Routes(_ context.Context, model string, _ gateway.Preference) ([]gateway.Route, error) {
	if f.err != nil {
		return nil, f.err
	}
	routes, ok := f.routes[model]
	if !ok {
		return nil, engine.Errorf(engine.NotFound, "model %q is not offered here", model).WithParam("model")
	}
	return append([]gateway.Route(nil), routes...), nil
}

func (f *fixedRouter) Report(gateway.Route, error) {}

func (f *fixedRouter) Models(context.Context) ([]gateway.Listing, error) {
	out := make([]gateway.Listing, 0, len(f.routes))
	for name, routes := range f.routes {
		out = append(out, gateway.Listing{Name: name, Model: routes[0].Model, Routes: routes})
	}
	return out, f.err
}

func localRoute(model string) gateway.Route {
	return gateway.Route{Local: true, Model: engine.Model{Name: model, Digest: strings.Repeat("ab", 32), Context: 64, Family: "llama"}}
}

func remoteRoute(provider, model string, price int64) gateway.Route {
	amount := math.NewInt(price)
	return gateway.Route{
		Provider: provider, Moniker: "m-" + provider, Model: engine.Model{Name: model, Digest: strings.Repeat("cd", 32), Context: 64},
		Offer: inference.Offer{Provider: provider, Name: model, PriceInput: amount, PriceOutput: amount},
	}
}

// words is an answer in pieces, one token each.
func words(texts ...string) []engine.Chunk {
	chunks := make([]engine.Chunk, len(texts))
	for i, text := range texts {
		chunks[i] = engine.Chunk{Text: text, Tokens: []engine.Token{{ID: int32(i), Text: text}}}
	}
	return chunks
}

func says(texts ...string) func(gateway.Job) script {
	return func(gateway.Job) script { return script{chunks: words(texts...)} }
}
