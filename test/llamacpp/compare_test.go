package llamacpp_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
	"ayni.example/test/llamacpp"
)

// tolerance is how far logits may be apart, as a part of the spread (the standard deviation) of all logits of a model:
// the root mean square over a position, and the largest of all. What the engines do differently is the order of sums, and for
// the quantised types how activations are rounded.
type tolerance struct{ rms, most float64 }

// exact is the tolerance of float weights, about ten times what was seen.
func exact() tolerance { return tolerance{rms: 2e-5, most: 1e-4} }

// shapes are the models that both engines run. 300 tokens and 48 positions keep one comparison under a second.
func shapes() map[string]llamatest.Spec {
	yarn := func(prefix string) map[string]any {
		return map[string]any{
			prefix + "rope.scaling.type": "yarn", prefix + "rope.scaling.factor": float32(4),
			prefix + "rope.scaling.original_context_length": uint32(32),
		}
	}
	grown := yarn(".")
	grown[".rope.scaling.yarn_beta_fast"], grown[".rope.scaling.yarn_beta_slow"] = float32(16), float32(2)
	grown[".rope.scaling.yarn_log_multiplier"], grown[".attention.temperature_scale"] = float32(1), float32(0.2)
	return map[string]llamatest.Spec{
		"llama":               {Seed: 1},
		"llama untied, MHA":   {Seed: 2, Untied: true, KVHeads: 4},
		"llama rope factors":  {Seed: 3, RopeFactors: true, Keys: map[string]any{".rope.freq_base": float32(500000)}},
		"llama SPM, one head": {Seed: 4, SPM: true, Heads: 4, KVHeads: 1},
		"llama biases":        {Seed: 5, Biases: true},
		"llama wide heads":    {Seed: 6, Heads: 4, HeadSize: 32},
		"llama linear rope": {Seed: 7, Keys: map[string]any{
			".rope.scaling.type": "linear", ".rope.scaling.factor": float32(4),
		}},
		"llama yarn":       {Seed: 8, Keys: yarn(".")},
		"mistral3":         {Seed: 9, Arch: "mistral3", Untied: true},
		"mistral3 stretch": {Seed: 10, Arch: "mistral3", Keys: grown},
		"smollm3":          {Seed: 11, Arch: "smollm3", Layers: 5},
		"qwen2":            {Seed: 12, Arch: "qwen2", Pre: "qwen2"},
		"qwen2 yarn":       {Seed: 13, Arch: "qwen2", Pre: "qwen2", Keys: yarn(".")},
		"qwen3":            {Seed: 14, Arch: "qwen3", Pre: "qwen2", Heads: 4, HeadSize: 32},
		"qwen3 untied":     {Seed: 15, Arch: "qwen3", Pre: "qwen2", Untied: true, Heads: 6, KVHeads: 2},
	}
}

func TestShapesGiveTheSameLogits(t *testing.T) {
	peer := llamacpp.Open(t)
	for name, spec := range shapes() {
		t.Run(name, func(t *testing.T) { compare(t, peer, spec, exact()) })
	}
}

// TestWhatSetsShapesApartIsSeen proves that the comparison above can fail: a model whose file says something else about
// positions is far away.
func TestWhatSetsShapesApartIsSeen(t *testing.T) {
	peer := llamacpp.Open(t)
	all := shapes()
	for name, change := range map[string]func(*llamatest.Spec){
		"llama linear rope":  func(s *llamatest.Spec) { s.Keys = nil },
		"llama yarn":         func(s *llamatest.Spec) { s.Keys[".rope.scaling.type"] = "linear" },
		"llama rope factors": func(s *llamatest.Spec) { s.Keys = nil },
		"mistral3 stretch":   func(s *llamatest.Spec) { delete(s.Keys, ".attention.temperature_scale") },
		"smollm3":            func(s *llamatest.Spec) { s.Arch = "llama" },
		"mistral3":           func(s *llamatest.Spec) { s.Seed++ },
	} {
		t.Run(name, func(t *testing.T) {
			spec := all[name]
			_, tokens, theirs := peerLogits(t, peer, spec)
			change(&spec)
			raw, err := llamatest.Build(spec)
			if err != nil {
				t.Fatal(err)
			}
			ours := logits(t, load(t, raw), tokens)
			if worst, most, _ := distance(ours, theirs); worst < 100*exact().rms || most < 100*exact().most {
				t.Errorf("another model is only %.2g rms and %.2g at most away", worst, most)
			}
		})
	}
}

