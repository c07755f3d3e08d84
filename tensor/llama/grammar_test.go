package llama_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/grammar"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

// TestGrammarShapesTheAnswer lets a model with random weights write JSON, alone, in a batch and replayed.
func TestGrammarShapesTheAnswer(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	m := model(t, llamatest.Spec{Seed: seed, Context: 512, Type: gguf.Q8_0}, llama.Config{Threads: 2})
	b, err := m.NewBatch(llama.BatchConfig{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := grammar.FromSchema([]byte(`{"type":"object","properties":{"a":{"type":"integer"},` +
		`"b":{"enum":["x","y"]}},"required":["a","b"],"additionalProperties":false}`))
	if err != nil {
		t.Fatal(err)
	}
	complete := 0
	for i, temperature := range []float32{0, 0.7, 1, 1.3, 1, 1.3} {
		seed := seed + uint64(i)
		q := request{prompt: prompt(m, 20), opt: llama.Options{MaxTokens: 200, Temperature: temperature, Seed: seed, Grammar: g, Logprobs: 1}}
		result := ask(t, m, b, q).result
		if result.Finish == llama.FinishLength {
			continue // white space without end is JSON too
		}
		complete++
		var answer struct {
			A *int
			B string
		}
		if err := json.Unmarshal([]byte(result.Text), &answer); err != nil || answer.A == nil || (answer.B != "x" && answer.B != "y") {
			t.Errorf("temperature %v: %q: %v", temperature, result.Text, err)
		}
		again := recomputer{m: m, guess: foretell(result.Tokens)}
		have := q
		if err := have.ask(t.Context(), &again, never); err != nil || again.work.Passes != 1 || !slices.Equal(have.result.Tokens, result.Tokens) {
			t.Errorf("recomputed %v, %+v, %v, want %v", have.result.Tokens, again.work, err, result.Tokens)
		}
		have.opt.Grammar = nil
		if err := have.ask(t.Context(), &again, never); err != nil || slices.Equal(have.result.Tokens, result.Tokens) {
			t.Errorf("without the grammar: %v, %v", have.result.Tokens, err)
		}
	}
	if complete == 0 {
		t.Error("no answer was complete")
	}
}

// TestGrammarThatAllowsAllChangesNothing compares with the same model without a grammar, among tokens that have text.
func TestGrammarThatAllowsAllChangesNothing(t *testing.T) {
	m := model(t, llamatest.Spec{Seed: 4, Vocab: 265}, llama.Config{}) // bytes, merges and an end token: nothing without text
	g, err := grammar.Parse(`root ::= [\x00-\U0010FFFF]*`)
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for seed := range uint64(40) {
		opt := llama.Options{MaxTokens: 12, Temperature: 1, Seed: seed, Logprobs: 2}
		free := request{prompt: prompt(m, 6), opt: opt}
		if err := free.ask(t.Context(), m, never); err != nil {
			t.Fatal(err)
		}
		// A grammar is over characters: a random answer is comparable as far as its bytes are UTF-8.
		n := valid(m, free.result.Tokens)
		bound := free
		bound.opt.Grammar = g
		if err := bound.ask(t.Context(), m, never); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(bound.result.Tokens[:min(n, len(bound.result.Tokens))], free.result.Tokens[:n]) {
			t.Errorf("seed %d: with the grammar %v, without %v, %d comparable", seed, bound.result.Tokens, free.result.Tokens, n)
		}
		compared += n
	}
	if compared == 0 {
		t.Error("nothing was compared")
	}
}

// valid is how many tokens from the first are ASCII; a largest sum stays the largest when others are taken out.
func valid(m *llama.Model, tokens []int32) int {
	for i, id := range tokens {
		if piece := m.Tokenizer.Piece(id); len(piece) == 0 || piece[0] >= 0x80 {
			return i
		}
	}
	return len(tokens)
}
