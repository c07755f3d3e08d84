package receipt

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Digest is a SHA-256; its text form is 64 lower-case hexadecimal digits.
type Digest [sha256.Size]byte

// ParseDigest reads the text form, and no other.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	if len(s) != hex.EncodedLen(len(d)) {
		return d, fmt.Errorf("%w: a digest has 64 hexadecimal digits, not %d", ErrMalformed, len(s))
	}
	if _, err := hex.Decode(d[:], []byte(s)); err != nil {
		return d, fmt.Errorf("%w: digest: %w", ErrMalformed, err)
	}
	if hex.EncodeToString(d[:]) != s {
		return d, fmt.Errorf("%w: a digest is written in lower case", ErrMalformed)
	}
	return d, nil
}

// String is the text form.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// IsZero tells an absent digest.
func (d Digest) IsZero() bool { return d == Digest{} }

// MarshalText writes the text form; an absent digest is empty.
func (d Digest) MarshalText() ([]byte, error) { return marshalHex(d[:]), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Digest) UnmarshalText(text []byte) error { return unmarshalHex("digest", d[:], text) }
