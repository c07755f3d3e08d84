package train_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"ayni.example/train"
)

// TestPool: a pool is a folder with a name; the result is that of the same texts anywhere.
func TestPool(t *testing.T) {
	dir := t.TempDir()
	folder := run(t, t.Context(), train.Config{Recipe: write(t, dir, tiny), Dir: filepath.Join(dir, "a"), Threads: 1})
	pooled := write(t, dir, strings.Replace(tiny, "folder: text", "folder: pool:verses", 1))
	cfg := train.Config{Recipe: pooled, Dir: filepath.Join(dir, "b"), Threads: 1}
	if _, err := train.Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "recipe.yaml:7: data.folder: no pools are kept here") {
		t.Error(err)
	}
	cfg.Pool = func(string) (string, error) { return "", errors.New("no such pool") }
	if _, err := train.Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "no such pool") {
		t.Error(err)
	}
	cfg.Pool = func(string) (string, error) { return filepath.Join(dir, "text"), nil }
	if other := run(t, t.Context(), cfg); other.Digest != folder.Digest || other.Run != folder.Run {
		t.Errorf("digest %s of run %s, want %s of %s", other.Digest, other.Run, folder.Digest, folder.Run)
	}
}
