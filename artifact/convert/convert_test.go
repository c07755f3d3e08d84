package convert_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"ayni.example/artifact/convert"
	"ayni.example/tensor"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

func build(tb testing.TB, spec llamatest.Spec) *gguf.File {
	tb.Helper()
	raw, err := llamatest.Build(spec)
	if err != nil {
		tb.Fatal(err)
	}
	return parse(tb, raw)
}

func parse(tb testing.TB, raw []byte) *gguf.File {
	tb.Helper()
	file, err := gguf.Parse(raw)
	if err != nil {
		tb.Fatal(err)
	}
	return file
}

func load(tb testing.TB, file *gguf.File) *llama.Model {
	tb.Helper()
	m, err := llama.Load(file, llama.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// export writes the folder.
func export(tb testing.TB, file *gguf.File) string {
	tb.Helper()
	dir := tb.TempDir()
	files, err := convert.Export(file, nil)
	if err != nil {
		tb.Fatal(err)
	}
	for _, f := range files {
		out, err := os.Create(filepath.Join(dir, f.Name))
		if err != nil {
			tb.Fatal(err)
		}
		if err := f.Write(out); err != nil {
			tb.Fatal(err)
		}
		if err := out.Close(); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

func fold(tb testing.TB, dir fs.FS) (*gguf.File, error) {
	tb.Helper()
	m, err := convert.Folder(dir, "test", nil)
	if err != nil {
		return nil, err
	}
	defer m.Close() //nolint:errcheck // only read
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		return nil, err
	}
	return parse(tb, out.Bytes()), nil
}

func scores(tb testing.TB, m *llama.Model) []float32 {
	tb.Helper()
	out, err := m.Score(tb.Context(), []int32{70, 71, 72, 40, 41, 90, 91, 5, 6, 7, 200, 100})
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func specs() map[string]llamatest.Spec {
	return map[string]llamatest.Spec{
		"f32":       {},
		"f16":       {Type: gguf.F16, Untied: true},
		"one group": {KVHeads: 4, HeadSize: 8},
		"gqa":       {Heads: 8, KVHeads: 2, HeadSize: 8, Layers: 3},
		"spm":       {SPM: true, Template: "{{ messages[0].content }}"},
		"qwen2":     {Arch: "qwen2", Biases: true, Pre: "qwen2"},
		"qwen3":     {Arch: "qwen3", Pre: "qwen2", Untied: true},
		"smollm":    {Pre: "smollm"},
		"llama-bpe": {Pre: "llama-bpe"},
		"mistral":   {Keys: map[string]any{".attention.sliding_window": uint32(6)}},
		"linear":    {Keys: map[string]any{".rope.scaling.type": "linear", ".rope.scaling.factor": float32(4)}},
		"yarn": {Arch: "qwen2", Biases: true, Pre: "qwen2", Keys: map[string]any{
			".rope.scaling.type": "yarn", ".rope.scaling.factor": float32(4), ".rope.scaling.original_context_length": uint32(32),
		}},
	}
}

// TestThereAndBack exports every kind of model and reads it again: equal bits of every logit, equal tokens of every text.
func TestThereAndBack(t *testing.T) {
	for name, spec := range specs() {
		t.Run(name, func(t *testing.T) {
			file := build(t, spec)
			back, err := fold(t, os.DirFS(export(t, file)))
			if err != nil {
				t.Fatal(err)
			}
			a, b := load(t, file), load(t, back)
			if have, want := scores(t, b), scores(t, a); !slices.Equal(have, want) {
				t.Errorf("logits differ: %v, want %v", have[:4], want[:4])
			}
			if b.ChatTemplate != a.ChatTemplate || b.ContextLength != a.ContextLength || b.Tokenizer.BOS != a.Tokenizer.BOS ||
				b.Tokenizer.EOS != a.Tokenizer.EOS || b.Tokenizer.AddSpace != a.Tokenizer.AddSpace {
				t.Errorf("info %+v, want %+v", b.Info, a.Info)
			}
			for _, text := range []string{"hello world", "  hello   worldly 1234 don't é€😀\n\n\tx", "", " ", "<|endoftext|>a</s>"} {
				if have, want := b.Tokenizer.Encode(text), a.Tokenizer.Encode(text); !slices.Equal(have, want) {
					t.Errorf("%q gives %v, want %v", text, have, want)
				}
				if have, want := b.Tokenizer.Prompt(text, true), a.Tokenizer.Prompt(text, true); !slices.Equal(have, want) {
					t.Errorf("the prompt %q gives %v, want %v", text, have, want)
				}
			}
			again, err := fold(t, os.DirFS(export(t, back)))
			if err != nil || again.Digest != back.Digest {
				t.Errorf("the second time there and back: %x, want %x, %v", again.Digest, back.Digest, err)
			}
		})
	}
}

// TestHeadsArePaired spells the order of rows out: in halves there, in pairs here, for queries and for fewer keys.
func TestHeadsArePaired(t *testing.T) {
	file := build(t, llamatest.Spec{Heads: 4, KVHeads: 2, HeadSize: 16})
	dir := export(t, file)
	back, err := fold(t, os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for name, heads := range map[string]int{"attn_q": 4, "attn_k": 2} {
		entry, _ := back.Tensor("blk.1." + name + ".weight")
		rows, err := back.Data(entry)
		if err != nil {
			t.Fatal(err)
		}
		const row = 64 * 4
		for head := range heads {
			for pair := range 8 {
				// Row 2j of a head here is row j there, row 2j+1 is row 8+j: eight rows further on in the file.
				first := bytes.Index(raw, rows[(16*head+2*pair)*row:][:row])
				second := bytes.Index(raw, rows[(16*head+2*pair+1)*row:][:row])
				if first < 0 || second-first != 8*row {
					t.Errorf("%s: head %d, pair %d: rows at %d and %d", name, head, pair, first, second)
				}
			}
		}
	}
}

func TestShards(t *testing.T) {
	dir := export(t, build(t, llamatest.Spec{}))
	whole, err := fold(t, os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"one.safetensors": {Data: raw}, "consolidated.safetensors": {Data: raw}}
	for _, name := range []string{"config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	if _, err := fold(t, files); err == nil || !strings.Contains(err.Error(), "two files") {
		t.Errorf("the same tensors twice: %v", err)
	}
	files["model.safetensors.index.json"] = &fstest.MapFile{Data: []byte(`{"weight_map":{"model.norm.weight":"one.safetensors"}}`)}
	if file, err := fold(t, files); err != nil || file.Digest != whole.Digest {
		t.Errorf("with an index: %v", err)
	}
	for what, index := range map[string]string{
		"leads out":   `{"weight_map":{"model.norm.weight":"../one.safetensors"}}`,
		"is absent":   `{"weight_map":{"model.norm.weight":"two.safetensors"}}`,
		"lacks a row": `{"weight_map":{"model.norm.weight":"one.safetensors","lm_head.weight":"one.safetensors"}}`,
	} {
		files["model.safetensors.index.json"] = &fstest.MapFile{Data: []byte(index)}
		if _, err := fold(t, files); err == nil {
			t.Errorf("an index that %s was taken", what)
		}
	}
}

// TestRefused changes one thing in a good folder.
func TestRefused(t *testing.T) {
	dir := export(t, build(t, llamatest.Spec{}))
	change := func(name, from, to string) fstest.MapFS {
		files := fstest.MapFS{}
		for _, f := range []string{"config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json", "model.safetensors"} {
			raw, err := os.ReadFile(filepath.Join(dir, f))
			if err != nil {
				t.Fatal(err)
			}
			if f == name {
				if !bytes.Contains(raw, []byte(from)) {
					t.Fatalf("%s does not have %q", name, from)
				}
				raw = bytes.Replace(raw, []byte(from), []byte(to), 1)
			}
			files[f] = &fstest.MapFile{Data: raw}
		}
		return files
	}
	for name, c := range map[string]struct{ file, from, to, want string }{
		"type":        {"config.json", `"model_type": "llama"`, `"model_type": "gemma"`, "not supported"},
		"activation":  {"config.json", `"silu"`, `"gelu"`, "silu"},
		"heads":       {"config.json", `"num_attention_heads": 4`, `"num_attention_heads": 8`, "rows"},
		"layers":      {"config.json", `"num_hidden_layers": 2`, `"num_hidden_layers": 1`, "no place"},
		"no width":    {"config.json", `"hidden_size": 64`, `"hidden_size": 0`, "missing"},
		"quantised":   {"config.json", `{`, `{"quantization_config":{},`, "quantised already"},
		"scaling":     {"config.json", `{`, `{"rope_scaling":{"rope_type":"longrope"},`, "longrope"},
		"windows":     {"config.json", `{`, `{"sliding_window":4,"layer_types":["full_attention","sliding_attention"],`, "layers with and without"},
		"not JSON":    {"config.json", `{`, `[`, "config.json"},
		"words":       {"tokenizer.json", `"pre_tokenizer": {`, `"pre_tokenizer": {"type": "Whitespace"}, "other": {`, "pre_tokenizer"},
		"unigram":     {"tokenizer.json", `"type": "BPE"`, `"type": "Unigram"`, "Unigram"},
		"normalizer":  {"tokenizer.json", `"normalizer": null`, `"normalizer": {"type":"Lowercase"}`, "Lowercase"},
		"id":          {"tokenizer.json", `"id": 256`, `"id": 100000`, "rows"},
		"shared id":   {"tokenizer.json", `"id": 256`, `"id": 255`, "share"},
		"half a file": {"model.safetensors", `"shape":[64]`, `"shape":[63]`, "safetensors"},
		"int":         {"model.safetensors", `"dtype":"F32"`, `"dtype":"I32"`, "only F32"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := fold(t, change(c.file, c.from, c.to)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %q", err, c.want)
			}
		})
	}
	for _, missing := range []string{"config.json", "tokenizer.json", "model.safetensors"} {
		files := change("", "", "")
		delete(files, missing)
		if _, err := fold(t, files); err == nil {
			t.Errorf("a folder without %s was taken", missing)
		}
	}
}

func TestLlama3Factors(t *testing.T) {
	dir := export(t, build(t, llamatest.Spec{HeadSize: 64, Heads: 2, KVHeads: 1, Keys: map[string]any{".rope.freq_base": float32(500000)}}))
	config := filepath.Join(dir, "config.json")
	var c map[string]any
	raw, err := os.ReadFile(config)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	c["rope_theta"] = 500000
	c["rope_scaling"] = map[string]any{
		"rope_type": "llama3", "factor": 32, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 8192,
	}
	if raw, err = json.Marshal(c); err == nil {
		err = os.WriteFile(config, raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	file, err := fold(t, os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	entry, _ := file.Tensor("rope_freqs.weight")
	data, err := file.Data(entry)
	if err != nil {
		t.Fatal(err)
	}
	factors := make([]float32, 32)
	if err := tensor.Decode(tensor.FormatF32, factors, data); err != nil {
		t.Fatal(err)
	}
	// What llama.cpp's converter writes for Llama 3.2: ones for the fast pairs, 32 for the slow ones, a mix between.
	if factors[0] != 1 || factors[14] != 1 || factors[31] != 32 || factors[16] <= 1 || factors[16] >= 32 || !slices.IsSorted(factors) {
		t.Errorf("factors are %v", factors)
	}
	load(t, file)
	again, err := fold(t, os.DirFS(export(t, file)))
	if err != nil || again.Digest != file.Digest {
		t.Errorf("there and back: %v", err)
	}
}

func ExampleTargets() {
	fmt.Println(convert.Targets())
	// Output: [F32 F16 BF16 Q8_0 Q4_0 Q4_K Q6_K]
}
