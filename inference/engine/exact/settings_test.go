package exact_test

import (
	"strings"
	"testing"

	"ayni.example/inference/engine"
	"ayni.example/inference/engine/exact"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

const named = `{% for message in messages %}[{{ message['role'] }}]{{ message['content'] }}{% endfor %}`

func parsed(tb testing.TB, raw []byte, err error) *gguf.File {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
	f, err := gguf.Parse(raw)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

func configured(tb testing.TB, set exact.Settings) *exact.Model {
	tb.Helper()
	spec := llamatest.Spec{Type: gguf.Q8_0, Context: 512, Seed: 3}
	raw, err := llamatest.Build(spec)
	m, err := exact.OpenFile("m", parsed(tb, raw, err), set, llama.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func adapter(tb testing.TB, seed uint64) *gguf.File {
	tb.Helper()
	raw, err := llamatest.BuildAdapter(llamatest.Spec{}, llamatest.AdapterSpec{Rank: 4, Alpha: 8, Seed: seed})
	return parsed(tb, raw, err)
}

// answer is the text and the tokens of a short greedy completion, or of what options say.
func answer(tb testing.TB, m *exact.Model, req engine.Request) (string, []int32) {
	tb.Helper()
	e := newEngine(tb, exact.Config{Models: []*exact.Model{m}})
	req.Model = "m"
	if req.Kind == "" {
		req.Kind, req.Prompt = engine.Completion, "hello wor"
	}
	var text strings.Builder
	result, err := e.Generate(tb.Context(), req, func(c engine.Chunk) error {
		text.WriteString(c.Text)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return text.String(), result.Tokens
}

func TestAdaptersServe(t *testing.T) {
	greedy := engine.Options{Temperature: new(0.0), MaxTokens: new(12)}
	base := configured(t, exact.Settings{})
	adapted := configured(t, exact.Settings{Adapter: adapter(t, 1)})
	plain, _ := answer(t, base, engine.Request{Options: greedy})
	text, tokens := answer(t, adapted, engine.Request{Options: greedy})
	if plain == text {
		t.Errorf("base and adapter both say %q", text)
	}
	a, err := llama.LoadAdapter(adapter(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	view, err := base.Run().WithAdapter(a)
	if err != nil {
		t.Fatal(err)
	}
	want, err := view.Generate(t.Context(), view.Tokenizer.Prompt("hello wor", false), llama.Options{MaxTokens: 12, Logprobs: -1},
		func(llama.Token) error { return nil })
	if err != nil || want.Text != text || len(want.Tokens) != len(tokens) {
		t.Errorf("the engine says %q, the model %q, %v", text, want.Text, err)
	}
	if "sha256:"+adapted.About().Digest != view.FileDigest {
		t.Errorf("digest %s, of the model %s", adapted.About().Digest, view.FileDigest)
	}
	raw, err := llamatest.BuildAdapter(llamatest.Spec{Width: 32, Heads: 2}, llamatest.AdapterSpec{Rank: 4, Seed: 1})
	wrong := exact.Settings{Adapter: parsed(t, raw, err)}
	raw, err = llamatest.Build(llamatest.Spec{})
	if _, err := exact.OpenFile("m", parsed(t, raw, err), wrong, llama.Config{}); err == nil || !strings.Contains(err.Error(), "is this its base?") {
		t.Errorf("an adapter of another model: %v", err)
	}
}

func TestEverySettingHasADigest(t *testing.T) {
	seen := map[string]string{}
	for name, set := range map[string]exact.Settings{
		"none": {}, "adapter": {Adapter: adapter(t, 1)}, "another adapter": {Adapter: adapter(t, 2)}, "template": {Template: named}, "system": {System: named},
		"tokens": {Defaults: engine.Options{MaxTokens: new(3)}}, "temperature": {Defaults: engine.Options{Temperature: new(0.5)}},
		"top-p": {Defaults: engine.Options{TopP: new(0.5)}}, "min-p": {Defaults: engine.Options{MinP: new(0.5)}}, "top-k": {Defaults: engine.Options{TopK: new(3)}},
		"seed": {Defaults: engine.Options{Seed: new(uint64(3))}}, "repeat": {Defaults: engine.Options{RepeatPenalty: new(0.5)}},
		"frequency": {Defaults: engine.Options{FrequencyPenalty: new(0.5)}}, "presence": {Defaults: engine.Options{PresencePenalty: new(0.5)}},
		"stop": {Defaults: engine.Options{Stop: []string{"a"}}}, "context": {Defaults: engine.Options{ContextLength: 30}},
		"all": {Adapter: adapter(t, 1), Template: named, System: "a"},
	} {
		m := configured(t, set)
		base := configured(t, exact.Settings{}).About().Digest
		digest := m.About().Digest
		if other, dup := seen[digest]; dup || len(digest) != 64 {
			t.Errorf("%s and %s have the digest %s", name, other, digest)
		}
		seen[digest] = name
		if name == "none" && digest != base {
			t.Errorf("no settings: %s, want %s", digest, base)
		}
		for _, prefix := range []string{"", "sha256:"} {
			if have, err := set.Digest(prefix + base); err != nil || have != prefix+digest {
				t.Errorf("%s without loading: %s, %v, want %s", name, have, err, digest)
			}
		}
	}
	if _, err := (exact.Settings{System: "a"}).Digest("sha256:12"); err == nil {
		t.Error("a short digest passes")
	}
}

func TestSettingsFillWhatARequestLeavesOpen(t *testing.T) {
	set := exact.Settings{Template: named, System: "be brief", Defaults: engine.Options{
		Temperature: new(0.0), MaxTokens: new(5), Seed: new(uint64(9)), Stop: []string{"never written"},
	}}
	m, bare := configured(t, set), configured(t, exact.Settings{Template: named})
	e := newEngine(t, exact.Config{Models: []*exact.Model{m}})
	plain := newEngine(t, exact.Config{Models: []*exact.Model{bare}})
	count := func(e *exact.Engine, req engine.Request) int {
		req.Model = "m"
		n, _, err := e.Count(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	user, system := engine.Message{Role: "user", Content: "hi"}, engine.Message{Role: "system", Content: "be brief"}
	for name, c := range map[string]struct{ short, long engine.Request }{
		"chat":       {engine.Request{Kind: engine.Chat, Messages: []engine.Message{user}}, engine.Request{Kind: engine.Chat, Messages: []engine.Message{system, user}}},
		"completion": {engine.Request{Kind: engine.Completion, Prompt: "hi"}, engine.Request{Kind: engine.Completion, Prompt: "hi", System: "be brief"}},
	} {
		want := count(plain, c.long)
		if short, long := count(e, c.short), count(e, c.long); short != want || long != want || count(plain, c.short) == want {
			t.Errorf("%s: %d tokens without and %d with the system message, want %d", name, short, long, want)
		}
	}
	raw := engine.Request{Kind: engine.Completion, Prompt: "hi", Raw: true}
	if count(e, raw) != count(plain, raw) {
		t.Error("a raw prompt got a system text")
	}
	own := engine.Options{Temperature: new(0.0), MaxTokens: new(5), Seed: new(uint64(9))}
	text, tokens := answer(t, m, engine.Request{})
	want, _ := answer(t, bare, engine.Request{Kind: engine.Completion, Prompt: "hello wor", System: "be brief", Options: own})
	if text != want || len(tokens) > 5 {
		t.Errorf("defaults: %q with %d tokens, want %q", text, len(tokens), want)
	}
	if _, tokens := answer(t, m, engine.Request{Options: engine.Options{MaxTokens: new(7)}}); len(tokens) != 7 {
		t.Errorf("a request's own bound gave %d tokens", len(tokens))
	}
}

// TestRecomputeHasTheSettings: a replay of an answer goes the same way as the answer.
func TestRecomputeHasTheSettings(t *testing.T) {
	m := configured(t, exact.Settings{
		Adapter: adapter(t, 1), Template: named, System: "be brief", Defaults: engine.Options{Temperature: new(0.7), MaxTokens: new(9), Seed: new(uint64(4))},
	})
	req := engine.Request{Kind: engine.Chat, Messages: []engine.Message{{Role: "user", Content: "hello"}}}
	text, tokens := answer(t, m, req)
	e := newEngine(t, exact.Config{Models: []*exact.Model{m}})
	req.Model = "m"
	var again strings.Builder
	result, _, err := e.Recompute(t.Context(), req, exact.Known{Tokens: tokens, Text: text}, func(c engine.Chunk) error {
		again.WriteString(c.Text)
		return nil
	})
	if err != nil || again.String() != text || result.Seed != 4 || len(result.Tokens) != len(tokens) {
		t.Errorf("%q with seed %d, %v, want %q", again.String(), result.Seed, err, text)
	}
}
