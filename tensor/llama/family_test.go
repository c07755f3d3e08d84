package llama_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

// families are models of every architecture and of every part that only some have.
func families() map[string]llamatest.Spec {
	return map[string]llamatest.Spec{
		"biases": {Seed: 31, Biases: true},
		"linear": {Seed: 32, Keys: map[string]any{".rope.scaling.type": "linear", ".rope.scaling.factor": float32(4)}},
		"window": {Seed: 33, Keys: map[string]any{".attention.sliding_window": uint32(9)}},
		"yarn": {Seed: 34, Arch: "mistral3", Keys: map[string]any{
			".rope.scaling.type": "yarn", ".rope.scaling.factor": float32(4), ".rope.scaling.original_context_length": uint32(16),
			".rope.scaling.yarn_log_multiplier": float32(1), ".attention.temperature_scale": float32(0.2),
		}},
		"smollm3": {Seed: 35, Arch: "smollm3", Layers: 4},
		"qwen2":   {Seed: 36, Arch: "qwen2", Pre: "qwen2", Type: gguf.BF16},
		"qwen3":   {Seed: 37, Arch: "qwen3", Pre: "qwen2", HeadSize: 32},
		"Q4_0":    {Seed: 38, Type: gguf.Q4_0},
		"Q4_K":    {Seed: 39, Arch: "qwen3", Type: gguf.Q4_K, Width: 256, Heads: 4, HeadSize: 64, Inner: 256, Untied: true},
		"Q6_K":    {Seed: 40, Type: gguf.Q6_K, Width: 256, Heads: 4, HeadSize: 64, Inner: 256, Untied: true},
	}
}

// goldenFamilies are hashes of profile 1, as frozen as golden.
var goldenFamilies = map[string]string{
	"biases":  "cf80090940c7ebc6",
	"linear":  "ccd87b33b673c25c",
	"window":  "e77fb40b084f7e8e",
	"yarn":    "0deb01c9595b0121",
	"smollm3": "723e81d9443ed76f",
	"qwen2":   "6d25c3ca7a93ccb7",
	"qwen3":   "28929368ee2ee345",
	"Q4_0":    "987df68bbd8b84e8",
	"Q4_K":    "8e7750cff5a4bbb4",
	"Q6_K":    "4cbb8887e2d72b2f",
}

func TestFamiliesKeepTheirBits(t *testing.T) {
	ways := []llama.Config{{Threads: 3, Chunk: 7}, {Threads: 2, Chunk: 1}, {Chunk: 33}}
	if testing.Short() {
		ways = ways[:1]
	}
	for name, spec := range families() {
		m := model(t, spec, llama.Config{})
		want := hashLogits(t, m, 40)
		if want != goldenFamilies[name] {
			t.Errorf("%s: logits hash to %s, profile 1 is %s", name, want, goldenFamilies[name])
		}
		for _, cfg := range ways {
			if got := hashLogits(t, model(t, spec, cfg), 40); got != want {
				t.Errorf("%s with %+v: %s, want %s", name, cfg, got, want)
			}
		}
	}
}

// TestWindowForgetsWhatLiesBefore compares one layer with a window of w with the same layer over the last w tokens alone:
// positions are relative, so the logits are equal but for rounding.
func TestWindowForgetsWhatLiesBefore(t *testing.T) {
	const window = 9
	spec := llamatest.Spec{Seed: 8, Layers: 1, Keys: map[string]any{".attention.sliding_window": uint32(window)}}
	windowed := model(t, spec, llama.Config{})
	spec.Keys = nil
	free := model(t, spec, llama.Config{})
	p := prompt(free, 60)
	for _, n := range []int{5, window, window + 1, 33, 60} {
		got, whole := last(t, windowed, p[:n]), last(t, free, p[:n])
		want := last(t, free, p[max(0, n-window):n])
		if n <= window && !slices.Equal(got, whole) {
			t.Errorf("%d tokens within the window have other bits", n)
		}
		if d := furthest(got, want); d > 1e-4 {
			t.Errorf("%d tokens: %v from the logits of the last %d", n, d, window)
		}
		if d := furthest(got, whole); n > window && d < 1e-2 {
			t.Errorf("%d tokens: the window changes logits by %v only", n, d)
		}
	}
}

func last(t *testing.T, m *llama.Model, tokens []int32) []float32 {
	t.Helper()
	s, err := m.NewState(len(tokens))
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Prefill(t.Context(), tokens)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(out)
}

func furthest(a, b []float32) float64 {
	d := 0.0
	for i := range a {
		d = max(d, math.Abs(float64(a[i]-b[i])))
	}
	return d
}

func TestInspectIsLoadWithoutWeights(t *testing.T) {
	raw, err := llamatest.Build(llamatest.Spec{Type: gguf.Q8_0, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	m, err := llama.Load(f, llama.Config{})
	if err != nil {
		t.Fatal(err)
	}
	info, err := llama.Inspect(f)
	if err != nil {
		t.Fatal(err)
	}
	info.Tokenizer = m.Tokenizer
	if info != m.Info {
		t.Errorf("%+v, want %+v", info, m.Info)
	}
	if _, err := llama.Inspect(edit(t, map[string]any{"general.architecture": "gemma3"}, "", nil)); err == nil {
		t.Error("an unknown architecture passes")
	}
}

// TestFamiliesInABatch computes requests of every family together, and with an adapter.
func TestFamiliesInABatch(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	models := map[string]*llama.Model{}
	for name, spec := range families() {
		if testing.Short() && name[0] == 'Q' {
			continue // what the formats do in a batch is tested with the kernels
		}
		models[name] = model(t, spec, llama.Config{Threads: 2})
	}
	qwen2 := families()["qwen2"]
	models["adapted"] = adapt(t, models["qwen2"], parsed(t, qwen2, llamatest.AdapterSpec{Rank: 3, Alpha: 6, Seed: 4}))
	for name, m := range models {
		batch, err := m.NewBatch(llama.BatchConfig{})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 4 {
			want := randomRequest(r, m)
			want.opt.MaxTokens = min(want.opt.MaxTokens, 10)
			if err := want.ask(t.Context(), m, never); err != nil {
				t.Fatal(err)
			}
			wg.Go(func() {
				have := want
				if err := have.ask(t.Context(), batch, never); err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				same(t, have, want)
			})
		}
		wg.Wait()
	}
}
