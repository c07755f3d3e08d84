package llama_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

// parsed writes an adapter and reads its directory.
func parsed(tb testing.TB, base llamatest.Spec, spec llamatest.AdapterSpec) *gguf.File {
	tb.Helper()
	raw, err := llamatest.BuildAdapter(base, spec)
	if err != nil {
		tb.Fatal(err)
	}
	f, err := gguf.Parse(raw)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

func adapt(tb testing.TB, m *llama.Model, f *gguf.File) *llama.Model {
	tb.Helper()
	a, err := llama.LoadAdapter(f)
	if err != nil {
		tb.Fatal(err)
	}
	view, err := m.WithAdapter(a)
	if err != nil {
		tb.Fatal(err)
	}
	return view
}

func TestAdapterChangesTheModelAndNothingElse(t *testing.T) {
	for name, base := range specs {
		m := model(t, base, llama.Config{})
		before := hashLogits(t, m, 20)
		fresh := adapt(t, m, parsed(t, base, llamatest.AdapterSpec{Rank: 4, Alpha: 8, Zero: true, Seed: 2}))
		if hashLogits(t, fresh, 20) != before {
			t.Errorf("%s: an adapter of zeros changes bits", name)
		}
		trained := adapt(t, m, parsed(t, base, llamatest.AdapterSpec{Rank: 4, Alpha: 8, Seed: 2}))
		want := hashLogits(t, trained, 20)
		if want == before || hashLogits(t, m, 20) != before {
			t.Errorf("%s: the adapter changed nothing, or its base", name)
		}
		for _, cfg := range []llama.Config{{Threads: 3, Chunk: 7}, {Threads: 2, Chunk: 1}} {
			other := adapt(t, model(t, base, cfg), parsed(t, base, llamatest.AdapterSpec{Rank: 4, Alpha: 8, Seed: 2}))
			if hashLogits(t, other, 20) != want {
				t.Errorf("%s: other bits with %+v", name, cfg)
			}
		}
		if trained.FileDigest == m.FileDigest || trained.FileDigest == fresh.FileDigest || len(trained.FileDigest) != 71 {
			t.Errorf("%s: digest %s of base %s", name, trained.FileDigest, m.FileDigest)
		}
	}
}

// TestAdapterIsTheSumOfItsParts adds scale*B*A to the weights of a float32 model, in float64: the logits are those of the
// adapter but for rounding.
func TestAdapterIsTheSumOfItsParts(t *testing.T) {
	base := llamatest.Spec{Seed: 1, Untied: true}
	file := parsed(t, base, llamatest.AdapterSpec{Rank: 3, Alpha: 6, Output: true, Seed: 5})
	floats := func(name string) []float64 {
		info, _ := file.Tensor(name)
		return widen(t, file, info)
	}
	change := func(name string, cols int, values []float64) {
		if _, ok := file.Tensor(name + ".lora_a"); !ok {
			return
		}
		a, b := floats(name+".lora_a"), floats(name+".lora_b")
		for i := range values {
			row, col := i/cols, i%cols
			for k := range 3 {
				values[i] += float64(2 * b[row*3+k] * a[k*cols+col])
			}
		}
	}
	raw, err := llamatest.Build(base)
	if err != nil {
		t.Fatal(err)
	}
	merged, err := llama.Load(rewrite(t, raw, change), llama.Config{})
	if err != nil {
		t.Fatal(err)
	}
	adapted := adapt(t, model(t, base, llama.Config{}), file)
	p := prompt(merged, 30)
	want, err := merged.Score(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	got, err := adapted.Score(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); d > 2e-4 {
			t.Errorf("token %d: %v, merged %v", i+1, got[i], want[i])
		}
	}
}

func TestAdapterNamesWhatItRefuses(t *testing.T) {
	base := llamatest.Spec{Seed: 1, Untied: true}
	m := model(t, base, llama.Config{})
	f32 := func(name string, dims ...uint64) func(*gguf.Writer) {
		n := uint64(1)
		for _, d := range dims {
			n *= d
		}
		return func(w *gguf.Writer) { w.AddF32(name, dims, make([]float32, n)) }
	}
	both := func(fs ...func(*gguf.Writer)) func(*gguf.Writer) {
		return func(w *gguf.Writer) {
			for _, f := range fs {
				f(w)
			}
		}
	}
	q := "blk.0.attn_q.weight"
	for _, c := range []struct {
		keys map[string]any
		add  func(*gguf.Writer)
		want string
	}{
		{map[string]any{"general.type": "model"}, f32(q+".lora_a", 64, 2), `want "adapter"`},
		{map[string]any{"adapter.type": "ia3"}, f32(q+".lora_a", 64, 2), `want "lora"`},
		{map[string]any{"adapter.lora.alpha": float32(math.NaN())}, f32(q+".lora_a", 64, 2), "alpha is NaN"},
		{map[string]any{"general.architecture": "qwen2"}, both(f32(q+".lora_a", 64, 2), f32(q+".lora_b", 2, 64)), "for the architecture"},
		{nil, nil, "no tensors"},
		{nil, f32(q+".lora_a", 64, 2), "only one of"},
		{nil, f32("blk.0.attn_norm.weight", 64), "does not support"},
		{nil, f32(q+".lora_a", 64), "has shape [64]"},
		{nil, both(f32(q+".lora_a", 64, 2), f32(q+".lora_b", 3, 64)), "ranks 2 and 3"},
		{nil, both(f32(q+".lora_a", 63, 2), f32(q+".lora_b", 2, 64)), "in the adapter and 64 x 64 in the model"},
		{nil, both(f32("blk.7.attn_q.weight.lora_a", 64, 2), f32("blk.7.attn_q.weight.lora_b", 2, 64)), "adapt nothing"},
		{nil, both(f32(q+".lora_a", 64, 5000), f32(q+".lora_b", 5000, 64)), "rank 5000"},
	} {
		_, err := m.WithAdapter(broken(t, c.keys, c.add, &c.want))
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	view := adapt(t, m, parsed(t, base, llamatest.AdapterSpec{Rank: 2, Seed: 1}))
	a, err := llama.LoadAdapter(parsed(t, base, llamatest.AdapterSpec{Rank: 2, Seed: 1}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := view.WithAdapter(a); err == nil || !strings.Contains(err.Error(), "adapter already") {
		t.Errorf("a second adapter: %v", err)
	}
}

// broken loads an adapter that may be refused already: then it checks the error and clears want.
func broken(t *testing.T, keys map[string]any, add func(*gguf.Writer), want *string) *llama.Adapter {
	t.Helper()
	w := gguf.NewWriter()
	for key, value := range map[string]any{"general.type": "adapter", "general.architecture": "llama", "adapter.type": "lora", "adapter.lora.alpha": float32(1)} {
		if changed, ok := keys[key]; ok {
			value = changed
		}
		w.Set(key, value)
	}
	if add != nil {
		add(w)
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Parse(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	a, err := llama.LoadAdapter(f)
	if err == nil {
		return a
	}
	if !strings.Contains(err.Error(), *want) {
		t.Errorf("%v, want %q", err, *want)
	}
	*want = ""
	return &llama.Adapter{}
}

func widen(tb testing.TB, f *gguf.File, info gguf.Tensor) []float64 {
	tb.Helper()
	raw, err := f.Data(info)
	if err != nil {
		tb.Fatal(err)
	}
	out := make([]float64, info.Elements())
	for i := range out {
		out[i] = float64(math.Float32frombits(uint32(raw[4*i]) | uint32(raw[4*i+1])<<8 | uint32(raw[4*i+2])<<16 | uint32(raw[4*i+3])<<24))
	}
	return out
}

// rewrite is a float32 model whose tensors were changed.
func rewrite(tb testing.TB, raw []byte, change func(name string, cols int, values []float64)) *gguf.File {
	tb.Helper()
	f, err := gguf.Parse(raw)
	if err != nil {
		tb.Fatal(err)
	}
	w := gguf.NewWriter()
	for k, v := range f.Metadata {
		w.Set(k, v)
	}
	for _, info := range f.Tensors {
		values := widen(tb, f, info)
		change(info.Name, int(info.Dims[0]), values)
		narrow := make([]float32, len(values))
		for i, v := range values {
			narrow[i] = float32(v)
		}
		w.AddF32(info.Name, info.Dims, narrow)
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
