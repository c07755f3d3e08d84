package starter_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/starter"
)

var update = flag.Bool("update", false, "rewrite testdata/golden.json; only together with new weights")

// golden is a greedy completion with its log-probabilities to the last bit, which must be the same
// on every machine.
type golden struct {
	Prompt   string   `json:"prompt"`
	Tokens   []int32  `json:"tokens"`
	Logprobs []string `json:"logprobs"` // bits of float32, hexadecimal
	Text     string   `json:"text"`
}

func TestGolden(t *testing.T) {
	const prompt = "package main\n\nimport (\n\t\"fmt\"\n)\n\nfunc read(path string) ([]byte, error) {\n\tf, err := os.Open(path)\n"
	path := filepath.Join("testdata", "golden.json")
	have := complete(t, prompt, 1)
	if *update {
		b, err := json.MarshalIndent(have, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var want golden
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	for _, threads := range []int{1, 3} {
		if have := complete(t, prompt, threads); !reflect.DeepEqual(have, want) {
			t.Errorf("with %d threads the completion is\n%+v, want\n%+v", threads, have, want)
		}
	}
}

// complete chooses the likeliest token eight times.
func complete(t *testing.T, prompt string, threads int) golden {
	t.Helper()
	f, err := gguf.Parse(starter.GGUF())
	if err != nil {
		t.Fatal(err)
	}
	m, err := llama.Load(f, llama.Config{Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	g := golden{Prompt: prompt}
	result, err := m.Generate(t.Context(), m.Tokenizer.Prompt(prompt, false), llama.Options{MaxTokens: 8}, func(tok llama.Token) error {
		if tok.ID != llama.NoToken {
			g.Logprobs = append(g.Logprobs, fmt.Sprintf("%08x", math.Float32bits(tok.Logprob)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	g.Tokens, g.Text = result.Tokens, result.Text
	if len(g.Tokens) != 8 {
		t.Fatalf("completion has %d tokens, want 8: choose a prompt that it does not end at", len(g.Tokens))
	}
	return g
}
