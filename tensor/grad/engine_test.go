package grad_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"ayni.example/tensor"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/grad"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

// The forward pass and the engine are one definition: equal log-probabilities, to the bit.
func TestScoreHasTheEnginesBits(t *testing.T) {
	odd, untied, window, scaled := llamatest.Default(), llamatest.Default(), llamatest.Default(), llamatest.Default()
	qwen2, qwen3 := llamatest.Default(), llamatest.Default()
	odd.Width, odd.HeadSize, odd.Heads, odd.KVHeads, odd.Inner = 40, 24, 3, 1, 72
	untied.Untied = true
	window.Keys = map[string]any{".attention.sliding_window": uint32(21)}
	scaled.Keys = map[string]any{".rope.scaling.type": "linear", ".rope.scaling.factor": float32(4)}
	qwen2.Arch, qwen3.Arch = "qwen2", "qwen3"
	for name, spec := range map[string]llamatest.Spec{
		"llama": llamatest.Default(), "odd sizes": odd, "untied": untied, "window": window, "scaled": scaled,
		"qwen2": qwen2, "qwen3": qwen3,
	} {
		t.Run(name, func(t *testing.T) {
			engine, m := both(t, spec)
			tokens := sequences(engine.Vocab, 1, 100)[0]
			compareScores(t, engine, m, tokens)

			if err := m.AddLoRA(grad.LoRA{Rank: 5, Alpha: 7, Seed: 1}); err != nil {
				t.Fatal(err)
			}
			for i, p := range m.Params() {
				if !p.Frozen {
					grad.Normal(p.Data, 9, grad.DomainLoRA, uint32(i), 0.1)
				}
			}
			compareScores(t, withAdapter(t, engine, m, 7), m, tokens)
		})
	}
}

// both are the engine's and the trainer's models of one file.
func both(tb testing.TB, spec llamatest.Spec) (*llama.Model, *grad.Model) {
	tb.Helper()
	raw, err := llamatest.Build(spec)
	if err != nil {
		tb.Fatal(err)
	}
	f := parse(tb, raw)
	engine, err := llama.Load(f, llama.Config{Threads: 2})
	if err != nil {
		tb.Fatal(err)
	}
	window, _ := spec.Keys[".attention.sliding_window"].(uint32)
	m, err := grad.New(grad.Shape{
		Vocab: engine.Vocab, Context: spec.Context, Width: spec.Width, Layers: spec.Layers, Heads: spec.Heads,
		KVHeads: spec.KVHeads, HeadSize: spec.HeadSize, Inner: spec.Inner, Base: 10000, Eps: 1e-5, Untied: spec.Untied,
		Window:    int(window),
		HalfSplit: strings.HasPrefix(spec.Arch, "qwen"), Bias: spec.Arch == "qwen2", HeadNorm: spec.Arch == "qwen3",
	}, 1)
	if err != nil {
		tb.Fatal(err)
	}
	if factor, ok := spec.Keys[".rope.scaling.factor"].(float32); ok {
		if err := m.SetRotary(tensor.NewRotary(spec.HeadSize, 10000, float64(1/factor), nil)); err != nil {
			tb.Fatal(err)
		}
	}
	load(tb, m, f)
	return engine, m
}

func parse(tb testing.TB, raw []byte) *gguf.File {
	tb.Helper()
	f, err := gguf.Parse(raw)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

func compareScores(tb testing.TB, engine *llama.Model, m *grad.Model, tokens []int32) {
	tb.Helper()
	want, err := engine.Score(tb.Context(), tokens)
	if err != nil {
		tb.Fatal(err)
	}
	got, err := m.Score(tensor.NewPool(2), tokens)
	if err != nil {
		tb.Fatal(err)
	}
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			tb.Fatalf("token %d: log-probability %v, the engine says %v", i+1, got[i], want[i])
		}
	}
}

// withAdapter gives the engine the adapters of the other model, as a file.
func withAdapter(tb testing.TB, engine *llama.Model, m *grad.Model, alpha float32) *llama.Model {
	tb.Helper()
	w := gguf.NewWriter()
	w.Set("general.type", "adapter")
	w.Set("general.architecture", engine.Architecture)
	w.Set("adapter.type", "lora")
	w.Set("adapter.lora.alpha", alpha)
	for _, p := range m.Params() {
		if !p.Frozen {
			w.AddF32(p.Name, []uint64{uint64(p.Cols), uint64(p.Rows)}, p.Data)
		}
	}
	var raw bytes.Buffer
	if _, err := w.WriteTo(&raw); err != nil {
		tb.Fatal(err)
	}
	a, err := llama.LoadAdapter(parse(tb, raw.Bytes()))
	if err != nil {
		tb.Fatal(err)
	}
	adapted, err := engine.WithAdapter(a)
	if err != nil {
		tb.Fatal(err)
	}
	return adapted
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
