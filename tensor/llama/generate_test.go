package llama_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

func model(tb testing.TB, spec llamatest.Spec, cfg llama.Config) *llama.Model {
	tb.Helper()
	raw, err := llamatest.Build(spec)
	if err != nil {
		tb.Fatal(err)
	}
	f, err := gguf.Parse(raw)
	if err != nil {
		tb.Fatal(err)
	}
	m, err := llama.Load(f, cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func collect(out *strings.Builder) func(llama.Token) error {
	return func(t llama.Token) error {
		out.WriteString(t.Text)
		return nil
	}
}

var specs = map[string]llamatest.Spec{
	"f32":  {Seed: 1},
	"f16":  {Seed: 2, Type: gguf.F16, Untied: true, RopeFactors: true},
	"q8_0": {Seed: 3, Type: gguf.Q8_0, SPM: true},
	"wide": {Seed: 4, Type: gguf.Q8_0, Heads: 6, KVHeads: 1, HeadSize: 32, Inner: 160, Layers: 3, Untied: true},
}

// Golden hashes of profile 1. A change here is a new profile number, never an update.
var golden = map[string]string{
	"f32":  "0d87e858b7dc08a3",
	"f16":  "1a7f7c9430baabf8",
	"q8_0": "15ee91f6f9a3621f",
	"wide": "2d660aa63aa2919c",
}

// goldenTokens are the hashes of what TestGenerateRepeats generates, as frozen as golden.
var goldenTokens = []string{"fd92e740d579112c", "dbaac1b443e9d079", "a8902b1514a1a35b"}

func prompt(m *llama.Model, n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32((i*i*31 + 7*i + 3) % m.Vocab)
	}
	return out
}

func hashLogits(tb testing.TB, m *llama.Model, parts ...int) string {
	tb.Helper()
	total := 0
	for _, n := range parts {
		total += n
	}
	tokens := prompt(m, total)
	s, err := m.NewState(total)
	if err != nil {
		tb.Fatal(err)
	}
	h := sha256.New()
	for _, n := range parts {
		logits, err := s.Prefill(tb.Context(), tokens[:n])
		if err != nil {
			tb.Fatal(err)
		}
		tokens = tokens[n:]
		if len(tokens) == 0 {
			for _, v := range logits {
				_ = binary.Write(h, binary.LittleEndian, math.Float32bits(v))
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func TestLogitsAreTheSameBitsHoweverTheyAreComputed(t *testing.T) {
	ones := slices.Repeat([]int{1}, 50)
	for name, spec := range specs {
		want := hashLogits(t, model(t, spec, llama.Config{Threads: 1}), 50)
		t.Logf("%s: %s", name, want)
		if want != golden[name] {
			t.Errorf("%s: logits hash %s, golden %s", name, want, golden[name])
		}
		for _, threads := range []int{1, 2, 3} {
			for _, chunk := range []int{1, 7, 64} {
				m := model(t, spec, llama.Config{Threads: threads, Chunk: chunk})
				for _, parts := range [][]int{{50}, {13, 37}, ones} {
					if got := hashLogits(t, m, parts...); got != want {
						t.Errorf("%s: %d threads, chunk %d, %d parts: %s, want %s", name, threads, chunk, len(parts), got, want)
					}
				}
			}
		}
	}
}

func TestGenerateRepeats(t *testing.T) {
	for n, opt := range []llama.Options{
		{MaxTokens: 30, Logprobs: -1},
		{MaxTokens: 30, Temperature: 0.8, Seed: 7, Logprobs: 2},
		{MaxTokens: 30, Temperature: 1.2, TopK: 40, TopP: 0.9, MinP: 0.01, Seed: 8, RepeatPenalty: 1.1, FrequencyPenalty: 0.2, PresencePenalty: 0.1},
	} {
		var want llama.Result
		for i, threads := range []int{1, 2, 3} {
			m := model(t, specs["wide"], llama.Config{Threads: threads, Chunk: []int{64, 7, 1}[i]})
			var text strings.Builder
			got, err := m.Generate(t.Context(), prompt(m, 20), opt, collect(&text))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(m.Tokenizer.Decode(got.Tokens), got.Text) {
				t.Errorf("text %q is not a start of the detokenised %v", got.Text, got.Tokens)
			}
			if got.Text != text.String() || got.CompletionTokens != len(got.Tokens) || got.PromptTokens != 20 {
				t.Errorf("result %+v does not match the text %q", got, text.String())
			}
			if i == 0 {
				want = got
			}
			h := sha256.New()
			_ = binary.Write(h, binary.LittleEndian, got.Tokens)
			if sum := hex.EncodeToString(h.Sum(nil)[:8]); sum != goldenTokens[n] {
				t.Errorf("options %d: tokens hash %s, golden %s", n, sum, goldenTokens[n])
			}
			if !slices.Equal(got.Tokens, want.Tokens) || got.Text != want.Text || got.Finish != want.Finish {
				t.Errorf("%d threads: %v, want %v", threads, got, want)
			}
		}
	}
}

func TestScoreGivesTheBitsOfGeneration(t *testing.T) {
	m := model(t, specs["q8_0"], llama.Config{Threads: 2})
	p := prompt(m, 10)
	var logprobs []float32
	got, err := m.Generate(t.Context(), p, llama.Options{MaxTokens: 20, Temperature: 1, Seed: 3, Logprobs: 0}, func(tok llama.Token) error {
		if tok.ID != llama.NoToken {
			logprobs = append(logprobs, tok.Logprob)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	scores, err := m.Score(t.Context(), append(p, got.Tokens...))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(scores[len(p)-1:], logprobs) {
		t.Errorf("scores %v, logprobs %v", scores[len(p)-1:], logprobs)
	}
}

func TestCancelledWithinOneToken(t *testing.T) {
	m := model(t, specs["f32"], llama.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	got, err := m.Generate(ctx, prompt(m, 5), llama.Options{}, func(llama.Token) error {
		if n++; n == 3 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || got.Finish != llama.FinishCancelled || len(got.Tokens) != 3 {
		t.Errorf("after cancel: %+v, %v", got, err)
	}
	stop := errors.New("client went away")
	got, err = m.Generate(t.Context(), prompt(m, 5), llama.Options{}, func(llama.Token) error { return stop })
	if !errors.Is(err, stop) || len(got.Tokens) != 1 {
		t.Errorf("after emit error: %+v, %v", got, err)
	}
}

func TestStopStringsAreNeverShown(t *testing.T) {
	m := model(t, specs["f32"], llama.Config{})
	opt := llama.Options{MaxTokens: 60, Temperature: 1, Seed: 5, Logprobs: -1}
	var free strings.Builder
	if _, err := m.Generate(t.Context(), prompt(m, 5), opt, collect(&free)); err != nil {
		t.Fatal(err)
	}
	runes := []rune(free.String())
	for from := 3; from+4 < len(runes); from += 5 {
		stop := string(runes[from : from+4])
		opt.Stop = []string{"never written", stop}
		var text strings.Builder
		got, err := m.Generate(t.Context(), prompt(m, 5), opt, collect(&text))
		if err != nil {
			t.Fatal(err)
		}
		want, _, _ := strings.Cut(free.String(), stop)
		if text.String() != want || got.Text != want || got.Finish != llama.FinishStop {
			t.Errorf("stop %q: %q (%s), want %q", stop, text.String(), got.Finish, want)
		}
	}
}

func TestLimitsAreTypedErrors(t *testing.T) {
	m := model(t, specs["f32"], llama.Config{MaxContext: 32})
	ctx := t.Context()
	none := func(llama.Token) error { return nil }
	var tooLong *llama.ContextError
	if _, err := m.Generate(ctx, prompt(m, 32), llama.Options{}, none); !errors.As(err, &tooLong) || tooLong.Limit != 32 {
		t.Errorf("full context: %v", err)
	}
	if _, err := m.Generate(ctx, nil, llama.Options{}, none); !errors.Is(err, llama.ErrEmptyPrompt) {
		t.Errorf("empty prompt: %v", err)
	}
	var bad *llama.TokenError
	if _, err := m.Generate(ctx, []int32{1, 99999}, llama.Options{}, none); !errors.As(err, &bad) || bad.ID != 99999 {
		t.Errorf("bad token: %v", err)
	}
	for _, opt := range []llama.Options{
		{MaxTokens: -1},
		{Logprobs: 1000},
		{Temperature: -1},
		{TopP: 2},
		{Temperature: float32(math.NaN())},
		{Stop: []string{""}},
		{Stop: make([]string, 99)},
	} {
		if _, err := m.Generate(ctx, prompt(m, 3), opt, none); err == nil {
			t.Errorf("options %+v were accepted", opt)
		}
	}
	got, err := m.Generate(ctx, prompt(m, 10), llama.Options{MaxTokens: 1000, Logprobs: -1}, none)
	if err != nil || got.CompletionTokens != 22 || got.Finish != llama.FinishLength {
		t.Errorf("context end: %+v, %v", got, err)
	}
}

func ExampleModel_Generate() {
	raw, _ := llamatest.Build(llamatest.Spec{Type: gguf.Q8_0})
	f, _ := gguf.Parse(raw)
	m, _ := llama.Load(f, llama.Config{Threads: 2})
	r, err := m.Generate(context.Background(), m.Tokenizer.Prompt("hello wor", false),
		llama.Options{MaxTokens: 3, Temperature: 0.7, Seed: 42, Logprobs: -1}, func(llama.Token) error { return nil })
	fmt.Println(r.PromptTokens, r.CompletionTokens, r.Finish, err)
	// Output: 2 3 length <nil>
}
