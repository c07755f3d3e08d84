package council

import (
	"crypto/ed25519"
	"crypto/sha256"

	"ayni.example/internal/canon"
	"ayni.example/x/internal/bound"
)

// addressSize is that of a consensus address: the first bytes of the key's digest, as CometBFT has it.
const addressSize = 20

// ConsensusAddress is the address under which consensus speaks of a key.
func ConsensusAddress(key []byte) []byte {
	digest := sha256.Sum256(key)
	return digest[:addressSize]
}

// Possession is what a consensus key signs to show that its holder wants it to be this operator's, on this ledger alone. A
// digest is far from the form of a vote in consensus, so neither passes for the other.
func Possession(chainID string, operator, key []byte) []byte {
	digest := canon.Sum("ayni/council/key/1", []byte(chainID), operator, key)
	return digest[:]
}

// CheckProof tells whether the key's holder wants it to be this operator's.
func CheckProof(chainID string, operator, key, proof []byte) error {
	if err := checkKeyAndProof(key, proof); err != nil {
		return err
	}
	if !ed25519.Verify(key, Possession(chainID, operator, key), proof) {
		return ErrProof.Wrapf("key %x", key)
	}
	return nil
}

// Validate checks the key without any state.
func (k Key) Validate() error {
	if err := checkKey(k.Key); err != nil {
		return err
	}
	switch {
	case k.Operator == "":
		return ErrInvalid.Wrapf("key %x has no operator", k.Key)
	case k.RetiredHeight < 0 || k.RetiredTime < 0:
		return ErrInvalid.Wrapf("key %x was retired before the beginning", k.Key)
	}
	return nil
}

// Retired tells whether no seat uses the key any more.
func (k Key) Retired() bool { return k.RetiredHeight != 0 }

func checkKeyAndProof(key, proof []byte) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := bound.Length("proof", proof, ed25519.SignatureSize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}
