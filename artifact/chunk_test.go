package artifact_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"testing"

	"ayni.example/artifact"
)

// noise is bytes from a seed.
func noise(tb testing.TB, seed uint64, n int64) []byte {
	tb.Helper()
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}).Read(b)
	return b
}

// sizes are those at which chunks and SHA-256's padding have their edges.
var sizes = []int64{
	1, 55, 56, 63, 64, 65, artifact.ChunkSize - 9, artifact.ChunkSize - 1, artifact.ChunkSize, artifact.ChunkSize + 1,
	2 * artifact.ChunkSize, 3*artifact.ChunkSize - 8, 3*artifact.ChunkSize + 12345,
}

// TestFirstState is SHA-256's initial value, FIPS 180-4, 5.3.3.
func TestFirstState(t *testing.T) {
	first := artifact.FirstState()
	if got := hex.EncodeToString(first[:]); got != "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19" {
		t.Error(got)
	}
}

// TestChunkEnd walks blobs by their chunks and comes to what crypto/sha256 says of the whole.
func TestChunkEnd(t *testing.T) {
	for _, size := range sizes {
		b := noise(t, uint64(size), size)
		state := artifact.FirstState()
		n := artifact.Chunks(size)
		for i := range n {
			state = artifact.ChunkEnd(size, i, state, b[i*artifact.ChunkSize:][:artifact.ChunkLen(size, i)])
		}
		if state != sha256.Sum256(b) {
			t.Errorf("%d bytes in %d chunks end in %x", size, n, state)
		}
		last := b[(n-1)*artifact.ChunkSize:]
		if n > 1 && artifact.ChunkEnd(size, n-1, artifact.FirstState(), last) == sha256.Sum256(b) {
			t.Errorf("%d bytes: the state before the last chunk does not matter", size)
		}
		if size > 1 && artifact.ChunkEnd(size-1, artifact.Chunks(size-1)-1, artifact.FirstState(), b[:size-1]) == sha256.Sum256(b) {
			t.Errorf("%d bytes: the length does not matter", size)
		}
	}
}

// TestChunk reads what was put by its chunks, with an outline, without one, with a false one, and with damage.
func TestChunk(t *testing.T) {
	s := open(t, artifact.Config{})
	for _, size := range sizes {
		body := noise(t, uint64(size), size)
		info, err := s.PutBytes(t.Context(), body)
		if err != nil {
			t.Fatal(err)
		}
		walk := func() {
			t.Helper()
			state := artifact.FirstState()
			for i := range artifact.Chunks(size) {
				b := make([]byte, artifact.ChunkLen(size, i))
				before, err := s.Chunk(t.Context(), info, i, b)
				if err != nil || before != state || !bytes.Equal(b, body[i*artifact.ChunkSize:][:len(b)]) {
					t.Fatalf("chunk %d of %d bytes: %v", i, size, err)
				}
				state = artifact.ChunkEnd(size, i, state, b)
			}
		}
		walk()
		outline(t, s, info, func(b []byte) []byte { return nil })
		walk()
		outline(t, s, info, func(b []byte) []byte { b[len(b)-1] ^= 1; return b })
		walk()
		outline(t, s, info, func(b []byte) []byte { return b[:len(b)-1] })
		walk()
	}
	for _, i := range []int64{-1, 4, 1 << 60} {
		if _, err := s.Chunk(t.Context(), artifact.Info{Digest: artifact.DigestOf(nil), Size: 3 << 20}, i, make([]byte, 1<<20)); err == nil {
			t.Errorf("chunk %d was read", i)
		}
	}
}
