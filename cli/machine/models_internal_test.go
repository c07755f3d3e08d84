package machine

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ayni.example/artifact"
	"ayni.example/artifact/model"
	"ayni.example/tensor/llama/llamatest"
)

// TestChangedFileIsNotServed loads a model, changes its file behind the store's back, and loads it again.
func TestChangedFileIsNotServed(t *testing.T) {
	dir := t.TempDir()
	raw, err := llamatest.Build(llamatest.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(dir, "tiny.gguf")
	if err := os.WriteFile(source, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := openShelf(filepath.Join(dir, "models"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	name, err := model.ParseName("tiny")
	if err != nil {
		t.Fatal(err)
	}
	draft := s.store.Draft()
	if err := draft.Weights(t.Context(), source); err != nil {
		t.Fatal(err)
	}
	if _, err := draft.Save(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	open := func() error {
		items, err := s.List(t.Context())
		if err != nil || len(items) != 1 || items[0].Problem != "" {
			t.Fatalf("listed %+v, %v", items, err)
		}
		_, _, closer, err := items[0].Open(t.Context())
		if err == nil {
			err = closer.Close()
		}
		return err
	}
	for range 2 {
		if err := open(); err != nil {
			t.Fatal(err)
		}
	}
	blob := s.store.Blobs().Path(artifact.DigestOf(raw))
	raw[len(raw)-1] ^= 1
	if err := os.WriteFile(blob, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(blob, time.Time{}, time.Unix(1e9, 0)); err != nil {
		t.Fatal(err)
	}
	if err := open(); !errors.Is(err, artifact.ErrDigest) {
		t.Errorf("a changed file: %v", err)
	}
}
