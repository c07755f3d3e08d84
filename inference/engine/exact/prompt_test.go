package exact_test

import (
	"testing"

	"ayni.example/inference/engine"
	"ayni.example/inference/engine/exact"
	"ayni.example/tensor/llama/llamatest"
)

// control finds the name of a control token of the model.
func control(t *testing.T, model *exact.Model) string {
	t.Helper()
	tokenizer := model.Run().Tokenizer
	for id := range int32(tokenizer.Size()) {
		name := tokenizer.Name(id)
		if len(tokenizer.Piece(id)) == 0 && name != "" && len(tokenizer.EncodeSpecial(name)) == 1 && len(tokenizer.Encode(name)) > 1 {
			return name
		}
	}
	t.Fatal("the model has no control token")
	return ""
}

func count(t *testing.T, e *exact.Engine, req engine.Request) int {
	t.Helper()
	req.Model = "tiny"
	tokens, ok, err := e.Count(t.Context(), req)
	if err != nil || !ok {
		t.Fatalf("count: %v, %v", ok, err)
	}
	return tokens
}

func chat(content string) engine.Request {
	return engine.Request{Kind: engine.Chat, Messages: []engine.Message{{Role: "user", Content: content}}}
}

// TestTextCannotEndItsTurn types the name of a control token: it is text, several tokens, while the template's own is one.
func TestTextCannotEndItsTurn(t *testing.T) {
	plain := open(t, "tiny", llamatest.Spec{Context: 512})
	name := control(t, plain)
	template := "{% for m in messages %}" + name + "{{ m.content }}{% endfor %}"
	model := open(t, "tiny", llamatest.Spec{Context: 512, Template: template})
	e := newEngine(t, exact.Config{Models: []*exact.Model{model}})
	tokenizer := model.Run().Tokenizer
	start := len(tokenizer.Prompt("", true))

	if have, want := count(t, e, chat("abc")), start+1+len(tokenizer.Encode("abc")); have != want {
		t.Errorf("a plain chat has %d tokens, want %d", have, want)
	}
	typed := "abc" + name
	if have, want := count(t, e, chat(typed)), start+1+len(tokenizer.Encode(typed)); have != want {
		t.Errorf("with %q typed the chat has %d tokens, want %d", name, have, want)
	}
}

func TestPlainChatIsJoinedByNewlines(t *testing.T) {
	e := newEngine(t, exact.Config{Models: []*exact.Model{open(t, "tiny", llamatest.Spec{Context: 512})}})
	talk := engine.Request{Kind: engine.Chat, Messages: []engine.Message{
		{Role: "system", Content: "one"}, {Role: "user", Content: "two"}, {Role: "assistant", Content: "three"},
	}}
	joined := engine.Request{Kind: engine.Completion, Prompt: "one\ntwo\nthree", Raw: true}
	text := func(req engine.Request) string {
		most, zero, out := 6, 0.0, ""
		req.Model, req.Options.MaxTokens, req.Options.Temperature = "tiny", &most, &zero
		if _, err := e.Generate(t.Context(), req, func(c engine.Chunk) error { out += c.Text; return nil }); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if count(t, e, talk) != count(t, e, joined) || text(talk) != text(joined) {
		t.Errorf("the chat gives %q, the joined text %q", text(talk), text(joined))
	}
}

func TestTemplateIsForPromptsToo(t *testing.T) {
	e := newEngine(t, exact.Config{Models: []*exact.Model{open(t, "tiny", llamatest.Spec{Context: 512, Template: "{{ messages | length }}:{{ messages[-1].content }}"})}})
	raw := count(t, e, engine.Request{Kind: engine.Completion, Prompt: "2:abc", Raw: true})
	if have := count(t, e, engine.Request{Kind: engine.Completion, Prompt: "abc", System: "s"}); have != raw {
		t.Errorf("through the template the prompt has %d tokens, want %d", have, raw)
	}
}

func TestContextCanBeLowered(t *testing.T) {
	e := newEngine(t, exact.Config{Models: []*exact.Model{open(t, "tiny", llamatest.Spec{Context: 512})}})
	req := engine.Request{Kind: engine.Completion, Model: "tiny", Prompt: "abcdef", Raw: true}
	tokens := count(t, e, req)
	req.Options.ContextLength = tokens + 3
	result, err := e.Generate(t.Context(), req, func(engine.Chunk) error { return nil })
	if err != nil || result.Usage.Completion > 3 {
		t.Errorf("result %+v, %v, want at most 3 tokens", result, err)
	}
	req.Options.ContextLength = tokens
	if _, err := e.Generate(t.Context(), req, nil); !engine.IsKind(err, engine.TooLarge) {
		t.Errorf("error is %v, want TooLarge", err)
	}
}

func TestDimensions(t *testing.T) {
	e := newEngine(t, exact.Config{Models: []*exact.Model{open(t, "tiny", llamatest.Spec{})}})
	req := engine.Request{Kind: engine.Embeddings, Model: "tiny", Input: []string{"abc"}, Options: engine.Options{Dimensions: 8}}
	out, err := e.Embed(t.Context(), req)
	if err != nil || len(out.Vectors[0]) != 8 {
		t.Fatalf("%v, %v", out, err)
	}
	var square float32
	for _, value := range out.Vectors[0] {
		square += value * value
	}
	if square < 0.999 || square > 1.001 {
		t.Errorf("the shortened vector has the square %v", square)
	}
	req.Options.Dimensions = 10_000
	if _, err := e.Embed(t.Context(), req); !engine.IsKind(err, engine.Invalid) {
		t.Errorf("error is %v, want Invalid", err)
	}
}
