package convert_test

import (
	"os"
	"path/filepath"
	"testing"

	"ayni.example/tensor/gguf"
)

// largeFile writes a model to disk and reads its directory.
func largeFile(tb testing.TB, w *gguf.Writer) (*gguf.File, error) {
	tb.Helper()
	out, err := os.Create(filepath.Join(tb.TempDir(), "large.gguf"))
	if err != nil {
		return nil, err
	}
	tb.Cleanup(func() { _ = out.Close() })
	n, err := w.WriteTo(out)
	if err != nil {
		return nil, err
	}
	return gguf.ReadKnown(out, n, [32]byte{})
}
