package ethkey

import (
	"bytes"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"golang.org/x/crypto/sha3"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
)

// Sizes in bytes.
const (
	PrivKeySize   = 32
	PubKeySize    = 33 // compressed
	SignatureSize = 64 // r and s, big-endian
)

// KeyType names the key in listings; cosmos/evm's name.
const KeyType = "eth_secp256k1"

// compactHeader is the first byte of a compact signature of recovery id 0 over an uncompressed key.
const compactHeader = 27

// ErrKey is a private key that is no scalar of the curve.
var ErrKey = errors.New("not a secp256k1 private key")

var (
	_ cryptotypes.PrivKey = (*PrivKey)(nil)
	_ cryptotypes.PubKey  = (*PubKey)(nil)
)

// Generate draws a key from random.
func Generate(random io.Reader) (*PrivKey, error) {
	key, err := secp256k1.GeneratePrivateKeyFromRand(random)
	if err != nil {
		return nil, fmt.Errorf("generate account key: %w", err)
	}
	return &PrivKey{Key: key.Serialize()}, nil
}

// NewPrivKey takes the 32 bytes of a scalar; zero and values beyond the curve's order are refused.
func NewPrivKey(scalar []byte) (*PrivKey, error) {
	var n secp256k1.ModNScalar
	if len(scalar) != PrivKeySize || n.SetByteSlice(scalar) || n.IsZero() {
		return nil, ErrKey
	}
	return &PrivKey{Key: bytes.Clone(scalar)}, nil
}

// RegisterInterfaces makes both keys known to the codec.
func RegisterInterfaces(registry codectypes.InterfaceRegistry) {
	registry.RegisterImplementations((*cryptotypes.PubKey)(nil), &PubKey{})
	registry.RegisterImplementations((*cryptotypes.PrivKey)(nil), &PrivKey{})
}

// Bytes is the scalar.
func (m *PrivKey) Bytes() []byte { return bytes.Clone(m.Key) }

// PubKey is the compressed public half.
func (m *PrivKey) PubKey() cryptotypes.PubKey {
	return &PubKey{Key: secp256k1.PrivKeyFromBytes(m.Key).PubKey().SerializeCompressed()}
}

// Sign signs the keccak-256 of message; the nonce is RFC 6979's, so that a signature depends on nothing else.
func (m *PrivKey) Sign(message []byte) ([]byte, error) {
	checked, err := NewPrivKey(m.Key)
	if err != nil {
		return nil, err
	}
	compact := ecdsa.SignCompact(secp256k1.PrivKeyFromBytes(checked.Key), keccak(message), false)
	return compact[1:], nil
}

// Equals compares in constant time.
func (m *PrivKey) Equals(other cryptotypes.LedgerPrivKey) bool {
	return other != nil && m.Type() == other.Type() && subtle.ConstantTimeCompare(m.Key, other.Bytes()) == 1
}

// Type names the key.
func (m *PrivKey) Type() string { return KeyType }

// Address is Ethereum's: the last 20 bytes of the keccak-256 of the uncompressed point. A key that is no point has none.
func (m *PubKey) Address() cryptotypes.Address {
	key, err := secp256k1.ParsePubKey(m.Key)
	if err != nil {
		return nil
	}
	return keccak(key.SerializeUncompressed()[1:])[12:]
}

// Bytes is the compressed point.
func (m *PubKey) Bytes() []byte { return bytes.Clone(m.Key) }

// VerifySignature accepts r and s with the lower s; a 65th byte, if given, must be the recovery id that Ethereum's tools add.
func (m *PubKey) VerifySignature(message, signature []byte) bool {
	if len(m.Key) != PubKeySize {
		return false
	}
	key, err := secp256k1.ParsePubKey(m.Key)
	if err != nil {
		return false
	}
	hash := keccak(message)
	if len(signature) == SignatureSize+1 {
		return recovers(key, hash, signature)
	}
	if len(signature) != SignatureSize {
		return false
	}
	var r, s secp256k1.ModNScalar
	if r.SetByteSlice(signature[:32]) || s.SetByteSlice(signature[32:]) || s.IsOverHalfOrder() {
		return false
	}
	return ecdsa.NewSignature(&r, &s).Verify(hash, key)
}

// Equals compares the points.
func (m *PubKey) Equals(other cryptotypes.PubKey) bool {
	return other != nil && m.Type() == other.Type() && bytes.Equal(m.Key, other.Bytes())
}

// Type names the key.
func (m *PubKey) Type() string { return KeyType }

// String shows the point in hexadecimal.
func (m *PubKey) String() string { return "EthPubKeySecp256k1{" + hex.EncodeToString(m.Key) + "}" }

// recovers tells whether the signature's recovery id, 0 or 1 with or without Ethereum's 27, leads to key.
func recovers(key *secp256k1.PublicKey, hash, signature []byte) bool {
	id := signature[SignatureSize]
	if id >= compactHeader {
		id -= compactHeader
	}
	var s secp256k1.ModNScalar
	if id > 1 || s.SetByteSlice(signature[32:SignatureSize]) || s.IsOverHalfOrder() {
		return false
	}
	compact := append([]byte{compactHeader + id}, signature[:SignatureSize]...)
	recovered, _, err := ecdsa.RecoverCompact(compact, hash)
	return err == nil && recovered.IsEqual(key)
}

// keccak is the hash that Ethereum uses, older than SHA-3's padding.
func keccak(data []byte) []byte {
	hash := sha3.NewLegacyKeccak256()
	hash.Write(data)
	return hash.Sum(nil)
}
