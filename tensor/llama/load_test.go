package llama_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

// edit rewrites a model with changed metadata and tensors; a nil value deletes a key.
func edit(tb testing.TB, keys map[string]any, drop string, add func(*gguf.Writer)) *gguf.File {
	tb.Helper()
	raw, err := llamatest.Build(llamatest.Spec{Seed: 1, RopeFactors: true})
	if err != nil {
		tb.Fatal(err)
	}
	f, err := gguf.Parse(raw)
	if err != nil {
		tb.Fatal(err)
	}
	w := gguf.NewWriter()
	for k, v := range f.Metadata {
		if _, changed := keys[k]; !changed {
			w.Set(k, v)
		}
	}
	for k, v := range keys {
		if v != nil {
			w.Set(k, v)
		}
	}
	for _, t := range f.Tensors {
		if t.Name == drop {
			continue
		}
		data, err := f.Data(t)
		if err != nil {
			tb.Fatal(err)
		}
		w.Add(t.Name, t.Type, t.Dims, data)
	}
	if add != nil {
		add(w)
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		tb.Fatal(err)
	}
	if f, err = gguf.Parse(b.Bytes()); err != nil {
		tb.Fatal(err)
	}
	return f
}

func TestLoadDescribesTheModel(t *testing.T) {
	m := model(t, llamatest.Spec{Type: gguf.Q8_0, Template: "{{ x }}"}, llama.Config{MaxContext: 64})
	if m.Name != "llamatest" || m.Architecture != "llama" || m.Quantisation != "Q8_0" || m.ContextLength != 64 ||
		m.Vocab != 300 || m.ChatTemplate != "{{ x }}" || len(m.FileDigest) != 71 || m.ParameterCount != 80960 {
		t.Errorf("%+v", m.Info)
	}
}

