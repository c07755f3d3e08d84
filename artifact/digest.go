package artifact

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Prefix begins every digest.
const Prefix = "sha256:"

// Digest names a blob: "sha256:" and 64 lower-case hexadecimal digits.
type Digest string

// ErrDigest says that bytes are not the ones that were named.
var ErrDigest = errors.New("the bytes have another digest")

// ParseDigest takes the digest with or without its prefix, and upper-case digits too.
func ParseDigest(text string) (Digest, error) {
	digits := strings.ToLower(strings.TrimPrefix(text, Prefix))
	if raw, err := hex.DecodeString(digits); err != nil || len(raw) != sha256.Size {
		return "", fmt.Errorf("%.80q is no digest: want sha256: and 64 hexadecimal digits", text)
	}
	return Digest(Prefix + digits), nil
}

// DigestOf hashes bytes that are in memory.
func DigestOf(b []byte) Digest {
	sum := sha256.Sum256(b)
	return digestOf(sum[:])
}

func digestOf(sum []byte) Digest { return Digest(Prefix + hex.EncodeToString(sum)) }

// Hex is the digest without its prefix.
func (d Digest) Hex() string { return strings.TrimPrefix(string(d), Prefix) }

// Sum is the digest as bytes; a digest that was not parsed gives zeros.
func (d Digest) Sum() (sum [sha256.Size]byte) {
	_, _ = hex.Decode(sum[:], []byte(d.Hex()[:min(len(d.Hex()), 2*sha256.Size)]))
	return sum
}

// MismatchError tells which bytes came instead of the ones that were named.
type MismatchError struct {
	Want, Have Digest
}

// Error gives both digests.
func (e *MismatchError) Error() string {
	return fmt.Sprintf("the bytes have the digest %s, not %s", e.Have, e.Want)
}

// Unwrap makes it an ErrDigest.
func (e *MismatchError) Unwrap() error { return ErrDigest }
