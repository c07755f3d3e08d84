package llama_test

import (
	"bytes"
	"maps"
	"math"
	"slices"
	"testing"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

// TestHostileMetadataNeverPanics puts every kind of nonsense into every key of every family, one at a time.
func TestHostileMetadataNeverPanics(t *testing.T) {
	values := []any{
		uint32(0), uint32(1), uint32(2), uint32(3), uint32(64), uint32(1 << 20), uint32(math.MaxUint32), uint64(math.MaxUint64), int32(-1),
		float32(0), float32(1), float32(-1), float32(1e-38), float32(3e38), float32(math.NaN()), float32(math.Inf(1)),
		"", "x", "llama", "gpt2", "default", "tekken", "yarn", "linear", true,
		[]string{},
		[]string{"a", "a"},
		[]int32{},
		[]int32{-1, 99},
		[]float32{},
		[]float32{float32(math.NaN())},
		[]uint64{1},
	}
	extra := []string{
		".attention.sliding_window", ".rope.scaling.type", ".rope.scaling.factor", ".rope.scaling.original_context_length",
		".rope.scaling.yarn_beta_fast", ".rope.scaling.yarn_log_multiplier", ".attention.temperature_scale", ".expert_count",
	}
	ran, archs := 0, []string{"mistral3", "qwen3", "llama", "smollm3", "qwen2"}
	if testing.Short() {
		archs = archs[:1]
	}
	for _, arch := range archs {
		for _, spm := range []bool{false, true} {
			raw, err := llamatest.Build(llamatest.Spec{Arch: arch, SPM: spm, Layers: 1, Width: 32, Heads: 2, KVHeads: 1, HeadSize: 16, Inner: 32, Vocab: 1})
			if err != nil {
				t.Fatal(err)
			}
			f, err := gguf.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			keys := slices.Sorted(maps.Keys(f.Metadata))
			for _, key := range extra {
				keys = append(keys, arch+key)
			}
			for _, key := range keys {
				before, had := f.Metadata[key]
				for _, value := range values {
					f.Metadata[key] = value
					if m, err := llama.Load(f, bounded()); err == nil {
						ran++
						try(t, m, 65)
						_ = m.Tokenizer.Prompt("hello wor\u00e9 <s> 1\n", true)
					}
				}
				if f.Metadata[key] = before; !had {
					delete(f.Metadata, key)
				}
			}
		}
	}
	if ran < 100*len(archs) {
		t.Errorf("only %d files loaded: the values are no test", ran)
	}
}

// TestHostileWeightsNeverPanic fills the tensors of every type with bytes that nobody would write.
func TestHostileWeightsNeverPanic(t *testing.T) {
	kinds := []gguf.Type{gguf.F32, gguf.Q4_K, gguf.F16, gguf.BF16, gguf.Q8_0, gguf.Q4_0, gguf.Q6_K}
	if testing.Short() {
		kinds = kinds[:2]
	}
	for _, kind := range kinds {
		raw, err := llamatest.Build(llamatest.Spec{Arch: "qwen3", Type: kind, Layers: 1, Width: 256, Heads: 4, KVHeads: 2, HeadSize: 64, Inner: 256})
		if err != nil {
			t.Fatal(err)
		}
		f, err := gguf.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		for _, fill := range []byte{0x00, 0x7f, 0x80, 0xff} {
			w := gguf.NewWriter()
			for k, v := range f.Metadata {
				w.Set(k, v)
			}
			for _, info := range f.Tensors {
				w.Add(info.Name, info.Type, info.Dims, bytes.Repeat([]byte{fill}, int(info.Bytes)))
			}
			var b bytes.Buffer
			if _, err := w.WriteTo(&b); err != nil {
				t.Fatal(err)
			}
			damaged, err := gguf.Parse(b.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			m, err := llama.Load(damaged, llama.Config{})
			if err != nil {
				t.Fatal(err)
			}
			// Logits that are not finite are an error; zeros and huge weights may even give text.
			_, _ = m.Generate(t.Context(), []int32{1, 2}, llama.Options{MaxTokens: 3}, func(llama.Token) error { return nil })
		}
	}
}