func TestLoadNamesWhatItRefuses(t *testing.T) {
	scale := func(w *gguf.Writer) { w.AddF32("blk.0.attn_q.scale", []uint64{64}, make([]float32, 64)) }
	bias := func(w *gguf.Writer) { w.AddF32("blk.0.attn_q.bias", []uint64{63}, make([]float32, 63)) }
	norm := func(n uint64) func(*gguf.Writer) {
		return func(w *gguf.Writer) { w.AddF32("output_norm.weight", []uint64{n}, make([]float32, n)) }
	}
	half := func(w *gguf.Writer) { w.Add("output_norm.weight", gguf.F16, []uint64{64}, make([]byte, 128)) }
	factors := func(v float32) func(*gguf.Writer) {
		return func(w *gguf.Writer) {
			w.AddF32("rope_freqs.weight", []uint64{8}, []float32{1, 1, 1, 1, 1, 1, 1, v})
		}
	}
	cases := []struct {
		name string
		keys map[string]any
		drop string
		add  func(*gguf.Writer)
		want string
	}{
		{"architecture", map[string]any{"general.architecture": "gemma3"}, "", nil, "architecture gemma3"},
		{"no architecture", map[string]any{"general.architecture": nil}, "", nil, "is missing"},
		{"no context", map[string]any{"llama.context_length": nil}, "", nil, "is missing"},
		{"zero heads", map[string]any{"llama.attention.head_count": uint32(0)}, "", nil, "want 1 to"},
		{"huge context", map[string]any{"llama.context_length": uint64(1 << 40)}, "", nil, "want 1 to"},
		{"uneven groups", map[string]any{"llama.attention.head_count_kv": uint32(3)}, "", nil, "cannot share"},
		{"value heads", map[string]any{"llama.attention.value_length": uint32(8)}, "", nil, "value heads"},
		{"odd rotation", map[string]any{"llama.rope.dimension_count": uint32(7)}, "", nil, "rope.dimension_count"},
		{"longrope", map[string]any{"llama.rope.scaling.type": "longrope"}, "", nil, "scaling of type longrope"},
		{"yarn", map[string]any{
			"llama.rope.scaling.type": "yarn", "llama.rope.scaling.factor": float32(2), "llama.rope.scaling.yarn_beta_slow": float32(0),
		}, "", nil, "out of range"},
		{"linear without factor", map[string]any{"llama.rope.scaling.type": "linear"}, "", nil, "is missing"},
		{"experts", map[string]any{"llama.expert_count": uint32(8)}, "", nil, "experts"},
		{"windows", map[string]any{"llama.attention.sliding_window_pattern": uint32(2)}, "", nil, "sliding"},
		{"temperature", map[string]any{"llama.attention.temperature_scale": float32(0.1)}, "", nil, "attention temperature"},
		{"eps", map[string]any{"llama.attention.layer_norm_rms_epsilon": float32(math.NaN())}, "", nil, "out of range"},
		{"base", map[string]any{"llama.rope.freq_base": float32(math.Inf(1))}, "", nil, "out of range"},
		{"missing tensor", nil, "blk.1.ffn_up.weight", nil, "is missing"},
		{"wrong shape", nil, "output_norm.weight", norm(63), "has shape [63], want [64]"},
		{"half vector", nil, "output_norm.weight", half, "F16 for the vector"},
		{"scale", nil, "", scale, `the tensor "blk.0.attn_q.scale"`},
		{"bias", nil, "", bias, "has shape [63], want [64]"},
		{"zero factor", nil, "rope_freqs.weight", factors(0), "factor 0"},
		{"nan factor", nil, "rope_freqs.weight", factors(float32(math.NaN())), "factor NaN"},
		{"vocabulary", map[string]any{"tokenizer.ggml.tokens": []string{"a"}, "tokenizer.ggml.token_type": []int32{1}}, "", nil, "tokenizer"},
	}
	for _, c := range cases {
		if _, err := llama.Load(edit(t, c.keys, c.drop, c.add), llama.Config{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	var memory *llama.MemoryError
	if _, err := llama.Load(edit(t, nil, "", nil), llama.Config{MaxBytes: 1000}); !errors.As(err, &memory) || memory.Need < 300000 {
		t.Errorf("memory: %v", err)
	}
	if _, err := llama.Load(edit(t, nil, "", nil), llama.Config{Threads: -1}); err == nil {
		t.Error("accepted -1 threads")
	}
}

func TestLinearScalingStretchesPositions(t *testing.T) {
	plain, err := llama.Load(edit(t, nil, "", nil), llama.Config{})
	if err != nil {
		t.Fatal(err)
	}
	scaled, err := llama.Load(edit(t, map[string]any{"llama.rope.scaling.type": "linear", "llama.rope.scaling.factor": float32(4)}, "", nil), llama.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if hashLogits(t, plain, 20) == hashLogits(t, scaled, 20) {
		t.Error("the scaling factor changed nothing")
	}
}

func TestStateMemoryIsBounded(t *testing.T) {
	m := model(t, llamatest.Spec{Context: 1 << 16}, llama.Config{MaxState: 1 << 20})
	var memory *llama.MemoryError
	if _, err := m.NewState(1 << 16); !errors.As(err, &memory) || memory.Need != m.StateBytes(1<<16) {
		t.Errorf("full context: %v", err)
	}
	if _, err := m.NewState(100); err != nil {
		t.Error(err)
	}
}

func TestDamagedWeightsAreReported(t *testing.T) {
	x := make([]float32, 64)
	x[5] = float32(math.NaN())
	f := edit(t, nil, "output_norm.weight", func(w *gguf.Writer) { w.AddF32("output_norm.weight", []uint64{64}, x) })
	m, err := llama.Load(f, llama.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p := prompt(m, 5)
	_, err = m.Generate(t.Context(), p, llama.Options{}, func(llama.Token) error { return nil })
	_, scored := m.Score(t.Context(), p)
	_, embedded := m.Embed(t.Context(), p)
	for _, err := range []error{err, scored, embedded} {
		if err == nil || !strings.Contains(err.Error(), "not finite") {
			t.Errorf("NaN in a weight: %v", err)
		}
	}
}

func TestEmbedIsNormalisedAndRepeats(t *testing.T) {
	a, err := model(t, specs["wide"], llama.Config{Threads: 1}).Embed(t.Context(), prompt(model(t, specs["wide"], llama.Config{}), 40))
	if err != nil {
		t.Fatal(err)
	}
	m := model(t, specs["wide"], llama.Config{Threads: 3, Chunk: 7})
	b, err := m.Embed(t.Context(), prompt(m, 40))
	if err != nil {
		t.Fatal(err)
	}
	var length float64
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			t.Fatalf("element %d: %v and %v", i, a[i], b[i])
		}
		length += float64(float64(a[i]) * float64(a[i]))
	}
	if math.Abs(length-1) > 1e-5 {
		t.Errorf("length %v", length)
	}
}

func TestGenerationsShareAModel(t *testing.T) {
	m := model(t, specs["q8_0"], llama.Config{Threads: 3})
	opt := llama.Options{MaxTokens: 20, Temperature: 1, Seed: 4, Logprobs: -1}
	want, err := m.Generate(t.Context(), prompt(m, 30), opt, func(llama.Token) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			got, err := m.Generate(t.Context(), prompt(m, 30), opt, func(llama.Token) error { return nil })
			if err != nil || got.Text != want.Text {
				t.Errorf("%q, %v; alone %q", got.Text, err, want.Text)
			}
		})
	}
	wg.Wait()
}
