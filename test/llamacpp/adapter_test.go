package llamacpp_test

import (
	"os"
	"path/filepath"
	"testing"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
	"ayni.example/test/llamacpp"
)

func TestAdaptersGiveTheSameLogits(t *testing.T) {
	peer := llamacpp.Open(t)
	for name, c := range map[string]struct {
		base    llamatest.Spec
		adapter llamatest.AdapterSpec
		want    tolerance
	}{
		"all matrices":     {llamatest.Spec{Seed: 1}, llamatest.AdapterSpec{Rank: 4, Alpha: 8, Seed: 3}, exact()},
		"output, no alpha": {llamatest.Spec{Seed: 2, Untied: true}, llamatest.AdapterSpec{Rank: 2, Output: true, Seed: 4}, exact()},
		"queries, biased":  {llamatest.Spec{Arch: "qwen2", Pre: "qwen2", Seed: 3}, llamatest.AdapterSpec{Rank: 8, Alpha: 4, Targets: []string{"attn_q"}, Seed: 5}, exact()},
		"half, quantised": {
			llamatest.Spec{Type: gguf.Q8_0, Seed: 4}, llamatest.AdapterSpec{Rank: 4, Alpha: 8, Type: gguf.F16, Seed: 6}, tolerance{rms: 0.1, most: 0.3},
		},
	} {
		t.Run(name, func(t *testing.T) {
			base, err := llamatest.Build(c.base)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := llamatest.BuildAdapter(c.base, c.adapter)
			if err != nil {
				t.Fatal(err)
			}
			file, adapter := filepath.Join(t.TempDir(), "model.gguf"), filepath.Join(t.TempDir(), "adapter.gguf")
			for path, content := range map[string][]byte{file: base, adapter: raw} {
				if err := os.WriteFile(path, content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			m := load(t, base)
			tokens := arbitrary(48, m.Vocab)
			theirs, err := peer.Logits(t.Context(), file, tokens, "-adapter", adapter)
			if err != nil {
				t.Fatal(err)
			}
			f, err := gguf.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			a, err := llama.LoadAdapter(f)
			if err != nil {
				t.Fatal(err)
			}
			view, err := m.WithAdapter(a)
			if err != nil {
				t.Fatal(err)
			}
			judge(t, logits(t, view, tokens), theirs, c.want)
			if worst, _, _ := distance(logits(t, m, tokens), theirs); worst < 2*c.want.rms {
				t.Errorf("the adapter moves logits by %.2g only", worst)
			}
		})
	}
}