// compare runs one model in both engines and checks logits, and the likeliest token of every position.
func compare(t *testing.T, peer *llamacpp.Peer, spec llamatest.Spec, want tolerance) {
	t.Helper()
	m, tokens, theirs := peerLogits(t, peer, spec)
	judge(t, logits(t, m, tokens), theirs, want)
}

func peerLogits(t *testing.T, peer *llamacpp.Peer, spec llamatest.Spec) (*llama.Model, []int32, [][]float32) {
	t.Helper()
	raw, err := llamatest.Build(spec)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "model.gguf")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	m := load(t, raw)
	tokens := arbitrary(48, m.Vocab)
	theirs, err := peer.Logits(t.Context(), file, tokens)
	if err != nil {
		t.Fatal(err)
	}
	return m, tokens, theirs
}

// distance is the largest root mean square of a position and the largest difference of all, in parts of the spread.
func distance(ours, theirs [][]float32) (worst, most, spread float64) {
	spread = deviation(ours)
	for i := range ours {
		sum := 0.0
		for j, v := range ours[i] {
			d := math.Abs(float64(v)-float64(theirs[i][j])) / spread
			sum, most = sum+d*d, max(most, d)
		}
		worst = max(worst, math.Sqrt(sum/float64(len(ours[i]))))
	}
	return worst, most, spread
}

func judge(t *testing.T, ours, theirs [][]float32, want tolerance) {
	t.Helper()
	worst, most, spread := distance(ours, theirs)
	ties := 0
	for i := range ours {
		a, b := likeliest(ours[i]), likeliest(theirs[i])
		if a == b {
			continue
		}
		margin := float64(ours[i][a]-ours[i][b]) / spread
		if ties++; margin > 2*want.most {
			t.Errorf("position %d: token %d, llama.cpp %d, %.2g of the spread apart", i, a, b, margin)
		}
		t.Logf("near-tie at position %d: token %d, llama.cpp %d, %.2g of the spread apart", i, a, b, margin)
	}
	t.Logf("rms %.2g, most %.2g of the spread %.3g; %d near-ties", worst, most, spread, ties)
	if worst > want.rms || most > want.most {
		t.Errorf("logits differ by %.2g rms and %.2g at most, want %.2g and %.2g", worst, most, want.rms, want.most)
	}
}

func load(t *testing.T, raw []byte) *llama.Model {
	t.Helper()
	f, err := gguf.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	m, err := llama.Load(f, llama.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// logits are those after each token, decoded one by one.
func logits(t *testing.T, m *llama.Model, tokens []int32) [][]float32 {
	t.Helper()
	s, err := m.NewState(len(tokens))
	if err != nil {
		t.Fatal(err)
	}
	out := make([][]float32, len(tokens))
	for i, id := range tokens {
		row, err := s.Decode(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = slices.Clone(row)
	}
	return out
}

func arbitrary(n, vocab int) []int32 {
	out, x := make([]int32, n), uint32(7)
	for i := range out {
		x = x*1664525 + 1013904223
		out[i] = int32(x>>8) % int32(vocab)
	}
	return out
}

func deviation(rows [][]float32) float64 {
	n, sum, squares := 0.0, 0.0, 0.0
	for _, row := range rows {
		for _, v := range row {
			n, sum, squares = n+1, sum+float64(v), squares+float64(v)*float64(v)
		}
	}
	return math.Sqrt(squares/n - sum/n*sum/n)
}

func likeliest(row []float32) int {
	best := 0
	for i, v := range row {
		if v > row[best] {
			best = i
		}
	}
	return best
}
