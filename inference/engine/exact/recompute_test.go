package exact_test

import (
	"strings"
	"testing"

	"ayni.example/inference/engine"
	"ayni.example/inference/engine/exact"
	"ayni.example/tensor/starter"
)

func TestRecomputeTakesOnePass(t *testing.T) {
	e := starterEngine(t)
	most := 90
	req := engine.Request{Kind: engine.Completion, Model: starter.Name, Prompt: "package main\n\nfunc main() {", Raw: true}
	req.Options.MaxTokens = &most
	for seed := range uint64(3) {
		req.Options.Seed = &seed
		var text strings.Builder
		want, err := e.Generate(t.Context(), req, func(c engine.Chunk) error { text.WriteString(c.Text); return nil })
		if err != nil {
			t.Fatal(err)
		}
		forged := append([]int32{want.Tokens[0] + 1}, want.Tokens[1:]...)
		for name, c := range map[string]struct {
			known exact.Known
			least int // passes
			most  int
		}{
			"tokens":        {exact.Known{Tokens: want.Tokens}, 1, 1},
			"text":          {exact.Known{Text: text.String()}, 1, len(want.Tokens) / 3},
			"forged tokens": {exact.Known{Tokens: forged, Text: text.String()}, 2, len(want.Tokens) / 3},
			"another text":  {exact.Known{Text: "x" + text.String()}, len(want.Tokens), len(want.Tokens) + 1},
			"nothing":       {exact.Known{}, len(want.Tokens), len(want.Tokens) + 1},
		} {
			var again strings.Builder
			have, work, err := e.Recompute(t.Context(), req, c.known, func(c engine.Chunk) error { again.WriteString(c.Text); return nil })
			if err != nil || again.String() != text.String() || !equal(have.Tokens, want.Tokens) || have.Finish != want.Finish {
				t.Fatalf("%s: %+v, %v, want %+v", name, have, err, want)
			}
			if work.Passes < c.least || work.Passes > c.most {
				t.Errorf("seed %d, %s: %+v for %d tokens, want %d to %d passes", seed, name, work, len(have.Tokens), c.least, c.most)
			}
		}
	}
}
