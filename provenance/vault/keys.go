package vault

import (
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"fmt"
	"strings"

	"filippo.io/age"

	"github.com/cosmos/cosmos-sdk/types/bech32"
)

// Secret is what all keys of a vault are derived from; no log and no %v shows it.
type Secret [32]byte

// String hides the secret.
func (Secret) String() string { return "(secret)" }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return "(secret)" }

// keys are those of one vault.
type keys struct {
	ring   *age.X25519Identity // seals records
	own    hpke.PrivateKey     // opens what others grant
	tokens []byte              // authenticates tokens of programs
}

func newKeys(s Secret) (keys, error) {
	scalar, err := hkdf.Key(sha256.New, s[:], nil, "ayni/vault/1/ring", 32)
	if err != nil {
		return keys{}, fmt.Errorf("derive the vault's key: %w", err)
	}
	text, err := bech32.ConvertAndEncode("age-secret-key-", scalar)
	if err != nil {
		return keys{}, fmt.Errorf("derive the vault's key: %w", err)
	}
	ring, err := age.ParseX25519Identity(strings.ToUpper(text))
	if err != nil {
		return keys{}, fmt.Errorf("derive the vault's key: %w", err)
	}
	seed, err := hkdf.Key(sha256.New, s[:], nil, "ayni/vault/1/hpke", 32)
	if err != nil {
		return keys{}, fmt.Errorf("derive the vault's key: %w", err)
	}
	own, err := kem().DeriveKeyPair(seed)
	if err != nil {
		return keys{}, fmt.Errorf("derive the vault's key: %w", err)
	}
	tokens, err := hkdf.Key(sha256.New, s[:], nil, "ayni/vault/1/tokens", 32)
	if err != nil {
		return keys{}, fmt.Errorf("derive the vault's key: %w", err)
	}
	return keys{ring: ring, own: own, tokens: tokens}, nil
}

// kem resists computers of both kinds: ML-KEM-768 and X25519 together.
func kem() hpke.KEM { return hpke.MLKEM768X25519() }

// ReaderKey is the public key for which others wrap what they grant.
func (v *Vault) ReaderKey() []byte { return v.keys.own.PublicKey().Bytes() }
