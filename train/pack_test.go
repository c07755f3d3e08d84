package train_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"ayni.example/train"
)

// TestPack: a pack holds all that a run reads, is the same wherever the files lay, and trains to the same digest.
func TestPack(t *testing.T) {
	var packs [2][]byte
	var want *train.Result
	for i := range packs {
		dir := t.TempDir()
		r := write(t, dir, tiny)
		if err := os.WriteFile(filepath.Join(dir, "text", "binary"), []byte{0}, 0o600); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := train.Pack(train.Config{Recipe: r, Dir: dir}, []byte(tiny), &b); err != nil {
			t.Fatal(err)
		}
		packs[i] = b.Bytes()
		if i == 0 {
			want = run(t, t.Context(), train.Config{Recipe: r, Dir: filepath.Join(dir, "out"), Threads: 1})
		}
	}
	if !bytes.Equal(packs[0], packs[1]) {
		t.Error("the packs differ")
	}
	dir := t.TempDir()
	if err := train.Unpack(bytes.NewReader(packs[0]), dir); err != nil {
		t.Fatal(err)
	}
	r, err := train.OpenPacked(dir)
	if err != nil {
		t.Fatal(err)
	}
	have := run(t, t.Context(), train.Config{Recipe: r, Dir: filepath.Join(dir, "out"), Threads: 2})
	if have.Digest != want.Digest || have.Run != want.Run {
		t.Errorf("%s of run %s from the pack, %s of run %s before", have.Digest, have.Run, want.Digest, want.Run)
	}
}

// TestPackWithBase packs a run that starts from a model.
func TestPackWithBase(t *testing.T) {
	dir := t.TempDir()
	first := run(t, t.Context(), train.Config{Recipe: write(t, dir, tiny), Dir: filepath.Join(dir, "first"), Threads: 1})
	if err := os.Rename(first.Files[0].Path, filepath.Join(dir, "base.gguf")); err != nil {
		t.Fatal(err)
	}
	body := `
name: test/more
mode: continue
model: {from: base.gguf}
data: {folder: other, held_out: 4}
batch: {windows: 2, length: 32}
budget: {steps: 4}
`
	r := write(t, dir, body)
	want := run(t, t.Context(), train.Config{Recipe: r, Dir: filepath.Join(dir, "more"), Threads: 1})
	var b bytes.Buffer
	if err := train.Pack(train.Config{Recipe: r, Dir: dir}, []byte(body), &b); err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	if err := train.Unpack(&b, other); err != nil {
		t.Fatal(err)
	}
	unpacked, err := train.OpenPacked(other)
	if err != nil {
		t.Fatal(err)
	}
	if have := run(t, t.Context(), train.Config{Recipe: unpacked, Dir: filepath.Join(other, "out"), Threads: 1}); have.Digest != want.Digest {
		t.Errorf("%s from the pack, %s before", have.Digest, want.Digest)
	}
}

func TestPackRefused(t *testing.T) {
	for name, header := range map[string]*tar.Header{
		"a path above":   {Name: "../recipe.yaml", Mode: 0o600},
		"an absolute":    {Name: "/tmp/recipe.yaml", Mode: 0o600},
		"a link":         {Name: "recipe.yaml", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"},
		"a device":       {Name: "recipe.yaml", Typeflag: tar.TypeBlock},
		"a huge file":    {Name: "recipe.yaml", Mode: 0o600, Size: 1 << 50},
		"a cut-off file": {Name: "recipe.yaml", Mode: 0o600, Size: 5},
	} {
		var b bytes.Buffer
		if err := tar.NewWriter(&b).WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		err := train.Unpack(&b, t.TempDir())
		if err == nil || header.Size == 0 && !errors.Is(err, train.ErrPack) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := errors.Join(w.WriteHeader(&tar.Header{Name: "recipe.yaml", Mode: 0o600, Size: int64(len(tiny))}), entry(w, tiny), w.Close()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, pack []byte) {
		dir := t.TempDir()
		if err := train.Unpack(bytes.NewReader(pack), filepath.Join(dir, "in")); err == nil {
			t.Fatal("it unpacks to a folder that is not there")
		}
		if err := train.Unpack(bytes.NewReader(pack), dir); err == nil {
			_, _ = train.OpenPacked(dir) // an error or a recipe, no panic
		}
	})
}

func entry(w *tar.Writer, text string) error {
	_, err := w.Write([]byte(text))
	return err
}
