package servetest

import (
	"context"
	"fmt"
	"strings"

	"ayni.example/inference/engine"
)

// Digest is that of the model "numbers".
const Digest = "abababababababababababababababababababababababababababababababab"

// Numbers answers every request with the numbers from 0 on, a token each, as many as asked for or 5. Set its fields before use.
type Numbers struct {
	Opaque  bool          // shows no token ids and cannot count a prompt
	Gate    chan struct{} // when set, each token waits for a value
	Fail    error         // ends every answer after its tokens
	FailAt  int           // with Fail: after this many tokens, 0 for all
	List    []engine.Model
	ListErr error
	Over    int // tokens reported beyond those generated
}

var _ engine.Engine = (*Numbers)(nil)

// NewNumbers serves the model "numbers".
func NewNumbers() *Numbers {
	return &Numbers{List: []engine.Model{{Name: "numbers", Digest: Digest, Template: "T", Build: "b1"}}}
}

// Name is "numbers".
func (n *Numbers) Name() string { return "numbers" }

// Models is List or ListErr.
func (n *Numbers) Models(context.Context) ([]engine.Model, error) { return n.List, n.ListErr }

// Count is the number of words.
func (n *Numbers) Count(_ context.Context, req engine.Request) (tokens int, ok bool, err error) {
	words := len(strings.Fields(req.Prompt))
	for _, m := range req.Messages {
		words += len(strings.Fields(m.Content))
	}
	return words, !n.Opaque, nil
}

// Generate counts.
func (n *Numbers) Generate(ctx context.Context, req engine.Request, emit func(engine.Chunk) error) (engine.Result, error) {
	count := 5
	if req.Options.MaxTokens != nil {
		count = *req.Options.MaxTokens
	}
	for i := range count {
		if n.Gate != nil {
			select {
			case <-n.Gate:
			case <-ctx.Done():
				return engine.Result{}, ctx.Err()
			}
		}
		if n.Fail != nil && n.FailAt > 0 && i == n.FailAt {
			return engine.Result{}, n.Fail
		}
		chunk := engine.Chunk{Text: fmt.Sprintf("%d ", i)}
		if !n.Opaque {
			chunk.Tokens = []engine.Token{{ID: int32(i), Text: chunk.Text}}
		}
		if err := emit(chunk); err != nil {
			return engine.Result{}, err
		}
	}
	if n.Fail != nil {
		return engine.Result{}, n.Fail
	}
	prompt, _, _ := n.Count(ctx, req)
	metered := "tokens"
	if n.Opaque {
		metered = "reported"
	}
	usage := engine.Usage{Prompt: prompt, Completion: count + n.Over}
	return engine.Result{Finish: "length", Usage: usage, Metered: metered, Seed: *req.Options.Seed}, nil
}

// Embed gives each input the vector of its place.
func (n *Numbers) Embed(_ context.Context, req engine.Request) (engine.Embedding, error) {
	e := engine.Embedding{Usage: engine.Usage{Prompt: len(req.Input)}}
	for i := range req.Input {
		e.Vectors = append(e.Vectors, []float32{float32(i), 0.1})
	}
	return e, nil
}

// Text is what an answer of so many tokens says.
func Text(tokens int) string {
	var b strings.Builder
	for i := range tokens {
		fmt.Fprintf(&b, "%d ", i)
	}
	return b.String()
}
