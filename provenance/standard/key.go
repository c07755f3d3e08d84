package standard

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	_ "crypto/sha512" // SHA-384, for the keys of others
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
)

// maxKey bounds a public key in PEM.
const maxKey = 4 << 10

// PublicKey verifies signatures. Keys of this program are on P-256; those of others may be on P-384 as well.
type PublicKey struct{ key *ecdsa.PublicKey }

// NewPublicKey takes a key on P-256 or P-384.
func NewPublicKey(key *ecdsa.PublicKey) (PublicKey, error) {
	if key == nil || key.Curve != elliptic.P256() && key.Curve != elliptic.P384() {
		return PublicKey{}, fmt.Errorf("%w: a key on another curve than P-256 and P-384", ErrMalformed)
	}
	return PublicKey{key}, nil
}

// ParsePoint reads a key on P-256 as the ledger keeps it: the uncompressed point, 65 bytes.
func ParsePoint(point []byte) (PublicKey, error) {
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return PublicKey{}, fmt.Errorf("%w: public key: %w", ErrMalformed, err)
	}
	return PublicKey{key}, nil
}

// ParsePEM reads a key as tools keep it in files.
func ParsePEM(text []byte) (PublicKey, error) {
	if len(text) > maxKey {
		return PublicKey{}, fmt.Errorf("%w: a key of %d bytes, at most %d", ErrMalformed, len(text), maxKey)
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PUBLIC KEY" {
		return PublicKey{}, fmt.Errorf("%w: no PEM block \"PUBLIC KEY\"", ErrMalformed)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return PublicKey{}, fmt.Errorf("%w: public key: %w", ErrMalformed, err)
	}
	key, ok := parsed.(*ecdsa.PublicKey)
	if !ok {
		return PublicKey{}, fmt.Errorf("%w: a public key of another algorithm than ECDSA", ErrMalformed)
	}
	return NewPublicKey(key)
}

// IsZero tells that there is no key.
func (k PublicKey) IsZero() bool { return k.key == nil }

// Point is the form that the ledger keeps.
func (k PublicKey) Point() []byte {
	whole, err := k.key.Bytes()
	if err != nil {
		panic(err) // never: the constructors let only points of known curves in
	}
	return whole
}

// PEM is the form that stock tools read.
func (k PublicKey) PEM() []byte {
	der, err := x509.MarshalPKIXPublicKey(k.key)
	if err != nil {
		panic(err) // never: the constructors let only points of known curves in
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// Hint names the key in bundles, as the reference implementation does: the SHA-256 of its PEM.
func (k PublicKey) Hint() string {
	sum := sha256.Sum256(k.PEM())
	return hex.EncodeToString(sum[:])
}

// Equal compares keys.
func (k PublicKey) Equal(other PublicKey) bool {
	return k.key != nil && other.key != nil && k.key.Equal(other.key)
}

func (k PublicKey) verify(message, signature []byte) bool {
	hash := crypto.SHA256
	if k.key.Curve == elliptic.P384() {
		hash = crypto.SHA384
	}
	h := hash.New()
	h.Write(message)
	return ecdsa.VerifyASN1(k.key, h.Sum(nil), signature)
}

// Key signs. The zero key signs nothing.
type Key struct{ private *ecdsa.PrivateKey }

// NewKey takes a private key on P-256, such as the wallet's artifact key.
func NewKey(private *ecdsa.PrivateKey) (Key, error) {
	if private == nil || private.Curve != elliptic.P256() {
		return Key{}, errors.New("a key that signs is on P-256")
	}
	return Key{private}, nil
}

// IsZero tells that there is no key.
func (k Key) IsZero() bool { return k.private == nil }

// Public is what verifies.
func (k Key) Public() PublicKey { return PublicKey{&k.private.PublicKey} }

// String hides the key.
func (Key) String() string { return "(secret)" }

// GoString hides the key from %#v.
func (Key) GoString() string { return "(secret)" }

// sign is deterministic (RFC 6979): equal content has an equal signature, and no bad randomness gives the key away.
func (k Key) sign(message []byte) ([]byte, error) {
	if k.private == nil {
		return nil, errors.New("sign: there is no key")
	}
	digest := sha256.Sum256(message)
	return k.private.Sign(nil, digest[:], crypto.SHA256)
}
