package ethkey

import (
	"errors"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

// DigestSize is the length of what is signed as it is.
const DigestSize = 32

// ErrSignature is a signature that leads to no account.
var ErrSignature = errors.New("not a signature of 65 bytes with the lower s and v of 27 or 28")

// SignDigest signs a digest as Ethereum's wallets sign typed data: r, s and v of 27 or 28.
func (m *PrivKey) SignDigest(digest []byte) ([]byte, error) {
	checked, err := NewPrivKey(m.Key)
	if err != nil {
		return nil, err
	}
	if len(digest) != DigestSize {
		return nil, errors.New("a digest has 32 bytes")
	}
	compact := ecdsa.SignCompact(secp256k1.PrivKeyFromBytes(checked.Key), digest, false)
	return append(compact[1:], compact[0]), nil
}

// Recover is the address of whoever signed the digest. Each pair of digest and key has one signature that it takes: the higher s
// is refused, or anybody could make a second one of the first.
func Recover(digest, signature []byte) ([]byte, error) {
	if len(digest) != DigestSize || len(signature) != SignatureSize+1 {
		return nil, ErrSignature
	}
	v := signature[SignatureSize]
	var s secp256k1.ModNScalar
	if v != compactHeader && v != compactHeader+1 || s.SetByteSlice(signature[32:SignatureSize]) || s.IsOverHalfOrder() {
		return nil, ErrSignature
	}
	key, _, err := ecdsa.RecoverCompact(append([]byte{v}, signature[:SignatureSize]...), digest)
	if err != nil {
		return nil, ErrSignature
	}
	return keccak(key.SerializeUncompressed()[1:])[12:], nil
}

// Keccak is the hash that Ethereum uses, of the parts one after the other.
func Keccak(parts ...[]byte) []byte {
	var joined []byte
	for _, p := range parts {
		joined = append(joined, p...)
	}
	return keccak(joined)
}
