package llama_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"ayni.example/tensor/llama"
)

// recomputer is a model with a guess, as a generator.
type recomputer struct {
	m     *llama.Model
	guess llama.Guess
	work  llama.Work
}

func (r *recomputer) Generate(ctx context.Context, p []int32, opt llama.Options, emit func(llama.Token) error) (llama.Result, error) {
	result, work, err := r.m.Recompute(ctx, p, opt, r.guess, emit)
	r.work = work
	return result, err
}

// foretell is a guess of a whole answer.
func foretell(answer []int32) llama.Guess {
	return func(chosen []int32) []int32 { return slices.Clone(answer[min(len(chosen), len(answer)):]) }
}

// TestRecomputeGivesTheBitsOfGenerate guesses right, wrong now and then, nonsense, and not at all.
func TestRecomputeGivesTheBitsOfGenerate(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for name, spec := range specs {
		m := model(t, spec, llama.Config{Threads: 1 + r.IntN(3), Chunk: 1 + r.IntN(64)})
		for range 6 {
			want := randomRequest(r, m)
			want.opt.Stop = []string{"ab", "zzz"}
			if err := want.ask(t.Context(), m, never); err != nil {
				t.Fatal(err)
			}
			answer := want.result.Tokens
			rest := foretell(answer)
			for kind, guess := range map[string]llama.Guess{
				"right": rest,
				"some wrong": func(chosen []int32) []int32 {
					out := rest(chosen)
					for i := range out {
						if r.IntN(5) == 0 {
							out[i] = int32(r.IntN(m.Vocab))
						}
					}
					return out
				},
				"too much": func(chosen []int32) []int32 { return append(rest(chosen), prompt(m, 100)...) },
				"nonsense": func([]int32) []int32 { return []int32{-1, 1 << 30} },
				"nothing":  func([]int32) []int32 { return nil },
			} {
				again := recomputer{m: m, guess: guess}
				have := want
				if err := have.ask(t.Context(), &again, never); err != nil {
					t.Fatal(name, kind, err)
				}
				same(t, have, want)
				if kind == "right" && (again.work.Passes != 1 || again.work.Rows > len(want.prompt)+len(answer)) {
					t.Errorf("%s: a right guess took %+v for %d and %d tokens", name, again.work, len(want.prompt), len(answer))
				}
			}
		}
	}
}

// TestRecomputeFindsEveryChangedToken forges one token after the other, and the seed.
func TestRecomputeFindsEveryChangedToken(t *testing.T) {
	m := model(t, specs["q8_0"], llama.Config{Threads: 2, Chunk: 5})
	q := request{prompt: prompt(m, 10), opt: llama.Options{MaxTokens: 12, Temperature: 0.9, TopP: 0.95, Seed: 6, RepeatPenalty: 1.2}}
	if err := q.ask(t.Context(), m, never); err != nil {
		t.Fatal(err)
	}
	for i := range q.result.Tokens {
		forged := slices.Clone(q.result.Tokens)
		forged[i] = (forged[i] + 1) % int32(m.Vocab)
		again, have := recomputer{m: m, guess: foretell(forged)}, q
		if err := have.ask(t.Context(), &again, never); err != nil || !slices.Equal(have.result.Tokens, q.result.Tokens) {
			t.Errorf("token %d forged: %v, %v, want %v", i, have.result.Tokens, err, q.result.Tokens)
		}
	}
	again, other := recomputer{m: m, guess: foretell(q.result.Tokens)}, q
	other.opt.Seed++
	if err := other.ask(t.Context(), &again, never); err != nil || slices.Equal(other.result.Tokens, q.result.Tokens) {
		t.Errorf("another seed gives %v, %v", other.result.Tokens, err)
	}
	var tooLong *llama.ContextError
	if _, _, err := m.Recompute(t.Context(), prompt(m, 1000), q.opt, again.guess, nil); !errors.As(err, &tooLong) {
		t.Errorf("too long: %v", err)
	}
}

func TestRecomputeStopsWhenToldTo(t *testing.T) {
	m := model(t, specs["f32"], llama.Config{})
	want := request{prompt: prompt(m, 5), opt: llama.Options{MaxTokens: 20}}
	if err := want.ask(t.Context(), m, never); err != nil {
		t.Fatal(err)
	}
	again := recomputer{m: m, guess: foretell(want.result.Tokens)}
	have := want
	err := have.ask(t.Context(), &again, func(n int) error {
		if n == 7 {
			return errGone
		}
		return nil
	})
	if !errors.Is(err, errGone) || have.result.Finish != llama.FinishCancelled || len(have.result.Tokens) != 7 {
		t.Errorf("%+v, %v", have.result, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := have.ask(ctx, &again, never); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
	if _, _, err := m.Recompute(t.Context(), nil, llama.Options{}, again.guess, nil); !errors.Is(err, llama.ErrEmptyPrompt) {
		t.Errorf("empty prompt: %v", err)
	}
}
