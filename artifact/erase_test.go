package artifact_test

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"ayni.example/artifact"
)

// TestErase overwrites a blob before it removes it, takes the pins of those who ask, and leaves alone what somebody else has pinned.
func TestErase(t *testing.T) {
	s := open(t, artifact.Config{})
	gone, kept := put(t, s, "planted words"), put(t, s, "another")
	for _, p := range []artifact.Pin{{Digest: gone, Owner: "vault"}, {Digest: gone, Owner: "pledge"}, {Digest: kept, Owner: "vault"}, {Digest: kept, Owner: "operator"}} {
		if err := s.Pin(p); err != nil {
			t.Fatal(err)
		}
	}
	old, err := os.Open(s.Path(gone)) // the bytes of a file that is removed can still be looked at
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close() //nolint:errcheck // only read
	if err := s.Erase(gone, "vault"); !errors.Is(err, artifact.ErrPinned) || !s.PinnedBy(gone, "vault") {
		t.Errorf("pinned by another: %v", err)
	}
	if err := s.Erase(gone, "vault", "pledge"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(old); err != nil || b.Len() != len("planted words") || bytes.Contains(b.Bytes(), []byte("planted")) {
		t.Errorf("on the disk: %q, %v", b.Bytes(), err)
	}
	if _, err := s.Stat(gone); !errors.Is(err, artifact.ErrAbsent) || s.PinnedBy(gone, "vault") || s.PinnedBy(gone, "pledge") {
		t.Errorf("it is there: %v", err)
	}
	if err := s.Erase(gone, "vault"); err != nil {
		t.Errorf("again: %v", err)
	}
	if err := s.Erase(kept, "vault", "pledge"); !errors.Is(err, artifact.ErrPinned) {
		t.Errorf("what the operator has: %v", err)
	}
	if err := s.Verify(t.Context(), kept); err != nil || !s.PinnedBy(kept, "vault") {
		t.Errorf("it was touched: %v", err)
	}
}

// TestEraseLarge overwrites what is longer than a buffer to its end.
func TestEraseLarge(t *testing.T) {
	s := open(t, artifact.Config{})
	text := bytes.Repeat([]byte("planted!"), 100_000)
	info, err := s.PutBytes(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(s.Path(info.Digest))
	if err != nil || !bytes.Equal(old, text) {
		t.Fatalf("%d bytes, %v", len(old), err)
	}
	file, err := os.Open(s.Path(info.Digest))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // only read
	if err := s.Erase(info.Digest); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(file); err != nil || b.Len() != len(text) || bytes.Contains(b.Bytes(), []byte("planted!")) {
		t.Errorf("%d bytes are left, %v", b.Len(), err)
	}
}
