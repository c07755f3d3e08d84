package exact

import (
	"context"
	"errors"
	"math"

	"ayni.example/inference/engine"
	"ayni.example/tensor/grammar"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/sample"
)

// Generate answers a completion or chat request.
func (e *Engine) Generate(ctx context.Context, req engine.Request, emit func(engine.Chunk) error) (engine.Result, error) {
	ask, err := e.read(req)
	if err != nil {
		return engine.Result{}, err
	}
	result, err := ask.model.batch.Generate(ctx, ask.prompt, ask.options, func(token llama.Token) error {
		return emit(ask.model.chunk(token))
	})
	return ask.result(result), typed(err)
}

// question is a request in the model's words.
type question struct {
	model   *served
	prompt  []int32
	options llama.Options
}

func (e *Engine) read(req engine.Request) (question, error) {
	var q question
	var err error
	if q.model, err = e.find(req.Model); err != nil {
		return q, err
	}
	req = q.model.fill(req)
	if q.prompt, err = q.model.prompt(req); err != nil {
		return q, err
	}
	seed, err := e.seed(req)
	if err != nil {
		return q, err
	}
	q.options = recipe(req.Options, seed)
	q.options.Scope = req.Scope
	if limit := req.Options.ContextLength; limit > 0 && limit < q.model.run.ContextLength {
		if room := limit - len(q.prompt); q.options.MaxTokens == 0 || q.options.MaxTokens > room {
			q.options.MaxTokens = room
		}
	}
	q.options.Grammar, err = e.forms.compile(req.Format)
	return q, err
}

func (q *question) result(r llama.Result) engine.Result {
	return engine.Result{
		Finish: r.Finish, Metered: "tokens", Seed: q.options.Seed, Tokens: r.Tokens,
		Usage: engine.Usage{Prompt: r.PromptTokens, Completion: r.CompletionTokens, Cached: r.CachedTokens},
	}
}

// Embed gives the mean of each input's hidden states, of length 1.
func (e *Engine) Embed(ctx context.Context, req engine.Request) (engine.Embedding, error) {
	model, err := e.find(req.Model)
	if err != nil {
		return engine.Embedding{}, err
	}
	inputs, err := model.inputs(req)
	if err != nil {
		return engine.Embedding{}, err
	}
	var out engine.Embedding
	for _, input := range inputs {
		vector, err := model.batch.Embed(ctx, input)
		if err != nil {
			return engine.Embedding{}, typed(err)
		}
		if width := req.Options.Dimensions; width > 0 && width < len(vector) {
			vector = shorten(vector, width)
		}
		out.Vectors = append(out.Vectors, vector)
		out.Usage.Prompt += len(input)
	}
	return out, nil
}

func (m *Model) chunk(token llama.Token) engine.Chunk {
	chunk := engine.Chunk{Text: token.Text}
	if token.ID == llama.NoToken {
		return chunk
	}
	out := engine.Token{ID: token.ID, Text: m.text(token.ID), Logprob: token.Logprob}
	for _, alt := range token.Top {
		out.Top = append(out.Top, engine.Alt{ID: alt.ID, Text: m.text(alt.ID), Logprob: alt.Logprob})
	}
	chunk.Tokens = []engine.Token{out}
	return chunk
}

// text is a token's own bytes, or the name of one that has none, such as the end of a turn.
func (m *Model) text(id int32) string {
	if piece := m.run.Tokenizer.Piece(id); len(piece) > 0 {
		return string(piece)
	}
	return m.run.Tokenizer.Name(id)
}

// recipe fills in the engine's defaults: temperature 0.8, top-k 40, top-p 0.95, no penalties.
func recipe(from engine.Options, seed uint64) llama.Options {
	out := llama.Options{Temperature: 0.8, TopK: 40, TopP: 0.95, Seed: seed, Stop: from.Stop, Logprobs: -1}
	number := func(to *float32, value *float64) {
		if value != nil {
			*to = float32(*value)
		}
	}
	number(&out.Temperature, from.Temperature)
	number(&out.TopP, from.TopP)
	number(&out.MinP, from.MinP)
	number(&out.RepeatPenalty, from.RepeatPenalty)
	number(&out.FrequencyPenalty, from.FrequencyPenalty)
	number(&out.PresencePenalty, from.PresencePenalty)
	if from.TopK != nil {
		out.TopK = max(0, *from.TopK) // -1 means all, as 0 does
	}
	if from.MaxTokens != nil {
		out.MaxTokens = *from.MaxTokens
	}
	if from.Logprobs {
		out.Logprobs = from.TopLogprobs
	}
	return out
}

// shorten keeps the first dimensions and scales them back to length 1.
func shorten(vector []float32, width int) []float32 {
	var square float64
	for _, value := range vector[:width] {
		square += float64(value) * float64(value)
	}
	if square == 0 {
		return vector[:width]
	}
	length := math.Sqrt(square)
	out := make([]float32, width)
	for i, value := range vector[:width] {
		out[i] = float32(float64(value) / length)
	}
	return out
}

// typed gives errors of the model their kind; those of the caller's context and emit pass through.
func typed(err error) error {
	if _, known := errors.AsType[*engine.Error](err); err == nil || known ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if long, ok := errors.AsType[*llama.ContextError](err); ok {
		return engine.Errorf(engine.TooLarge, "%w", long)
	}
	if memory, ok := errors.AsType[*llama.MemoryError](err); ok {
		return engine.Errorf(engine.TooLarge, "%w", memory)
	}
	if errors.Is(err, llama.ErrBusy) {
		return engine.Errorf(engine.Busy, "%w", llama.ErrBusy).WithHint("try again in a few seconds")
	}
	if errors.Is(err, llama.ErrEmptyPrompt) {
		return engine.Errorf(engine.Invalid, "%w", llama.ErrEmptyPrompt)
	}
	if errors.Is(err, sample.ErrNoToken) || errors.Is(err, grammar.ErrAmbiguous) {
		return engine.Errorf(engine.Invalid, "%w", err).WithParam("response_format")
	}
	if errors.Is(err, sample.ErrNotFinite) {
		return engine.Errorf(engine.Internal, "%w", err)
	}
	return err
}
