package model

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ayni.example/artifact"
	"ayni.example/internal/home"
)

// Pinned is the digest that an address had when it was first trusted; ok is false for an address that never was.
func (s *Store) Pinned(address string) (d artifact.Digest, ok bool, err error) {
	raw, err := os.ReadFile(s.pin(address))
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("read pin: %w", err)
	}
	digest, _, _ := strings.Cut(string(raw), " ")
	if d, err = artifact.ParseDigest(digest); err != nil {
		return "", false, fmt.Errorf("read pin %s: %w", s.pin(address), err)
	}
	return d, true, nil
}

// Pin remembers the digest of an address.
func (s *Store) Pin(address string, d artifact.Digest) error {
	if err := os.MkdirAll(filepath.Dir(s.pin(address)), 0o700); err != nil {
		return fmt.Errorf("pin: %w", err)
	}
	return home.WriteFile(s.pin(address), fmt.Appendf(nil, "%s %s\n", d, address))
}

func (s *Store) pin(address string) string {
	return filepath.Join(s.dir, "pins", artifact.DigestOf([]byte(address)).Hex())
}
