package ethkey_test

import (
	"bytes"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"ayni.example/internal/ethkey"
)

func TestRecover(t *testing.T) {
	key, err := ethkey.NewPrivKey(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	digest := ethkey.Keccak([]byte("what is signed"))
	signature, err := key.SignDigest(digest)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ethkey.Recover(digest, signature)
	if err != nil || !bytes.Equal(got, key.PubKey().Address()) {
		t.Fatalf("recovered %x, %v, want %x", got, err, key.PubKey().Address())
	}
	if other, err := ethkey.Recover(ethkey.Keccak([]byte("another")), signature); err == nil && bytes.Equal(other, got) {
		t.Fatal("the signature holds for another digest")
	}
	for name, change := range map[string]func([]byte) []byte{
		"without v":       func(s []byte) []byte { return s[:64] },
		"v of 0":          func(s []byte) []byte { s[64] -= 27; return s },
		"v of 29":         func(s []byte) []byte { s[64] = 29; return s },
		"the higher s":    higher,
		"r of zero":       func(s []byte) []byte { return append(make([]byte, 32), s[32:]...) },
		"a byte too many": func(s []byte) []byte { return append(s, 0) },
	} {
		if _, err := ethkey.Recover(digest, change(bytes.Clone(signature))); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// higher is the other signature that the curve's equation allows: s negated, v flipped.
func higher(signature []byte) []byte {
	var s secp256k1.ModNScalar
	s.SetByteSlice(signature[32:64])
	negated := s.Negate().Bytes()
	copy(signature[32:64], negated[:])
	signature[64] ^= 27 ^ 28
	return signature
}

func FuzzRecover(f *testing.F) {
	f.Add(make([]byte, 32), make([]byte, 65))
	f.Fuzz(func(t *testing.T, digest, signature []byte) {
		address, err := ethkey.Recover(digest, signature)
		if (err == nil) != (len(address) == ethkey.AddressSize) {
			t.Fatalf("address %x with error %v", address, err)
		}
	})
}
