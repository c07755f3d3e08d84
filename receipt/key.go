package receipt

import (
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
)

// Key is an Ed25519 public key; its text form is 64 lower-case hexadecimal digits.
type Key [ed25519.PublicKeySize]byte

// Signature is an Ed25519 signature; its text form is 128 lower-case hexadecimal digits, absent it is empty.
type Signature [ed25519.SignatureSize]byte

// PublicKey is the public half of a private key.
func PublicKey(private ed25519.PrivateKey) Key {
	return Key(private.Public().(ed25519.PublicKey))
}

// String is the text form.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// IsZero tells an absent key.
func (k Key) IsZero() bool { return k == Key{} }

// MarshalText writes the text form; an absent key is empty.
func (k Key) MarshalText() ([]byte, error) { return marshalHex(k[:]), nil }

// UnmarshalText reads what MarshalText writes.
func (k *Key) UnmarshalText(text []byte) error { return unmarshalHex("key", k[:], text) }

// MarshalText writes the text form; an absent signature is empty.
func (s Signature) MarshalText() ([]byte, error) { return marshalHex(s[:]), nil }

// UnmarshalText reads what MarshalText writes.
func (s *Signature) UnmarshalText(text []byte) error { return unmarshalHex("signature", s[:], text) }

// marshalHex writes lower-case digits, and nothing where all bytes are zero.
func marshalHex(b []byte) []byte {
	for _, c := range b {
		if c != 0 {
			return []byte(hex.EncodeToString(b))
		}
	}
	return nil
}

// unmarshalHex fills b from what marshalHex writes, and from no other form.
func unmarshalHex(what string, b, text []byte) error {
	clear(b)
	if len(text) == 0 {
		return nil
	}
	if len(text) != hex.EncodedLen(len(b)) {
		return fmt.Errorf("%w: %s has %d hexadecimal digits, not %d", ErrMalformed, what, hex.EncodedLen(len(b)), len(text))
	}
	if _, err := hex.Decode(b, text); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrMalformed, what, err)
	}
	if string(marshalHex(b)) != string(text) {
		return fmt.Errorf("%w: %s is not in its canonical form", ErrMalformed, what)
	}
	return nil
}
