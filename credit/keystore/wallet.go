package keystore

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

const walletVersion = 1

// Secret is 32 bytes that no log and no %v shows.
type Secret [32]byte

// String hides the secret.
func (Secret) String() string { return "(secret)" }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return "(secret)" }

// Wallet is a machine's keys.
type Wallet struct {
	Account  Secret // secp256k1, Ethereum-style; signs transactions
	Session  Secret // Ed25519 seed; signs vouchers and deliveries
	Receipt  Secret // Ed25519 seed; signs receipts
	P2P      Secret // Ed25519 seed; libp2p identity
	Artifact Secret // P-256 scalar; signs models and data sets, in a form that stock tools verify
}

// NewWallet draws all keys.
func NewWallet(random io.Reader) (Wallet, error) {
	account, err := secp256k1.GeneratePrivateKeyFromRand(random)
	if err != nil {
		return Wallet{}, fmt.Errorf("draw the account key: %w", err)
	}
	w := Wallet{Account: Secret(account.Serialize())}
	for _, secret := range []*Secret{&w.Session, &w.Receipt, &w.P2P} {
		if err := draw(random, secret); err != nil {
			return Wallet{}, err
		}
	}
	return w, drawScalar(random, &w.Artifact)
}

// SessionKey signs vouchers and deliveries.
func (w Wallet) SessionKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(w.Session[:]) }

// ReceiptKey signs receipts.
func (w Wallet) ReceiptKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(w.Receipt[:]) }

// P2PKey is the libp2p identity.
func (w Wallet) P2PKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(w.P2P[:]) }

// ArtifactKey signs models and data sets.
func (w Wallet) ArtifactKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), w.Artifact[:])
	if err != nil {
		return nil, errors.New("the artifact key is out of range") // the cause may show digits of it
	}
	return key, nil
}

// VaultKey is what the keys of the owner's vault are derived from. It goes with the account, which a backup of the wallet brings back.
func (w Wallet) VaultKey() (Secret, error) {
	b, err := hkdf.Key(sha256.New, w.Account[:], nil, "ayni/wallet/vault/1", len(Secret{}))
	if err != nil {
		return Secret{}, fmt.Errorf("derive the vault's key: %w", err)
	}
	return Secret(b), nil
}

// AgentKey is the scalar of the X25519 key that memory of agents and messages to them are sealed to.
func (w Wallet) AgentKey() (Secret, error) {
	b, err := hkdf.Key(sha256.New, w.Account[:], nil, "ayni/wallet/agent/1", len(Secret{}))
	if err != nil {
		return Secret{}, fmt.Errorf("derive the agents' key: %w", err)
	}
	return Secret(b), nil
}

// Key names one key of a wallet.
type Key string

// The keys that can be rotated. What must be told of the new one: session, new channels; receipt and p2p, the provider's
// entry on the ledger; artifact, the account's keys there.
const (
	SessionKey  Key = "session"
	ReceiptKey  Key = "receipt"
	P2PKey      Key = "p2p"
	ArtifactKey Key = "artifact"
)

// rotated is the wallet with one key drawn anew.
func (w Wallet) rotated(key Key, random io.Reader) (Wallet, error) {
	switch key {
	case SessionKey:
		return w, draw(random, &w.Session)
	case ReceiptKey:
		return w, draw(random, &w.Receipt)
	case P2PKey:
		return w, draw(random, &w.P2P)
	case ArtifactKey:
		return w, drawScalar(random, &w.Artifact)
	default:
		return w, fmt.Errorf("%w: %q", ErrKey, key)
	}
}

// walletFile is the plain text inside the age file.
type walletFile struct {
	Version  int    `json:"version"`
	Account  string `json:"account"`
	Session  string `json:"session"`
	Receipt  string `json:"receipt"`
	P2P      string `json:"p2p"`
	Artifact string `json:"artifact,omitempty"` // wallets of earlier releases have none
}

func (w Wallet) file() walletFile {
	return walletFile{
		Version: walletVersion, Account: hex.EncodeToString(w.Account[:]), Session: hex.EncodeToString(w.Session[:]),
		Receipt: hex.EncodeToString(w.Receipt[:]), P2P: hex.EncodeToString(w.P2P[:]), Artifact: hex.EncodeToString(w.Artifact[:]),
	}
}

// wallet reads back what file wrote. A wallet of an earlier release gets the key that it lacks; fresh tells so.
func (f walletFile) wallet(random io.Reader) (w Wallet, fresh bool, err error) {
	if fresh = f.Artifact == ""; fresh {
		if err := drawScalar(random, &w.Artifact); err != nil {
			return Wallet{}, false, err
		}
		f.Artifact = hex.EncodeToString(w.Artifact[:])
	}
	w, err = f.keys()
	return w, fresh, err
}

func (f walletFile) keys() (Wallet, error) {
	var w Wallet
	if f.Version != walletVersion {
		return w, fmt.Errorf("version %d is unknown", f.Version)
	}
	for text, secret := range map[*string]*Secret{&f.Account: &w.Account, &f.Session: &w.Session, &f.Receipt: &w.Receipt, &f.P2P: &w.P2P, &f.Artifact: &w.Artifact} {
		b, err := hex.DecodeString(*text)
		if err != nil || len(b) != len(secret) {
			return Wallet{}, errors.New("a key is not 32 bytes in hexadecimal digits")
		}
		*secret = Secret(b)
	}
	var scalar secp256k1.ModNScalar
	if overflow := scalar.SetByteSlice(w.Account[:]); overflow || scalar.IsZero() {
		return Wallet{}, errors.New("the account key is out of range")
	}
	_, err := w.ArtifactKey()
	return w, err
}

func draw(random io.Reader, secret *Secret) error {
	if _, err := io.ReadFull(random, secret[:]); err != nil {
		return fmt.Errorf("draw a key: %w", err)
	}
	return nil
}

// drawScalar draws a private key of P-256. A draw out of range is as likely as guessing the key, so a few tries do.
func drawScalar(random io.Reader, secret *Secret) error {
	for range 8 {
		if err := draw(random, secret); err != nil {
			return err
		}
		if _, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), secret[:]); err == nil {
			return nil
		}
	}
	return errors.New("draw a key: the randomness repeats itself")
}
