package exact_test

import (
	"bytes"
	"errors"
	"sync"
	"testing"

	"ayni.example/inference/engine"
	"ayni.example/inference/engine/enginetest"
	"ayni.example/inference/engine/exact"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

const chatML = `{% for message in messages %}<|im_start|>{{ message['role'] }}
{{ message['content'] }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`

func open(tb testing.TB, name string, spec llamatest.Spec) *exact.Model {
	tb.Helper()
	raw, err := llamatest.Build(spec)
	if err != nil {
		tb.Fatal(err)
	}
	model, err := exact.Open(name, bytes.NewReader(raw), int64(len(raw)), llama.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	return model
}

func newEngine(tb testing.TB, cfg exact.Config) *exact.Engine {
	tb.Helper()
	e, err := exact.New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

func TestConformance(t *testing.T) {
	specs := map[string]llamatest.Spec{
		"plain":    {Type: gguf.Q8_0},
		"template": {Type: gguf.F32, Template: chatML, Context: 512},
		"spm":      {Type: gguf.F16, SPM: true},
	}
	for name, spec := range specs {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, exact.Config{Models: []*exact.Model{open(t, "tiny", spec)}})
			enginetest.Run(t, enginetest.Config{Engine: e, Model: "tiny", Seeded: true, IDs: true, Counts: true, Bounds: true})
		})
	}
}

func TestUnsupportedIsRefused(t *testing.T) {
	e := newEngine(t, exact.Config{Models: []*exact.Model{open(t, "tiny", llamatest.Spec{})}})
	ask := engine.Request{Kind: engine.Chat, Model: "tiny", Messages: []engine.Message{{Role: "user", Content: "hello"}}}
	tests := map[string]func(*engine.Request){
		"tools":  func(r *engine.Request) { r.Tools = []byte(`[{}]`) },
		"images": func(r *engine.Request) { r.Messages = []engine.Message{{Role: "user", Images: [][]byte{{1}}}} },
		"suffix": func(r *engine.Request) { r.Kind, r.Prompt, r.Suffix = engine.Completion, "a", "b" },
		"think":  func(r *engine.Request) { r.Think = []byte(`true`) },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			req := ask
			change(&req)
			_, err := e.Generate(t.Context(), req, func(engine.Chunk) error { return nil })
			typed, ok := errors.AsType[*engine.Error](err)
			if !ok || typed.Kind != engine.Unsupported || typed.Param != name || typed.Hint == "" {
				t.Errorf("error is %#v, want Unsupported for %s with a hint", err, name)
			}
		})
	}
}

func TestSeedComesFromRandAndRepeats(t *testing.T) {
	source := bytes.NewReader([]byte("eight by the rest is not read"))
	e := newEngine(t, exact.Config{Models: []*exact.Model{open(t, "tiny", llamatest.Spec{})}, Rand: source})
	most, hot := 8, 1.0
	req := engine.Request{Kind: engine.Completion, Model: "tiny", Prompt: "abc", Options: engine.Options{MaxTokens: &most, Temperature: &hot}}
	ignore := func(engine.Chunk) error { return nil }
	first, err := e.Generate(t.Context(), req, ignore)
	if err != nil || first.Seed == 0 || first.Seed >= 1<<53 {
		t.Fatalf("result %+v, %v: want a seed below 2^53", first, err)
	}
	req.Options.Seed = &first.Seed
	again, err := e.Generate(t.Context(), req, ignore)
	if err != nil || len(again.Tokens) == 0 || !equal(again.Tokens, first.Tokens) {
		t.Errorf("the named seed gives %v, %v; want %v", again.Tokens, err, first.Tokens)
	}
}

func equal(a, b []int32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestFullQueueIsBusy(t *testing.T) {
	e := newEngine(t, exact.Config{Models: []*exact.Model{open(t, "tiny", llamatest.Spec{})}, Parallel: 1, Queue: 1})
	most := 40 // more than the engine computes ahead of a caller that does not listen
	req := engine.Request{Kind: engine.Completion, Model: "tiny", Prompt: "abc", Options: engine.Options{MaxTokens: &most}}
	running, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var group sync.WaitGroup
	group.Go(func() {
		_, err := e.Generate(t.Context(), req, func(engine.Chunk) error {
			once.Do(func() { close(running); <-release })
			return nil
		})
		if err != nil {
			t.Errorf("the first: %v", err)
		}
	})
	<-running
	// Of five more, one may wait; the others are told at once, whichever they are.
	errs := make(chan error, 5)
	for range cap(errs) {
		group.Go(func() {
			_, err := e.Generate(t.Context(), req, func(engine.Chunk) error { return nil })
			errs <- err
		})
	}
	for range cap(errs) - 1 {
		if err := <-errs; !engine.IsKind(err, engine.Busy) {
			t.Errorf("error is %v, want Busy", err)
		}
	}
	close(release)
	if err := <-errs; err != nil {
		t.Errorf("the one that waited: %v", err)
	}
	group.Wait()
}
