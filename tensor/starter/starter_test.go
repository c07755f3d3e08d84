package starter_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/starter"
)

// maxLogitError bounds how far the engine may be from the reference: it rounds activations to 8 bits
// before it multiplies with Q8_0 weights, the reference does not.
const maxLogitError = 0.2

// reference is what test/reference/model.py computed in float64 from the same Q8_0 weights, exported as safetensors.
type reference struct {
	Prompt string    `json:"prompt"`
	Tokens []int32   `json:"tokens"` // the first of the prompt
	Logits []float32 `json:"logits"` // the first of the vocabulary, after Tokens
	Greedy []int32   `json:"greedy"` // the likeliest continuation of Tokens
	Text   string    `json:"text"`   // of Tokens and Greedy
}

func TestDigest(t *testing.T) {
	if have := fmt.Sprintf("sha256:%x", sha256.Sum256(starter.GGUF())); have != starter.Digest {
		t.Errorf("weights have digest %s, want %s", have, starter.Digest)
	}
}

// TestReference compares the engine with a program in another language that shares no code with it.
func TestReference(t *testing.T) {
	b, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var want reference
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Parse(starter.GGUF())
	if err != nil {
		t.Fatal(err)
	}
	m, err := llama.Load(f, llama.Config{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}

	have := m.Tokenizer.Encode(want.Prompt)[:len(want.Tokens)]
	if !slices.Equal(have, want.Tokens) {
		t.Fatalf("tokens of the prompt are %v, want %v", have, want.Tokens)
	}
	state, err := m.NewState(len(want.Tokens) + len(want.Greedy))
	if err != nil {
		t.Fatal(err)
	}
	logits, err := state.Prefill(t.Context(), want.Tokens)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range want.Logits {
		if d := math.Abs(float64(logits[i] - w)); d > maxLogitError {
			t.Errorf("logit %d is %v, want %v", i, logits[i], w)
		}
	}
	for i, w := range want.Greedy {
		best := int32(0)
		for id, v := range logits {
			if v > logits[best] {
				best = int32(id)
			}
		}
		if best != w {
			t.Fatalf("token %d of the greedy continuation is %d, want %d", i, best, w)
		}
		if logits, err = state.Decode(t.Context(), best); err != nil {
			t.Fatal(err)
		}
	}
	if text := m.Tokenizer.Decode(append(want.Tokens, want.Greedy...)); text != want.Text {
		t.Errorf("text is %q, want %q", text, want.Text)
	}
}
