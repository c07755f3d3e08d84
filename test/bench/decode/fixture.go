package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

// fixture is one model file of random weights.
type fixture struct {
	name string
	spec llamatest.Spec
	// Tokens of a prefill, and of a decoding that starts after another number.
	prefill, decode, from int
}

func fixtures() []fixture {
	small := llamatest.Spec{Layers: 6, Width: 192, Heads: 6, KVHeads: 6, HeadSize: 32, Inner: 512, Context: 1024, Vocab: 2048, Seed: 9}
	super := llamatest.Spec{Layers: 4, Width: 256, Heads: 8, KVHeads: 8, HeadSize: 32, Inner: 768, Context: 1024, Vocab: 2048, Seed: 9}
	large := llamatest.Spec{
		Layers: 8, Width: 1024, Heads: 16, KVHeads: 4, HeadSize: 64, Inner: 2816, Context: 2048, Vocab: 32768, Seed: 9, Alike: true,
	}
	var out []fixture
	add := func(name string, s llamatest.Spec, prefill, decode int, types ...gguf.Type) {
		for _, t := range types {
			s.Type = t
			out = append(out, fixture{name, s, prefill, decode, 64})
		}
	}
	add("starter", small, 256, 256, gguf.Q8_0, gguf.Q4_0, gguf.F16, gguf.F32)
	add("starter-256", super, 256, 256, gguf.Q4_K, gguf.Q6_K) // their blocks have 256 columns
	add("123M", large, 256, 32, gguf.Q8_0, gguf.Q4_0, gguf.Q4_K, gguf.Q6_K, gguf.F16, gguf.F32)
	return out
}

// write builds the file in a folder and loads it.
func (f *fixture) write(folder string) (path string, m *llama.Model, size int64, err error) {
	raw, err := llamatest.Build(f.spec)
	if err != nil {
		return "", nil, 0, fmt.Errorf("build %s: %w", f.name, err)
	}
	path = filepath.Join(folder, fmt.Sprintf("%s-%s.gguf", f.name, f.spec.Type))
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		return "", nil, 0, fmt.Errorf("write %s: %w", f.name, err)
	}
	file, err := gguf.Read(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return "", nil, 0, err
	}
	m, err = llama.Load(file, llama.Config{Threads: 1, Chunk: 256})
	return path, m, int64(len(raw)), err
}
