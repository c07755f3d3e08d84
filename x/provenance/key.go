package provenance

import (
	"crypto/ecdsa"
	"crypto/elliptic"

	"ayni.example/internal/canon"
)

const keyDomain = "ayni/provenance/key/1"

// KeyStatement is the digest that a P-256 key signs to be bound to an account on a ledger: it says of itself whose it is, so that nobody
// takes the key of another for its own.
func KeyStatement(chainID, account string) []byte {
	digest := canon.Sum(keyDomain, []byte(chainID), []byte(account))
	return digest[:]
}

// CheckKey tells whether public is a point of P-256, uncompressed, and proof its signature over KeyStatement.
func CheckKey(public, proof []byte, chainID, account string) error {
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), public)
	if err != nil {
		return ErrKey.Wrap(err.Error())
	}
	if !ecdsa.VerifyASN1(key, KeyStatement(chainID, account), proof) {
		return ErrKey.Wrapf("proof is not a signature over ledger %s and account %s", chainID, account)
	}
	return nil
}
