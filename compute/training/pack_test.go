package training_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ayni.example/artifact"
	"ayni.example/compute/training"
	"ayni.example/train"
	"ayni.example/train/recipe"
)

// TestTakePack: while a pack comes it is nobody else's; a pool's stays so, another's is for everybody.
func TestTakePack(t *testing.T) {
	texts := t.TempDir()
	if err := os.WriteFile(filepath.Join(texts, "a.txt"), []byte(strings.Repeat("the cat sat on a mat. ", 200)), 0o600); err != nil {
		t.Fatal(err)
	}
	for folder, confidential := range map[string]bool{texts: false, "pool:verses": true} {
		text := []byte(`name: test/pack
mode: pretrain
model: {layers: 1, width: 32, heads: 2, inner: 32, context: 16}
tokenizer: {vocabulary: 260}
data: {folder: "` + folder + `", held_out: 0}
batch: {windows: 1, length: 16}
budget: {steps: 1}
`)
		r, err := recipe.Parse("r.yaml", text)
		if err != nil {
			t.Fatal(err)
		}
		var pack bytes.Buffer
		cfg := train.Config{Recipe: r, Dir: t.TempDir(), Pool: func(string) (string, error) { return texts, nil }}
		if err := train.Pack(cfg, text, &pack); err != nil {
			t.Fatal(err)
		}
		store, err := artifact.New(artifact.Config{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		d, dir := artifact.DigestOf(pack.Bytes()), t.TempDir()
		if _, err := training.TakePack(t.Context(), store, d, dir, "ana", func(context.Context) error { return errors.New("nobody has it") }); err == nil {
			t.Error("unpacked without a pack")
		}
		got, err := training.TakePack(t.Context(), store, d, dir, "ana", func(ctx context.Context) error {
			if !store.PinnedBy(d, artifact.Confidential) {
				t.Error("it comes before it is kept from others")
			}
			_, err := store.Put(ctx, &pack, d)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := train.OpenPacked(got); err != nil {
			t.Error(err)
		}
		if have := store.PinnedBy(d, artifact.Confidential); have != confidential {
			t.Errorf("data of %s: kept from others %t", folder, have)
		}
		if of, err := training.PackTenant(store, d); err != nil || (of == "ana") != confidential {
			t.Errorf("data of %s came for %q, %v", folder, of, err)
		}
	}
}
