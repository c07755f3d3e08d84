package llama_test

import (
	"testing"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

// bounded is what a fuzzed model may take.
func bounded() llama.Config {
	return llama.Config{MaxBytes: 1 << 22, MaxState: 1 << 24, MaxContext: 64, Chunk: 4}
}

// FuzzLoad loads hostile files: they are refused, or run without a panic. What Inspect accepts, Load refuses for its
// size or the values of its weights only.
func FuzzLoad(f *testing.F) {
	small := llamatest.Spec{Layers: 1, Width: 32, Heads: 2, KVHeads: 1, HeadSize: 16, Inner: 32, Vocab: 1, Type: gguf.Q8_0, SPM: true}
	for _, arch := range []string{"llama", "qwen2", "qwen3", "mistral3"} {
		spec := small
		spec.Arch = arch
		raw, err := llamatest.Build(spec)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, uint8(5))
	}
	f.Fuzz(func(t *testing.T, raw []byte, id uint8) {
		file, err := gguf.Parse(raw)
		if err != nil {
			return
		}
		_, inspected := llama.Inspect(file)
		m, err := llama.Load(file, bounded())
		if err != nil {
			return
		}
		if inspected != nil {
			t.Fatalf("loads, but: %v", inspected)
		}
		try(t, m, id)
	})
}

// FuzzAdapter joins hostile adapters with a model.
func FuzzAdapter(f *testing.F) {
	spec := llamatest.Spec{Layers: 1, Width: 32, Heads: 2, KVHeads: 1, HeadSize: 16, Inner: 32}
	base := model(f, spec, bounded())
	for _, kind := range []gguf.Type{gguf.F32, gguf.F16} {
		raw, err := llamatest.BuildAdapter(spec, llamatest.AdapterSpec{Rank: 2, Alpha: 4, Type: kind, Seed: 1})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := gguf.Parse(raw)
		if err != nil {
			return
		}
		a, err := llama.LoadAdapter(file)
		if err != nil {
			return
		}
		if m, err := base.WithAdapter(a); err == nil {
			try(t, m, 7)
		}
	})
}

// try runs a few tokens; infinite logits of hostile weights are an error of whoever reads them.
func try(t *testing.T, m *llama.Model, id uint8) {
	t.Helper()
	n := min(9, m.ContextLength)
	s, err := m.NewState(n)
	if err != nil {
		return
	}
	tokens := make([]int32, n)
	for i := range tokens {
		tokens[i] = int32(id) % int32(m.Vocab)
	}
	if _, err := s.Prefill(t.Context(), tokens); err != nil {
		t.Fatal(err)
	}
}
