package grad_test

import (
	"encoding/binary"
	"math"
	"testing"

	"ayni.example/tensor"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/grad"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

// The forward pass and the engine are one definition: equal log-probabilities, to the bit.
func TestScoreHasTheEnginesBits(t *testing.T) {
	odd := llamatest.Default()
	odd.Width, odd.HeadSize, odd.Heads, odd.KVHeads, odd.Inner = 40, 24, 3, 1, 72
	untied := llamatest.Default()
	untied.Untied = true
	for name, spec := range map[string]llamatest.Spec{"llama": llamatest.Default(), "odd sizes": odd, "untied": untied} {
		t.Run(name, func(t *testing.T) {
			raw, err := llamatest.Build(spec)
			if err != nil {
				t.Fatal(err)
			}
			f, err := gguf.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			engine, err := llama.Load(f, llama.Config{Threads: 2})
			if err != nil {
				t.Fatal(err)
			}
			m, err := grad.New(grad.Shape{
				Vocab: engine.Vocab, Context: spec.Context, Width: spec.Width, Layers: spec.Layers, Heads: spec.Heads,
				KVHeads: spec.KVHeads, HeadSize: spec.HeadSize, Inner: spec.Inner, Base: 10000, Eps: 1e-5, Untied: spec.Untied,
			}, 1)
			if err != nil {
				t.Fatal(err)
			}
			load(t, m, f)
			tokens := sequences(engine.Vocab, 1, 100)[0]
			want, err := engine.Score(t.Context(), tokens)
			if err != nil {
				t.Fatal(err)
			}
			got, err := m.Score(tensor.NewPool(2), tokens)
			if err != nil {
				t.Fatal(err)
			}
			for i := range want {
				if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
					t.Fatalf("token %d: log-probability %v, the engine says %v", i+1, got[i], want[i])
				}
			}
		})
	}
}

// load takes every parameter from the tensor of the same name, and refuses tensors that have none.
func load(tb testing.TB, m *grad.Model, f *gguf.File) {
	tb.Helper()
	if len(f.Tensors) != len(m.Params()) {
		tb.Fatalf("%d tensors, %d parameters", len(f.Tensors), len(m.Params()))
	}
	for _, p := range m.Params() {
		entry, ok := f.Tensor(p.Name)
		if !ok || entry.Elements() != uint64(len(p.Data)) || entry.Dims[0] != uint64(p.Cols) {
			tb.Fatalf("parameter %s is %d x %d, tensor %v", p.Name, p.Rows, p.Cols, entry)
		}
		raw, err := f.Data(entry)
		if err != nil {
			tb.Fatal(err)
		}
		for i := range p.Data {
			p.Data[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
	}
}
