package llamacpp_test

import (
	"bytes"
	"testing"

	"ayni.example/tensor"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
	"ayni.example/test/llamacpp"
)

// TestFormatsGiveTheSameLogits runs every storage type. Both engines have the same weights and round activations, in
// different ways: to int8 for the quantised types; llama.cpp also to the type of F16 and BF16 weights, which this engine
// multiplies unrounded. Random weights amplify that. How much is right is told by a third model: the same weights as
// float32, where nothing is rounded. This engine must be about as near to it as llama.cpp is.
func TestFormatsGiveTheSameLogits(t *testing.T) {
	peer := llamacpp.Open(t)
	for kind, want := range map[gguf.Type]tolerance{
		gguf.F16:  {rms: 0.01, most: 0.03},
		gguf.BF16: {rms: 0.05, most: 0.2},
		gguf.Q8_0: {rms: 0.1, most: 0.3},
		gguf.Q4_0: {rms: 0.1, most: 0.3},
		gguf.Q4_K: {rms: 0.04, most: 0.1},
		gguf.Q6_K: {rms: 0.05, most: 0.15},
	} {
		for _, arch := range []string{"llama", "qwen3"} {
			t.Run(kind.String()+" "+arch, func(t *testing.T) {
				spec := llamatest.Spec{
					Arch: arch, Type: kind, Width: 256, Heads: 4, KVHeads: 2, HeadSize: 64, Inner: 512, Untied: arch == "qwen3", Seed: 20,
				}
				m, tokens, theirs := peerLogits(t, peer, spec)
				ours, truth := logits(t, m, tokens), logits(t, widened(t, spec), tokens)
				judge(t, ours, theirs, want)
				mine, _, _ := distance(truth, ours)
				other, _, _ := distance(truth, theirs)
				t.Logf("from float32: this engine %.2g, llama.cpp %.2g", mine, other)
				if mine > 1.3*other {
					t.Errorf("%.2g from the logits of the same weights as float32, llama.cpp is %.2g", mine, other)
				}
			})
		}
	}
}

// widened is a model with its matrices as float32.
func widened(t *testing.T, spec llamatest.Spec) *llama.Model {
	t.Helper()
	raw, err := llamatest.Build(spec)
	if err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	w := gguf.NewWriter()
	for key, value := range f.Metadata {
		w.Set(key, value)
	}
	for _, info := range f.Tensors {
		data, err := f.Data(info)
		if err != nil {
			t.Fatal(err)
		}
		if len(info.Dims) == 1 {
			w.Add(info.Name, info.Type, info.Dims, data)
			continue
		}
		format, _ := tensor.ParseFormat(info.Type.String())
		cols, rows := int(info.Dims[0]), int(info.Dims[1])
		m, err := tensor.NewMatrix(format, rows, cols, data)
		if err != nil {
			t.Fatal(err)
		}
		values := make([]float32, rows*cols)
		for i := range rows {
			m.Row(values[i*cols:(i+1)*cols], i)
		}
		w.AddF32(info.Name, info.Dims, values)
	}
	var out bytes.Buffer
	if _, err := w.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return load(t, out.Bytes())
}
