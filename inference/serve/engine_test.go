package serve_test

import (
	"context"
	"fmt"
	"strings"

	"ayni.example/inference/engine"
)

// counting answers every request with numbers, a token each, as many as asked for.
type counting struct {
	name    string
	opaque  bool // shows no token ids and cannot count
	gate    chan struct{}
	err     error
	models  []engine.Model
	listErr error
}

func newCounting() *counting {
	return &counting{name: "counting", models: []engine.Model{{Name: "numbers", Digest: strings.Repeat("ab", 32), Template: "T", Build: "b1"}}}
}

func (c *counting) Name() string { return c.name }

func (c *counting) Models(context.Context) ([]engine.Model, error) { return c.models, c.listErr }

func (c *counting) Count(_ context.Context, req engine.Request) (int, bool, error) {
	return len(strings.Fields(req.Prompt)), !c.opaque, nil
}

func (c *counting) Generate(ctx context.Context, req engine.Request, emit func(engine.Chunk) error) (engine.Result, error) {
	n := 5
	if req.Options.MaxTokens != nil {
		n = *req.Options.MaxTokens
	}
	for i := range n {
		if c.gate != nil {
			select {
			case <-c.gate:
			case <-ctx.Done():
				return engine.Result{}, ctx.Err()
			}
		}
		chunk := engine.Chunk{Text: fmt.Sprintf("%d ", i)}
		if !c.opaque {
			chunk.Tokens = []engine.Token{{ID: int32(i), Text: chunk.Text}}
		}
		if err := emit(chunk); err != nil {
			return engine.Result{}, err
		}
	}
	if c.err != nil {
		return engine.Result{}, c.err
	}
	prompt, _, _ := c.Count(ctx, req)
	metered := "tokens"
	if c.opaque {
		metered = "reported"
	}
	return engine.Result{Finish: "length", Usage: engine.Usage{Prompt: prompt, Completion: n}, Metered: metered, Seed: *req.Options.Seed}, nil
}

func (c *counting) Embed(_ context.Context, req engine.Request) (engine.Embedding, error) {
	var e engine.Embedding
	for i := range req.Input {
		e.Vectors = append(e.Vectors, []float32{float32(i), 0.1})
	}
	e.Usage.Prompt = len(req.Input)
	return e, nil
}
