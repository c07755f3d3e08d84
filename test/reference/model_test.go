package reference_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ayni.example/artifact/convert"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

// python finds an interpreter with numpy.
func python(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.CommandContext(t.Context(), name, "-c", "import numpy").Run() == nil {
			return name
		}
	}
	t.Skip("python3 with numpy is not installed (apt-get install python3-numpy)")
	return ""
}

// cases are models, with what is written into config.json besides.
func cases() map[string]struct {
	spec   llamatest.Spec
	config map[string]any
} {
	type c = struct {
		spec   llamatest.Spec
		config map[string]any
	}
	scaled := func(kind string, more map[string]any) map[string]any {
		more["rope_type"] = kind
		return map[string]any{"rope_scaling": more}
	}
	return map[string]c{
		"llama":        {llamatest.Spec{Seed: 1}, nil},
		"llama untied": {llamatest.Spec{Seed: 2, Untied: true, KVHeads: 4, Keys: map[string]any{".rope.freq_base": float32(500000)}}, nil},
		"llama linear": {llamatest.Spec{Seed: 3}, scaled("linear", map[string]any{"factor": 4.0})},
		"llama 3 factors": {llamatest.Spec{Seed: 4}, scaled("llama3", map[string]any{
			"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64,
		})},
		"mistral window": {llamatest.Spec{Seed: 5}, map[string]any{"model_type": "mistral", "sliding_window": 9}},
		"qwen2":          {llamatest.Spec{Seed: 6, Arch: "qwen2", Pre: "qwen2"}, nil},
		"qwen2 yarn": {llamatest.Spec{Seed: 7, Arch: "qwen2", Pre: "qwen2"}, scaled("yarn", map[string]any{
			"factor": 4.0, "original_max_position_embeddings": 32,
		})},
		"qwen3":   {llamatest.Spec{Seed: 8, Arch: "qwen3", Pre: "qwen2", HeadSize: 32, Type: gguf.BF16}, nil},
		"smollm3": {llamatest.Spec{Seed: 9, Arch: "smollm3", Layers: 5}, nil},
	}
}

// TestModelsAreWhatTheirFolderSays goes from a folder to a GGUF file to logits, and compares with the reference.
func TestModelsAreWhatTheirFolderSays(t *testing.T) {
	interpreter := python(t)
	for name, c := range cases() {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, c.spec, c.config)
			m := load(t, dir)
			worst := distance(t, m, interpreter, dir)
			t.Logf("largest difference %.2g", worst)
			if worst > 1e-4 {
				t.Errorf("logits differ by up to %.2g, want 1e-4", worst)
			}
		})
	}
}

// TestAnotherFolderIsFar proves that the test above can fail: each folder is compared with a model whose folder says
// something else about positions.
func TestAnotherFolderIsFar(t *testing.T) {
	interpreter := python(t)
	for _, name := range []string{"llama linear", "llama 3 factors", "mistral window", "qwen2 yarn"} {
		c := cases()[name]
		plain := load(t, folder(t, c.spec, nil))
		if worst := distance(t, plain, interpreter, folder(t, c.spec, c.config)); worst < 1e-2 {
			t.Errorf("%s: the model without it is only %.2g away", name, worst)
		}
	}
}

// distance is the largest difference of logits over some tokens.
func distance(t *testing.T, m *llama.Model, interpreter, dir string) float64 {
	t.Helper()
	tokens := make([]int32, 40)
	for i := range tokens {
		tokens[i] = int32((i*i*37 + i*11 + 5) % m.Vocab)
	}
	truth := reference(t, interpreter, dir, tokens)
	s, err := m.NewState(len(tokens))
	if err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for i, id := range tokens {
		row, err := s.Decode(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for j, v := range row {
			worst = max(worst, math.Abs(float64(v)-truth[i][j]))
		}
	}
	return worst
}

// folder writes a model in Hugging Face's format.
func folder(t *testing.T, spec llamatest.Spec, config map[string]any) string {
	t.Helper()
	raw, err := llamatest.Build(spec)
	if err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	files, err := convert.Export(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, file := range files {
		var b bytes.Buffer
		if err := file.Write(&b); err != nil {
			t.Fatal(err)
		}
		content := b.Bytes()
		if file.Name == "config.json" {
			var all map[string]any
			if err := json.Unmarshal(content, &all); err != nil {
				t.Fatal(err)
			}
			maps.Copy(all, config)
			if content, err = json.Marshal(all); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, file.Name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func load(t *testing.T, dir string) *llama.Model {
	t.Helper()
	converted, err := convert.Folder(os.DirFS(dir), "test", nil)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := converted.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Parse(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	m, err := llama.Load(f, llama.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func reference(t *testing.T, interpreter, dir string, tokens []int32) [][]float64 {
	t.Helper()
	words := strings.Trim(strings.ReplaceAll(fmt.Sprint(tokens), " ", ","), "[]")
	cmd := exec.CommandContext(t.Context(), interpreter, "model.py", dir, words)
	cmd.Env = append(os.Environ(), "OPENBLAS_NUM_THREADS=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("model.py: %v", err)
	}
	var rows [][]float64
	if err := json.Unmarshal(out, &rows); err != nil {
		t.Fatal(err)
	}
	return rows
}
