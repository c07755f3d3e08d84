package train_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ayni.example/train"
	"ayni.example/train/recipe"
)

// tiny is a recipe that runs in well under a second, on text that text makes.
const tiny = `
name: test/tiny
mode: pretrain
seed: 3
model: {layers: 2, width: 32, heads: 4, kv_heads: 2, inner: 64, context: 64}
tokenizer: {vocabulary: 300}
data: {folder: text, held_out: 4}
schedule: {rate: 5e-3, warm_up: 3}
batch: {windows: 4, length: 32, micro: 2}
budget: {steps: 24}
evaluate: {every: 8, windows: 8}
checkpoint: {every: 5}
export: {types: [F32, Q8_0]}
`

// text writes some files of made-up prose.
func text(t testing.TB, dir string) {
	t.Helper()
	words := strings.Fields("the cat sat on a mat and saw the dog run after its own tail while rain fell on every roof in town")
	for i := range 12 {
		var b strings.Builder
		for j := range 400 {
			b.WriteString(words[(i*7+j*j+j*i)%len(words)])
			b.WriteByte(" \n"[j%11/10])
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("f%02d.txt", i)), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// write puts a recipe and its text into a folder.
func write(t testing.TB, dir, body string) *recipe.Recipe {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "text"), 0o700); err != nil {
		t.Fatal(err)
	}
	text(t, filepath.Join(dir, "text"))
	name := filepath.Join(dir, "recipe.yaml")
	if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := recipe.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func run(t testing.TB, ctx context.Context, cfg train.Config) *train.Result {
	t.Helper()
	result, err := train.Run(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestThreadsAndInterruptionsDoNotChangeTheResult(t *testing.T) {
	dir := t.TempDir()
	r := write(t, dir, tiny)
	want := run(t, t.Context(), train.Config{Recipe: r, Dir: filepath.Join(dir, "a"), Threads: 1})
	t.Logf("%+v", want)
	for name, cfg := range map[string]train.Config{
		"two threads": {Threads: 2}, "three threads": {Threads: 3},
	} {
		cfg.Recipe, cfg.Dir = r, filepath.Join(dir, name)
		if have := run(t, t.Context(), cfg); have.Digest != want.Digest || have.Files[0].Digest != want.Files[0].Digest {
			t.Errorf("%s: %s, want %s", name, have.Digest, want.Digest)
		}
	}
}
