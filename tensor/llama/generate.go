package llama

import (
	"context"
	"fmt"
	"strings"

	"ayni.example/tensor/grammar"
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
	Grammar          *grammar.Grammar // nil lets any token follow
	Stop             []string         // at most MaxStops, none empty
	Scope            string           // a Batch shares caches of prompts within it only; otherwise without meaning
	Logprobs         int              // -1 is off, 0 the chosen token only, n also the n likeliest
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
	CachedTokens     int // of the prompt, whose caches another request had left
}

// Generate continues a prompt and calls emit for each token. An error of emit or the context
// ends it within one token; the result then says what was done so far.
func (m *Model) Generate(ctx context.Context, prompt []int32, opt Options, emit func(Token) error) (Result, error) {
	var state *State
	g, err := m.prepare(prompt, opt)
	if err == nil {
		state, err = m.NewState(g.capacity(len(prompt)))
	}
	if err != nil {
		return Result{PromptTokens: len(prompt)}, fmt.Errorf("generate: %w", err)
	}
	out := answer{result: Result{PromptTokens: len(prompt)}, emit: emit}
	if err := g.run(ctx, state, prompt, &out); err != nil {
		return out.end(FinishCancelled), fmt.Errorf("generate: %w", err)
	}
	return out.end(g.finish), nil
}

// answer collects what was emitted.
type answer struct {
	result Result
	text   strings.Builder
	emit   func(Token) error
}

func (a *answer) add(t Token) error {
	if t.ID != NoToken {
		a.result.Tokens = append(a.result.Tokens, t.ID)
	}
	a.text.WriteString(t.Text)
	return a.emit(t)
}

func (a *answer) end(finish string) Result {
	a.result.Finish, a.result.Text, a.result.CompletionTokens = finish, a.text.String(), len(a.result.Tokens)
	return a.result
}

// generation is how one answer is chosen, token by token; the sequence is elsewhere.
type generation struct {
	m       *Model
	opt     Options
	limit   int // tokens to generate at most
	chosen  int
	chooser chooser
	text    *release
	finish  string // set once the answer is complete
}

func (m *Model) prepare(prompt []int32, opt Options) (*generation, error) {
	if err := m.check(prompt); err != nil {
		return nil, err
	}
	if len(prompt) >= m.ContextLength {
		return nil, &ContextError{Tokens: len(prompt) + 1, Limit: m.ContextLength}
	}
	if opt.MaxTokens < 0 || opt.Logprobs < -1 || opt.Logprobs > sample.MaxTop {
		return nil, fmt.Errorf("max tokens %d or logprobs %d is out of range", opt.MaxTokens, opt.Logprobs)
	}
	g := &generation{m: m, opt: opt, limit: m.ContextLength - len(prompt)}
	if opt.MaxTokens > 0 {
		g.limit = min(g.limit, opt.MaxTokens)
	}
	var err error
	if g.text, err = newRelease(m.Tokenizer, opt.Stop); err != nil {
		return nil, err
	}
	g.chooser, err = m.chooser(prompt, opt)
	return g, err
}

// capacity is the number of tokens that the sequence may reach: the last one is chosen but never run.
func (g *generation) capacity(prompt int) int { return prompt + g.limit - 1 }

func (g *generation) run(ctx context.Context, state *State, prompt []int32, out *answer) error {
	logits, err := state.Prefill(ctx, prompt)
	for err == nil {
		var t Token
		var silent bool
		if t, silent, err = g.next(logits); err == nil && !silent {
			err = out.add(t)
		}
		if err != nil || g.finish != "" {
			return err
		}
		logits, err = state.Decode(ctx, t.ID)
	}
	return err
}

// next chooses the token that follows and what text it releases. It sets finish with the last one, which is silent when
// there is nothing to emit.
func (g *generation) next(logits []float32) (t Token, silent bool, err error) {
	if t, err = g.choose(logits); err != nil {
		return t, true, err
	}
	if t.ID == NoToken || g.m.Tokenizer.Ends(t.ID) {
		// What was held back is shown, now that no stop string can follow.
		g.finish = FinishStop
		rest := g.text.flush()
		return Token{ID: NoToken, Text: rest}, rest == "", nil
	}
	var stopped bool
	t.Text, stopped = g.text.push(t.ID)
	g.chosen++
	switch {
	case stopped:
		g.finish = FinishStop
	case g.chosen == g.limit:
		t.Text += g.text.flush()
		g.finish = FinishLength
	}
	return t, false, nil
}

// choose samples a token and reads its log-probability from the logits before penalties.
func (g *generation) choose(logits []float32) (Token, error) {
	var t Token
	if g.opt.Logprobs < 0 {
		id, err := g.chooser.next(logits)
		t.ID = id
		return t, err
	}
	raw := append([]float32{}, logits...)
	id, err := g.chooser.next(logits)
	if err != nil || id == NoToken {
		return Token{ID: id}, err
	}
	return Token{ID: id, Logprob: sample.Logprob(raw, id), Top: sample.Top(raw, g.opt.Logprobs)}, nil
}
