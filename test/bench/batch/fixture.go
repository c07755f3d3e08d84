package main

import (
	"fmt"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
	"ayni.example/tensor/starter"
)

// fixture is one model and how much is asked of it.
type fixture struct {
	name           string
	build          func() ([]byte, error)
	prompt, answer int  // tokens
	long           int  // of a prompt whose beginning is kept
	spells         bool // it was trained: what it writes is text
}

func fixtures() []fixture {
	large := llamatest.Spec{
		Layers: 8, Width: 1024, Heads: 16, KVHeads: 4, HeadSize: 64, Inner: 2816, Context: 2048, Vocab: 32768, Seed: 9, Alike: true,
	}
	random := func(t gguf.Type) fixture {
		spec := large
		spec.Type = t
		return fixture{
			name: "123M " + t.String(), build: func() ([]byte, error) { return llamatest.Build(spec) }, prompt: 24, answer: 100, long: 400,
		}
	}
	return []fixture{
		{name: "starter", build: func() ([]byte, error) { return starter.GGUF(), nil }, prompt: 24, answer: 200, long: 200, spells: true},
		random(gguf.Q8_0),
		random(gguf.Q4_0),
	}
}

func (f *fixture) load() (*llama.Model, error) {
	raw, err := f.build()
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	file, err := gguf.Parse(raw)
	if err != nil {
		return nil, err
	}
	return llama.Load(file, llama.Config{Threads: 1})
}

// tokens is a prompt; equal numbers give equal prompts.
func tokens(m *llama.Model, n, number int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32((i*i*31 + 7*i + 3 + 1009*number) % m.Vocab)
	}
	return out
}
