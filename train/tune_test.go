package train_test

import (
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/train"
)

// tune changes the tiny recipe into one that starts from a model file.
const tune = `
name: test/tuned
mode: MODE
seed: 4
model: {from: BASE}
data: {folder: other, include: ["f0*.txt"], held_out: 3}
schedule: {rate: 1e-2, warm_up: 2}
batch: {windows: 4, length: 32}
budget: {steps: 20}
evaluate: {every: 10, windows: 4}
export: {types: [F32, Q4_0], safetensors: true}
`

// loss is the mean loss of a text under a model file, as the engine computes it.
func loss(t *testing.T, m *llama.Model, text string) float64 {
	t.Helper()
	ids := append([]int32{m.Tokenizer.EOS}, m.Tokenizer.Encode(text)...)
	logs, err := m.Score(t.Context(), ids[:min(len(ids), 60)])
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, l := range logs {
		sum -= float64(l)
	}
	return sum / float64(len(logs))
}

func parse(t *testing.T, name string) *gguf.File {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func load(t *testing.T, name string) *llama.Model {
	t.Helper()
	m, err := llama.Load(parse(t, name), llama.Config{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func file(t *testing.T, r *train.Result, end string) string {
	t.Helper()
	for _, f := range r.Files {
		if strings.HasSuffix(f.Path, end) {
			return f.Path
		}
	}
	t.Fatalf("no file ends with %s: %v", end, r.Files)
	return ""
}

func TestTuning(t *testing.T) {
	dir := t.TempDir()
	made := run(t, t.Context(), train.Config{Recipe: write(t, dir, strings.Replace(tiny, "steps: 24", "steps: 90", 1)), Dir: filepath.Join(dir, "base")})
	basePath := file(t, made, "-F32.gguf")
	source := func(name string) (*train.Source, error) {
		raw, err := os.ReadFile(basePath)
		return &train.Source{ReaderAt: bytes.NewReader(raw), Size: int64(len(raw)), Close: func() error { return nil }}, err
	}
	held, err := os.ReadFile(filepath.Join(dir, "other", "f03.txt"))
	if err != nil {
		t.Fatal(err)
	}
	before := loss(t, load(t, basePath), string(held))
	for _, mode := range []string{"continue", "full", "lora"} {
		if testing.Short() && mode != "lora" {
			continue
		}
		body := strings.NewReplacer("MODE", mode, "BASE", basePath).Replace(tune)
		if mode == "lora" {
			body = strings.Replace(body, "1e-2", "2e-2", 1) + "lora: {rank: 4, alpha: 8, targets: [attn_q, attn_v, attn_output, ffn_up, ffn_down]}\n"
		}
		cfg := train.Config{Recipe: write(t, dir, body), Dir: filepath.Join(dir, mode), Model: source}
		have := run(t, t.Context(), cfg)
		if have.Before == nil || have.HeldOut == nil || have.HeldOut.BitsPerByte >= have.Before.BitsPerByte-0.05 {
			t.Errorf("%s: held out %+v, before %+v", mode, have.HeldOut, have.Before)
		}
		byName := run(t, t.Context(), train.Config{
			Recipe: write(t, dir, strings.Replace(body, basePath, "some/model", 1)), Dir: filepath.Join(dir, mode+"2"), Model: source,
		})
		if byName.Digest != have.Digest {
			t.Errorf("%s: the same weights under a name gave %s, want %s", mode, byName.Digest, have.Digest)
		}
		if mode == "lora" {
			adapter, err := llama.LoadAdapter(parse(t, file(t, have, "-adapter.gguf")))
			if err != nil {
				t.Fatal(err)
			}
			served, err := load(t, basePath).WithAdapter(adapter)
			if err != nil {
				t.Fatal(err)
			}
			if after := loss(t, served, string(held)); after >= before-0.05 {
				t.Errorf("the base with the adapter has the loss %v, without %v", after, before)
			}
			body = strings.Replace(body, "safetensors: true", "merged: true", 1)
			cfg.Recipe = write(t, dir, body)
			merged := load(t, file(t, run(t, t.Context(), cfg), "-F32.gguf")) // exports again
			if a, b := loss(t, merged, string(held)), loss(t, served, string(held)); math.Abs(a-b) > 1e-4 {
				t.Errorf("merged weights have the loss %v, base and adapter %v", a, b)
			}
			continue
		}
		for _, end := range []string{"-F32.gguf", "-Q4_0.gguf"} {
			if after := loss(t, load(t, file(t, have, end)), string(held)); after >= before-0.05 {
				t.Errorf("%s: %s has the loss %v, the base %v", mode, end, after, before)
			}
		}
		file(t, have, "safetensors/model.safetensors")
	}
}

func TestMetadataOfTheBaseIsCarriedOver(t *testing.T) {
	dir := t.TempDir()
	template := "{% for m in messages %}{{ m.content }}{% endfor %}"
	if err := os.WriteFile(filepath.Join(dir, "chat.jinja"), []byte(template), 0o600); err != nil {
		t.Fatal(err)
	}
	made := run(t, t.Context(), train.Config{Recipe: write(t, dir, strings.Replace(tiny, "types: [F32, Q8_0]", "template: chat.jinja", 1)), Dir: filepath.Join(dir, "base"), Steps: 2})
	path := file(t, made, "-F32.gguf")
	scaled := filepath.Join(dir, "scaled.gguf")
	rewrite(t, parse(t, path), scaled)

	body := strings.NewReplacer("MODE", "continue", "BASE", "scaled.gguf", ", safetensors: true", "").Replace(tune)
	have := parse(t, file(t, run(t, t.Context(), train.Config{Recipe: write(t, dir, body), Dir: filepath.Join(dir, "out"), Steps: 1}), "-F32.gguf"))
	if have.Metadata["llama.rope.scaling.type"] != "linear" || have.Metadata["llama.rope.scaling.factor"] != float32(2) || have.Metadata["tokenizer.chat_template"] != template {
		t.Errorf("metadata %v", have.Metadata)
	}
	factors, ok := have.Tensor("rope_freqs.weight")
	if raw, err := have.Data(factors); !ok || err != nil || len(raw) != 16 || raw[3] != 0x40 {
		t.Errorf("factors %v, %v, %v", ok, raw, err)
	}
}

// rewrite writes a model with positions that are scaled and divided by factors.
func rewrite(t *testing.T, f *gguf.File, name string) {
	t.Helper()
	w := gguf.NewWriter()
	for key, value := range f.Metadata {
		w.Set(key, value)
	}
	w.Set("llama.rope.scaling.type", "linear")
	w.Set("llama.rope.scaling.factor", float32(2))
	w.AddF32("rope_freqs.weight", []uint64{4}, []float32{2, 1, 1, 4})
	for _, x := range f.Tensors {
		w.AddFunc(x.Name, x.Type, x.Dims, func(dst io.Writer) error { _, err := io.Copy(dst, f.Reader(x)); return err })
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestBasesThatCannotBeTrained(t *testing.T) {
	dir := t.TempDir()
	made := run(t, t.Context(), train.Config{Recipe: write(t, dir, tiny), Dir: filepath.Join(dir, "base"), Steps: 1})
	good, err := os.ReadFile(file(t, made, "-F32.gguf"))
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "base.gguf")
	for change, want := range map[string]string{
		"llama|gemma":                             `"gemma"`,
		"llama.block_count|llama.block_kount":     "llama.block_count",
		"token_embd.weight|token_embx.weight":     "token_embd.weight",
		"blk.1.attn_k.weight|blk.1.attn_x.weight": "attn_k.weight",
		"GGUF|GGUG": "gguf",
	} {
		from, to, _ := strings.Cut(change, "|")
		if err := os.WriteFile(name, bytes.Replace(good, []byte(from), []byte(to), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		body := strings.NewReplacer("MODE", "full", "BASE", "base.gguf").Replace(tune)
		if _, err := train.Run(t.Context(), train.Config{Recipe: write(t, dir, body), Dir: filepath.Join(dir, "out")}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", change, err)
		}
	}
	body := strings.NewReplacer("MODE", "full", "BASE", "gone.gguf").Replace(tune)
	if _, err := train.Run(t.Context(), train.Config{Recipe: write(t, dir, body), Dir: filepath.Join(dir, "out")}); err == nil || !strings.Contains(err.Error(), "there is no file") {
		t.Errorf("absent base: %v", err)
	}
}
