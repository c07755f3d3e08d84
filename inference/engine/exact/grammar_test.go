package exact_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"ayni.example/inference/engine"
	"ayni.example/inference/engine/exact"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/starter"
)

func starterEngine(t *testing.T) *exact.Engine {
	t.Helper()
	raw := starter.GGUF()
	model, err := exact.Open(starter.Name, bytes.NewReader(raw), int64(len(raw)), llama.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return newEngine(t, exact.Config{Models: []*exact.Model{model}})
}

// TestAnswerHasTheFormAskedFor binds the starter, which writes Go, to a schema.
func TestAnswerHasTheFormAskedFor(t *testing.T) {
	e := starterEngine(t)
	most := 120
	req := engine.Request{Kind: engine.Completion, Model: starter.Name, Prompt: "package main\n", Raw: true}
	req.Options.MaxTokens = &most
	req.Format = []byte(`{"type":"object","properties":{"ok":{"type":"boolean"},"kind":{"enum":["func","type"]}},` +
		`"required":["ok","kind"],"additionalProperties":false}`)
	complete := 0
	for seed := range uint64(4) {
		req.Options.Seed = &seed
		text := ""
		result, err := e.Generate(t.Context(), req, func(c engine.Chunk) error { text += c.Text; return nil })
		if err != nil {
			t.Fatal(err)
		}
		if result.Finish == "length" {
			continue
		}
		complete++
		var answer struct {
			OK   *bool
			Kind string
		}
		if err := json.Unmarshal([]byte(text), &answer); err != nil || answer.OK == nil || (answer.Kind != "func" && answer.Kind != "type") {
			t.Errorf("%q: %v", text, err)
		}
		again := ""
		if _, err := e.Generate(t.Context(), req, func(c engine.Chunk) error { again += c.Text; return nil }); err != nil || again != text {
			t.Errorf("again: %q, %v, first %q", again, err, text)
		}
	}
	if complete == 0 {
		t.Error("no answer was complete")
	}
	req.Format = []byte(`"json"`)
	text := ""
	if _, err := e.Generate(t.Context(), req, func(c engine.Chunk) error { text += c.Text; return nil }); err != nil || len(text) == 0 {
		t.Errorf("any JSON: %q, %v", text, err)
	}
}

func TestFormsAreBoundedAndNamed(t *testing.T) {
	e := starterEngine(t)
	most := 1
	req := engine.Request{Kind: engine.Completion, Model: starter.Name, Prompt: "a", Raw: true, Options: engine.Options{MaxTokens: &most}}
	ignore := func(engine.Chunk) error { return nil }
	for i := range 100 { // more than are kept
		req.Format = fmt.Appendf(nil, `{"enum":[%d]}`, i%40)
		if _, err := e.Generate(t.Context(), req, ignore); err != nil {
			t.Fatal(err)
		}
	}
	for _, format := range []string{`"yaml"`, `{"type":"object",`, `{"type":"number","multipleOf":3}`, `[]`} {
		req.Format = []byte(format)
		_, err := e.Generate(t.Context(), req, ignore)
		if typed, ok := errors.AsType[*engine.Error](err); !ok || typed.Kind != engine.Invalid || typed.Param != "response_format" {
			t.Errorf("%s: %v, want Invalid for response_format", format, err)
		}
	}
}
