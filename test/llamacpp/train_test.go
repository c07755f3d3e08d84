package llamacpp_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
	"ayni.example/tensor/starter"
	"ayni.example/test/llamacpp"
	"ayni.example/train"
	"ayni.example/train/recipe"
)

// TestTheStarterRunsInLlamaCpp loads the model that every machine has: same ids of a text, near logits.
func TestTheStarterRunsInLlamaCpp(t *testing.T) {
	peer := llamacpp.Open(t)
	file := filepath.Join(t.TempDir(), "starter.gguf")
	if err := os.WriteFile(file, starter.GGUF(), 0o600); err != nil {
		t.Fatal(err)
	}
	m := load(t, starter.GGUF())
	tokens := m.Tokenizer.Prompt(sample, false)
	theirs, err := peer.Tokenize(t.Context(), file, []string{sample})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(theirs[0]) != fmt.Sprint(tokens) {
		t.Errorf("ids of the sample: %v, llama.cpp %v", tokens, theirs[0])
	}
	tokens = tokens[:min(len(tokens), 120, m.ContextLength)]
	rows, err := peer.Logits(t.Context(), file, tokens)
	if err != nil {
		t.Fatal(err)
	}
	judge(t, logits(t, m, tokens), rows, tolerance{rms: 0.1, most: 0.3})
}

const pretraining = `
name: test/tiny
mode: pretrain
seed: 3
model: {layers: 2, width: 32, heads: 4, kv_heads: 2, inner: 64, context: 64}
tokenizer: {vocabulary: 400}
data: {folder: text, held_out: 0}
schedule: {rate: 5e-3, warm_up: 3}
batch: {windows: 4, length: 32}
budget: {steps: 20}
export: {types: [F32, F16, Q8_0]}
`

// TestTrainedModelsRunInLlamaCpp trains a model, goes on with models of other families, and adapts each: llama.cpp gives
// what the exact engine gives for every file that comes out.
func TestTrainedModelsRunInLlamaCpp(t *testing.T) {
	peer := llamacpp.Open(t)
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "text"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		if err := os.WriteFile(filepath.Join(dir, "text", fmt.Sprintf("%d.txt", i)), []byte(strings.Repeat(sample, 3+i)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	bases := map[string]string{"pretrained": trained(t, dir, "pretrained", pretraining)["model"]}
	for _, arch := range []string{"qwen2", "qwen3"} {
		raw, err := llamatest.Build(llamatest.Spec{Arch: arch, Pre: "qwen2", Context: 64, Seed: 9})
		if err != nil {
			t.Fatal(err)
		}
		bases[arch] = filepath.Join(dir, arch+".gguf")
		if err := os.WriteFile(bases[arch], raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, base := range bases {
		t.Run(name, func(t *testing.T) {
			given := strings.NewReplacer("mode: pretrain", "mode: full", "tokenizer: {vocabulary: 400}", "",
				"model: {layers: 2, width: 32, heads: 4, kv_heads: 2, inner: 64, context: 64}", "model: {from: "+base+"}").Replace(pretraining)
			files := trained(t, dir, name+"-full", given)
			full := both(t, peer, files["model"], "", exact())
			adapted := trained(t, dir, name+"-lora", strings.Replace(given, "mode: full", "mode: lora\nlora: {rank: 4}", 1))
			view := both(t, peer, base, adapted["adapter"], exact())
			if full == view {
				t.Error("the files say the same")
			}
		})
	}
}

// trained runs a recipe and returns its files by kind, of each the one with most bytes: float32.
func trained(t *testing.T, dir, name, body string) map[string]string {
	t.Helper()
	path := filepath.Join(dir, name+".yaml")
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := recipe.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	result, err := train.Run(t.Context(), train.Config{Recipe: r, Dir: filepath.Join(dir, name), Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	files, most := make(map[string]string), make(map[string]int64)
	for _, f := range result.Files {
		if f.Bytes > most[f.Kind] {
			most[f.Kind], files[f.Kind] = f.Bytes, f.Path
			if !filepath.IsAbs(f.Path) {
				files[f.Kind] = filepath.Join(result.Dir, f.Path)
			}
		}
	}
	return files
}

// both runs a file, with an adapter if there is one, in both engines.
func both(t *testing.T, peer *llamacpp.Peer, file, adapter string, want tolerance) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m := load(t, raw)
	var flags []string
	if adapter != "" {
		flags = []string{"-adapter", adapter}
		if raw, err = os.ReadFile(adapter); err != nil {
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
		if m, err = m.WithAdapter(a); err != nil {
			t.Fatal(err)
		}
	}
	tokens := m.Tokenizer.Prompt(sample, false)[:60]
	theirs, err := peer.Logits(t.Context(), file, tokens, flags...)
	if err != nil {
		t.Fatal(err)
	}
	ours := logits(t, m, tokens)
	judge(t, ours, theirs, want)
	return fmt.Sprint(ours[len(ours)-1])
}
