package standard_test

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"

	"ayni.example/provenance/standard"
)

// BenchmarkSum is of a file of 64 MiB that the system has in memory, as whoever registers or verifies one reads it; sha256 is the
// instructions of the processor over memory alone.
func BenchmarkSum(b *testing.B) {
	const size = 64 << 20
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i * i >> 7)
	}
	name := filepath.Join(b.TempDir(), "weights")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		b.Fatal(err)
	}
	b.Run("file", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			f, err := os.Open(name)
			if err != nil {
				b.Fatal(err)
			}
			if _, n, err := standard.Sum(b.Context(), f); err != nil || n != size {
				b.Fatal(n, err)
			}
			_ = f.Close() // only read
		}
	})
	b.Run("sha256", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			_ = sha256.Sum256(data)
		}
	})
}
