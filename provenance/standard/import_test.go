package standard_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"ayni.example/provenance/standard"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/safetensors"
)

func TestCard(t *testing.T) {
	for name, c := range map[string]struct {
		card string
		want standard.Claims
	}{
		"fine-tune": {"---\nlicense: apache-2.0\nbase_model: Qwen/Qwen2.5-0.5B\ndatasets:\n- a/b\n- c/d\nmodel-index:\n- name: x\n  results: []\n---\n# Hi\n", standard.Claims{
			Licence: "Apache-2.0", Parents: []standard.Claim{
				{Name: "Qwen/Qwen2.5-0.5B", Relation: "finetune", URI: "https://huggingface.co/Qwen/Qwen2.5-0.5B"},
				{Name: "a/b", Relation: "train-data", URI: "https://huggingface.co/datasets/a/b"},
				{Name: "c/d", Relation: "train-data", URI: "https://huggingface.co/datasets/c/d"},
			},
		}},
		"quantised":       {"---\nbase_model: [x/y]\nbase_model_relation: quantized\n---\n", standard.Claims{Parents: []standard.Claim{{Name: "x/y", Relation: "quantize", URI: "https://huggingface.co/x/y"}}}},
		"merge of two":    {"---\r\nbase_model:\r\n- x\r\n- y\r\n---\r\n", standard.Claims{Parents: []standard.Claim{{Name: "x", Relation: "merge"}, {Name: "y", Relation: "merge"}}}},
		"adapter":         {"---\nlibrary_name: peft\nbase_model: x\n---\n", standard.Claims{Parents: []standard.Claim{{Name: "x", Relation: "adapter"}}}},
		"own licence":     {"---\nlicense: other\nlicense_name: house rules\npretty_name: Letters\n---\n", standard.Claims{Name: "Letters", Licence: "house rules"}},
		"no front matter": {"# Hi\n---\nbase_model: x\n---\n", standard.Claims{}},
		"other value":     {"---\nbase_model:\n  name: x\n---\n", standard.Claims{}},
		"terminal":        {"---\nbase_model: \"x\\e[2Jy\"\n---\n", standard.Claims{Parents: []standard.Claim{{Name: "x[2Jy", Relation: "finetune"}}}},
	} {
		got, err := standard.ReadCard([]byte(c.card))
		must(t, err)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for name, card := range map[string]string{
		"no end": "---\nbase_model: x\n", "no yaml": "---\n{[\n---\n", "long": "---\n" + strings.Repeat("a: b\n", 20000) + "---\n", "lines": "---\n" + strings.Repeat("\n", 2000) + "---\n",
	} {
		if _, err := standard.ReadCard([]byte(card)); standard.Reason(err) != "malformed" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ggufWith(tb testing.TB, add func(*gguf.Writer)) []byte {
	tb.Helper()
	w := gguf.NewWriter()
	add(w)
	var b bytes.Buffer
	_, err := w.WriteTo(&b)
	must(tb, err)
	return b.Bytes()
}

func safetensorsWith(tb testing.TB, metadata map[string]string) []byte {
	tb.Helper()
	var b bytes.Buffer
	_, err := safetensors.NewWriter(metadata).WriteTo(&b)
	must(tb, err)
	return b.Bytes()
}

func TestWeights(t *testing.T) {
	raw := ggufWith(t, func(w *gguf.Writer) {
		w.Set("general.architecture", "llama")
		w.Set("general.name", "Tuned")
		w.Set("general.license", "mit")
		w.Set("general.base_model.count", uint32(2))
		w.Set("general.base_model.0.name", "Base")
		w.Set("general.base_model.0.repo_url", "https://huggingface.co/owner/Base-1B")
		w.Set("general.base_model.1.name", "Other")
		w.Set("general.base_model.1.organization", "House")
		w.Set("general.dataset.count", uint32(4000000000))
		w.Set("general.dataset.0.name", "letters")
		w.Set("general.datasets", []string{"a/b"})
		w.Set("general.unheard_of", "left alone")
	})
	got, err := standard.ReadGGUF(bytes.NewReader(raw), int64(len(raw)))
	must(t, err)
	want := standard.Claims{Name: "Tuned", Kind: "model", Licence: "MIT", Parents: []standard.Claim{
		{Name: "owner/Base-1B", Relation: "merge", URI: "https://huggingface.co/owner/Base-1B"},
		{Name: "House/Other", Relation: "merge"},
		{Name: "letters", Relation: "train-data"},
		{Name: "a/b", Relation: "train-data", URI: "https://huggingface.co/datasets/a/b"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	raw = safetensorsWith(t, map[string]string{
		"format": "pt", "modelspec.title": "Pen", "modelspec.architecture": "stable-diffusion-v1/lora", "ss_sd_model_name": "base.safetensors",
		"ss_new_sd_model_hash": digest("sd").String(), "modelspec.merged_from": "one, two", "modelspec.license": "CreativeML",
	})
	got, err = standard.ReadSafetensors(bytes.NewReader(raw), int64(len(raw)))
	must(t, err)
	want = standard.Claims{Name: "Pen", Kind: "adapter", Licence: "CreativeML", Parents: []standard.Claim{
		{Name: "base.safetensors", Relation: "adapter", Digest: digest("sd")}, {Name: "one", Relation: "merge"}, {Name: "two", Relation: "merge"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := standard.ReadGGUF(bytes.NewReader(raw), int64(len(raw))); standard.Reason(err) != "malformed" {
		t.Error(err)
	}
}

// TestImportFolder puts a folder together from all forms: what the job's statement says with digests completes what the card names.
func TestImportFolder(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, data []byte) { must(t, os.WriteFile(filepath.Join(dir, name), data, 0o600)) }
	for suffix, data := range lineage(t, keyOf(t, 1)) {
		put("tuned.gguf"+suffix, data)
	}
	put("README.md", []byte("---\nlicense: mit\nbase_model: ayni/starter\ndatasets: [more/data]\n---\n"))
	put("tuned.gguf", ggufWith(t, func(w *gguf.Writer) { w.Set("general.architecture", "llama") }))
	put("tokenizer.json", []byte(`{"model":{"vocab":{}}}`))
	put("notes.txt", []byte("nothing"))
	got, err := standard.Import(os.DirFS(dir), ".")
	must(t, err)
	job, bill := "tuned.gguf"+standard.SuffixJob, "tuned.gguf"+standard.SuffixBill
	want := standard.Claims{
		Name: "tuned.gguf", Kind: "model", Licence: "CC-BY-4.0", Files: []standard.File{{Name: "tuned.gguf", Digest: digest("tuned.gguf")}},
		Parents: []standard.Claim{
			{Name: "ayni/starter", Relation: "finetune", Digest: digest("base"), Asset: digest("asset of base"), Source: job},
			{Name: "letters", Relation: "train-data", Digest: digest("letters"), Asset: digest("asset of letters"), Source: job},
			{Name: "more/data", Relation: "train-data", URI: "https://huggingface.co/datasets/more/data", Source: "README.md"},
		},
		Sources: []string{job, bill, "tuned.gguf" + standard.SuffixModel, "README.md", "tuned.gguf"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	one, err := standard.Import(os.DirFS(dir), "README.md")
	must(t, err)
	if len(one.Parents) != 2 || one.Licence != "MIT" {
		t.Errorf("%+v", one)
	}
}

func TestImportOthers(t *testing.T) {
	files := fstest.MapFS{
		"adapter_config.json": {Data: []byte(`{"base_model_name_or_path":"x/y","r":8}`)},
		"slsa.json": {Data: []byte(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"out","digest":{"sha256":"` + digest("out").String() + `"}}],
			"predicateType":"https://slsa.dev/provenance/v1","predicate":{"buildDefinition":{"buildType":"https://example.org/b","externalParameters":[],
			"resolvedDependencies":[{"uri":"git+https://example.org/r","digest":{"gitCommit":"abc"}},{"name":"d","digest":{"sha256":"` + digest("d").String() + `"}}]},"runDetails":{"builder":{"id":"x"}}}}`)},
		"plain.json": {Data: []byte(`{"a":1}`)}, "plain.txt": {Data: []byte("x")},
	}
	got, err := standard.Import(files, "adapter_config.json")
	must(t, err)
	if len(got.Parents) != 1 || got.Parents[0].Relation != "adapter" || got.Kind != "adapter" {
		t.Errorf("%+v", got)
	}
	got, err = standard.Import(files, "slsa.json")
	must(t, err)
	want := []standard.Claim{{Name: "git+https://example.org/r", URI: "git+https://example.org/r", Source: "slsa.json"}, {Name: "d", Digest: digest("d"), Source: "slsa.json"}}
	if diff := cmp.Diff(want, got.Parents); diff != "" || got.Name != "out" {
		t.Error(diff)
	}
	for _, name := range []string{"plain.json", "plain.txt"} {
		if _, err := standard.Import(files, name); !errors.Is(err, standard.ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := standard.Import(fstest.MapFS{"x.txt": {}}, "."); !errors.Is(err, standard.ErrUnknown) {
		t.Error(err)
	}
	if _, err := standard.Import(files, "absent"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
