package llama

import (
	"context"
	"fmt"

	"ayni.example/tensor/sample"
)

// Options says how to continue a prompt. The zero value is greedy, up to the context length.
type Options struct {
	MaxTokens        int // 0 is up to the context length
	Temperature      float32
	TopP             float32
	MinP             float32
	TopK             int
	RepeatPenalty    float32
	FrequencyPenalty float32
	PresencePenalty  float32
	Seed             uint64
	Stop             []string // at most MaxStops, none empty
	Logprobs         int      // -1 is off, 0 the chosen token only, n also the n likeliest
}

func (o *Options) sampling() sample.Config {
	return sample.Config{
		Temperature: o.Temperature, TopK: o.TopK, TopP: o.TopP, MinP: o.MinP,
		RepeatPenalty: o.RepeatPenalty, FrequencyPenalty: o.FrequencyPenalty, PresencePenalty: o.PresencePenalty,
		Seed: o.Seed,
	}
}

// Token is one step of a generation.
type Token struct {
	ID      int32  // NoToken for a last piece of held text that comes with no token
	Text    string // released now; empty while a character or a stop string may be pending
	Logprob float32
	Top     []sample.Alt
}

// NoToken is the id of a Token that only releases text.
const NoToken int32 = -1

// Reasons why a generation ended.
const (
	FinishStop      = "stop"      // end token or stop string
	FinishLength    = "length"    // MaxTokens or the context length
	FinishCancelled = "cancelled" // context or emit ended it
)

// Result is a whole generation. Tokens has every token that was chosen except an end token;
// Text is what was emitted, so it ends before a stop string that Tokens may contain.
type Result struct {
	Tokens           []int32
	Text             string
	Finish           string
	PromptTokens     int
	CompletionTokens int
}

// Generate continues a prompt and calls emit for each token. An error of emit or the context
// ends it within one token; the result then says what was done so far.
func (m *Model) Generate(ctx context.Context, prompt []int32, opt Options, emit func(Token) error) (Result, error) {
	g, err := m.start(prompt, opt)
	if err != nil {
		return Result{PromptTokens: len(prompt)}, fmt.Errorf("generate: %w", err)
	}
	g.emit = emit
	err = g.run(ctx, prompt)
	g.result.CompletionTokens = len(g.result.Tokens)
	g.result.Text = g.text.released()
	if err != nil {
		g.result.Finish = FinishCancelled
		return g.result, fmt.Errorf("generate: %w", err)
	}
	return g.result, nil
}

type generation struct {
	m       *Model
	opt     Options
	limit   int // tokens to generate at most
	state   *State
	sampler *sample.Sampler
	text    *release
	emit    func(Token) error
	result  Result
}

func (m *Model) start(prompt []int32, opt Options) (*generation, error) {
	if len(prompt) == 0 {
		return nil, ErrEmptyPrompt
	}
	if len(prompt) >= m.ContextLength {
		return nil, &ContextError{Tokens: len(prompt) + 1, Limit: m.ContextLength}
	}
	if opt.MaxTokens < 0 || opt.Logprobs < -1 || opt.Logprobs > sample.MaxTop {
		return nil, fmt.Errorf("max tokens %d or logprobs %d is out of range", opt.MaxTokens, opt.Logprobs)
	}
	g := &generation{m: m, opt: opt, limit: m.ContextLength - len(prompt), result: Result{PromptTokens: len(prompt)}}
	if opt.MaxTokens > 0 {
		g.limit = min(g.limit, opt.MaxTokens)
	}
	var err error
	if g.text, err = newRelease(m.Tokenizer, opt.Stop); err != nil {
		return nil, err
	}
	if g.sampler, err = sample.New(opt.sampling(), prompt); err != nil {
		return nil, err
	}
	// The last token is sampled but never run through the model.
	g.state, err = m.NewState(len(prompt) + g.limit - 1)
	return g, err
}

func (g *generation) run(ctx context.Context, prompt []int32) error {
	logits, err := g.state.Prefill(ctx, prompt)
	for err == nil {
		var t Token
		if t, err = g.choose(logits); err != nil {
			return err
		}
		if g.m.Tokenizer.Ends(t.ID) {
			return g.finish(FinishStop)
		}
		g.result.Tokens = append(g.result.Tokens, t.ID)
		var stopped bool
		t.Text, stopped = g.text.push(t.ID)
		last := len(g.result.Tokens) == g.limit
		if last && !stopped {
			t.Text += g.text.flush()
		}
		if err = g.emit(t); err != nil {
			return err
		}
		if stopped {
			g.result.Finish = FinishStop
			return nil
		}
		if last {
			g.result.Finish = FinishLength
			return nil
		}
		logits, err = g.state.Decode(ctx, t.ID)
	}
	return err
}

// choose samples a token and reads its log-probability from the logits before penalties.
func (g *generation) choose(logits []float32) (Token, error) {
	var t Token
	if g.opt.Logprobs < 0 {
		id, err := g.sampler.Next(logits)
		t.ID = id
		return t, err
	}
	raw := append([]float32{}, logits...)
	id, err := g.sampler.Next(logits)
	if err != nil {
		return t, err
	}
	return Token{ID: id, Logprob: sample.Logprob(raw, id), Top: sample.Top(raw, g.opt.Logprobs)}, nil
}

// finish releases what was held back, now that no stop string can follow.
func (g *generation) finish(reason string) error {
	g.result.Finish = reason
	if rest := g.text.flush(); rest != "" {
		return g.emit(Token{ID: NoToken, Text: rest})
	}
	return nil
}
