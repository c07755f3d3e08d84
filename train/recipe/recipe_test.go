package recipe_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ayni.example/train/recipe"
)

const good = `name: me/notes
mode: pretrain
seed: 7
model:
  layers: 2
  width: 32
  heads: 4
  inner: 64
  context: 128
tokenizer:
  vocabulary: 512
data:
  folder: notes
  include: ["**/*.md"]
schedule:
  warm_up: 10
batch:
  windows: 4
  length: 64
budget:
  tokens: 1_000_001
`

func TestDefaults(t *testing.T) {
	r, err := recipe.Parse("r.yaml", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if r.Steps() != 3907 || r.Model.KVHeads != 4 || r.Model.HeadSize != 8 || r.Schedule.Rate != 2e-3 || r.Tokenizer.Splitter != "gpt-2" ||
		r.Optimiser.Clip != 1 || r.Data.HeldOut != 20 || r.Export.Types[0] != "F32" {
		t.Errorf("%d steps of %+v", r.Steps(), r)
	}
	r, err = recipe.Parse("r.yaml", []byte("name: a\nmodel: {from: x.gguf}\nmode: lora\ndata: {folder: .}\nbudget: {steps: 9}\noptimiser: {clip: 0}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if r.LoRA.Rank != 8 || r.LoRA.Alpha != 16 || r.Optimiser.Decay != 0 || r.Optimiser.Clip != 0 || r.Batch.Length != 256 {
		t.Errorf("lora: %+v", r)
	}
	if _, asked := r.OwnTerms(); asked {
		t.Error("terms that nobody asked for")
	}
}

func TestOwnTerms(t *testing.T) {
	r, err := recipe.Parse("r.yaml", []byte(good+"terms: {share: 7.5, price: 0.5, ceiling: 20, derivatives: false}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := recipe.Terms{Share: 7.5, Price: "0.5", Ceiling: "20", Commercial: true}
	if terms, asked := r.OwnTerms(); !asked || terms != want {
		t.Errorf("asked %t for %+v, want %+v", asked, terms, want)
	}
}

// TestMistakes: each changes one line, and the error names the line, the field and what to do.
func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		from, to    string
		line        int
		field, want string
	}{
		{"  layers: 2", "  layer: 2", 5, "model.layer", "did you mean layers?"},
		{"batch:", "batsh:", 17, "batsh", "did you mean batch?"},
		{"  length: 64", "  sequence: 64", 19, "batch.sequence", "here are: length, micro, windows"},
		{"  layers: 2", "  layers: two", 5, "model.layers", "cannot unmarshal"},
		{"  layers: 2", "  layers: -1", 5, "model.layers", "-1 is out of range"},
		{"  layers: 2\n", "", 0, "model.layers", "missing"},
		{"  length: 64", "  length: 129", 19, "batch.length", "longer than model.context 128"},
		{"  heads: 4", "  heads: 4\n  kv_heads: 3", 8, "model.kv_heads", "cannot share 3"},
		{"mode: pretrain", "mode: finetune", 2, "mode", "want pretrain, continue, full or lora"},
		{"mode: pretrain", "mode: full", 0, "model.from", "missing in mode full"},
		{"name: me/notes", "name: Me Notes", 1, "name", "no name of a model"},
		{"name: me/notes\n", "", 0, "name", "missing"},
		{"  vocabulary: 512", "  vocabulary: 100", 11, "tokenizer.vocabulary", "want 257"},
		{"  tokens: 1_000_001", "  tokens: 1_000_001\n  steps: 4", 21, "budget.tokens", "beside budget.steps"},
		{"  warm_up: 10", "  warm_up: 5000", 16, "schedule.warm_up", "leave none"},
		{"  warm_up: 10", "  rate: 2", 16, "schedule.rate", "at most 1"},
		{"  warm_up: 10", "  rate: .nan", 16, "schedule.rate", "not supported"},
		{"seed: 7", "seed: 7\nlora: {rank: 4}", 4, "lora", "stands in mode pretrain"},
		{"seed: 7", "export: {merged: true, types: 99}", 3, "export.types", "sequence is expected"},
		{"seed: 7", "evaluate: {every: 99999999999999999999, windows: 8}", 3, "evaluate.every", "cannot unmarshal"},
		{"seed: 7", "seed: &s 7", 3, "seed", "not supported"},
		{"seed: 7", "seed: 7\nseed: 8", 4, "", "already defined"},
		{"  include: [\"**/*.md\"]", "  include: [\"[\"]", 14, "data.include", "no glob"},
		{"  folder: notes", "  folder: {a: b}", 13, "data.folder", "not supported"},
		{"seed: 7", "seed: 7\n  x: [", 3, "", "not allowed"},
		{"seed: 7", "export: {types: [Q9]}", 3, "export.types", "want some of"},
	} {
		_, err := recipe.Parse("r.yaml", []byte(strings.Replace(good, c.from, c.to, 1)))
		var e *recipe.Error
		if !errors.As(err, &e) {
			t.Errorf("%q: got %v", c.to, err)
			continue
		}
		if e.Line != c.line || c.field != "" && e.Field != c.field || !strings.Contains(err.Error()+" "+e.Hint(), c.want) {
			t.Errorf("%q: %v (hint %q), want line %d, field %s, %q", c.to, err, e.Hint(), c.line, c.field, c.want)
		}
	}
}

func TestPaths(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "r.yaml")
	if err := os.WriteFile(name, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := recipe.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	lookup := func(name string) (string, bool) { return map[string]string{"A": "/a", "HOME": "/h"}[name], true }
	for path, want := range map[string]string{"": "", "x/y": filepath.Join(dir, "x/y"), "/z": "/z", "${A}/b": "/a/b", "~/c": "/h/c"} {
		if have, err := r.Expand("data.folder", path, lookup); err != nil || have != want {
			t.Errorf("%q is %q, want %q (%v)", path, have, want, err)
		}
	}
	if _, err := r.Expand("data.folder", "${NONE}/b", lookup); err == nil || !strings.Contains(err.Error(), "NONE is not set") {
		t.Errorf("unset variable: %v", err)
	}
	if _, err := recipe.Open(filepath.Join(dir, "none.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("a: &a [*a, *a]\n? b\n: !!int c\n---\nd"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := recipe.Parse("r.yaml", text)
		var e *recipe.Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("an error without a place: %v", err)
		}
		if err == nil && (r.Name == "" || r.Steps() < 1) {
			t.Fatalf("accepted %+v", r)
		}
	})
}
