package ethkey_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"math/big"
	"testing"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"

	"ayni.example/internal/ethkey"
)

// order is that of the secp256k1 group.
const order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func newKey(tb testing.TB) *ethkey.PrivKey {
	tb.Helper()
	key, err := ethkey.Generate(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// TestAddressVectors holds addresses known from Ethereum's own tools.
func TestAddressVectors(t *testing.T) {
	for _, test := range []struct{ name, scalar, address string }{
		{"one", "0000000000000000000000000000000000000000000000000000000000000001", "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"},
		{"two", "0000000000000000000000000000000000000000000000000000000000000002", "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"},
		{"hardhat 0", "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"},
	} {
		t.Run(test.name, func(t *testing.T) {
			key, err := ethkey.NewPrivKey(unhex(t, test.scalar))
			if err != nil {
				t.Fatal(err)
			}
			address := key.PubKey().Address()
			if got := ethkey.Hex(address); got != test.address {
				t.Fatalf("address %s, want %s", got, test.address)
			}
			for _, text := range []string{test.address, "0x" + hex.EncodeToString(address), ethkey.Format(address)} {
				b, err := ethkey.AddressCodec{}.StringToBytes(text)
				if err != nil || !bytes.Equal(b, address) {
					t.Fatalf("read %s: %x, %v", text, b, err)
				}
			}
		})
	}
}

func TestNewPrivKeyRefuses(t *testing.T) {
	for name, scalar := range map[string][]byte{
		"zero": make([]byte, 32), "order": unhex(t, order), "short": make([]byte, 31), "long": make([]byte, 33), "none": nil,
	} {
		if _, err := ethkey.NewPrivKey(scalar); !errors.Is(err, ethkey.ErrKey) {
			t.Errorf("%s: error %v, want ErrKey", name, err)
		}
		if _, err := (&ethkey.PrivKey{Key: scalar}).Sign([]byte("x")); !errors.Is(err, ethkey.ErrKey) {
			t.Errorf("sign with %s: error %v, want ErrKey", name, err)
		}
	}
}

func TestSignVerifyTamper(t *testing.T) {
	key, message := newKey(t), []byte("pay four credits")
	signature, err := key.Sign(message)
	if err != nil {
		t.Fatal(err)
	}
	again, err := key.Sign(message)
	if err != nil || !bytes.Equal(signature, again) {
		t.Fatalf("signatures of one message differ: %x %x %v", signature, again, err)
	}
	public := key.PubKey()
	if len(signature) != ethkey.SignatureSize || !public.VerifySignature(message, signature) {
		t.Fatal("own signature refused")
	}
	for i := range len(signature) * 8 {
		bad := bytes.Clone(signature)
		bad[i/8] ^= 1 << (i % 8)
		if public.VerifySignature(message, bad) {
			t.Fatalf("signature with bit %d changed accepted", i)
		}
	}
	for i := range len(message) * 8 {
		bad := bytes.Clone(message)
		bad[i/8] ^= 1 << (i % 8)
		if public.VerifySignature(bad, signature) {
			t.Fatalf("message with bit %d changed accepted", i)
		}
	}
	if newKey(t).PubKey().VerifySignature(message, signature) {
		t.Fatal("another key accepts the signature")
	}
	for _, n := range []int{0, 1, 63, 66} {
		if public.VerifySignature(message, make([]byte, n)) {
			t.Fatalf("signature of %d bytes accepted", n)
		}
	}
}

// TestMalleability: the other s of the same signature is valid ECDSA and must be refused.
func TestMalleability(t *testing.T) {
	key, message := newKey(t), []byte("once")
	signature, err := key.Sign(message)
	if err != nil {
		t.Fatal(err)
	}
	n := new(big.Int).SetBytes(unhex(t, order))
	s := new(big.Int).SetBytes(signature[32:])
	if s.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
		t.Fatal("signed with the higher s")
	}
	high := append(bytes.Clone(signature[:32]), new(big.Int).Sub(n, s).FillBytes(make([]byte, 32))...)
	if key.PubKey().VerifySignature(message, high) {
		t.Fatal("the higher s is accepted")
	}
	for id := range 256 {
		if key.PubKey().VerifySignature(message, append(bytes.Clone(high), byte(id))) {
			t.Fatalf("the higher s is accepted with recovery id %d", id)
		}
	}
}

func TestRecoveryByte(t *testing.T) {
	key, message := newKey(t), []byte("with v")
	signature, err := key.Sign(message)
	if err != nil {
		t.Fatal(err)
	}
	var accepted []int
	for id := range 256 {
		if key.PubKey().VerifySignature(message, append(bytes.Clone(signature), byte(id))) {
			accepted = append(accepted, id)
		}
	}
	if len(accepted) != 2 || accepted[1]-accepted[0] != 27 || accepted[0] > 1 {
		t.Fatalf("accepted recovery bytes %v, want one of 0 or 1 and the same plus 27", accepted)
	}
}

func TestInterfaceRegistry(t *testing.T) {
	registry := codectypes.NewInterfaceRegistry()
	ethkey.RegisterInterfaces(registry)
	packed, err := codectypes.NewAnyWithValue(newKey(t).PubKey())
	if err != nil {
		t.Fatal(err)
	}
	if packed.TypeUrl != "/cosmos.evm.crypto.v1.ethsecp256k1.PubKey" {
		t.Fatalf("type url %s", packed.TypeUrl)
	}
	fresh := &codectypes.Any{TypeUrl: packed.TypeUrl, Value: packed.Value}
	var key cryptotypes.PubKey
	if err := registry.UnpackAny(fresh, &key); err != nil || key.Type() != ethkey.KeyType {
		t.Fatalf("unpack: %v, %v", key, err)
	}
}

func TestAddressCodecRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "short hex": "0x7e5f", "not hex": "0xzz5F4552091A69125d5DfCb7b8C2659029395Bdf",
		"bad checksum": "0x7e5F4552091A69125d5DfCb7b8C2659029395Bdf", "other prefix": "cosmos1qyqszqgpqyqszqgpqyqszqgpqyqszqgpjnp7du",
		"bech32 changed": ethkey.Format(newKey(t).PubKey().Address()) + "q", "no 0x": "7E5F4552091A69125d5DfCb7b8C2659029395Bdf",
	} {
		if b, err := (ethkey.AddressCodec{}).StringToBytes(text); !errors.Is(err, ethkey.ErrAddress) {
			t.Errorf("%s: got %x, error %v, want ErrAddress", name, b, err)
		}
	}
	if _, err := (ethkey.AddressCodec{}).BytesToString(make([]byte, 32)); !errors.Is(err, ethkey.ErrAddress) {
		t.Errorf("32 bytes: error %v, want ErrAddress", err)
	}
}

func FuzzVerifySignature(f *testing.F) {
	key, err := ethkey.NewPrivKey(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		f.Fatal(err)
	}
	signature, err := key.Sign([]byte("seed"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(key.PubKey().Bytes(), []byte("seed"), signature)
	f.Add([]byte{2}, []byte{}, make([]byte, 65))
	f.Fuzz(func(t *testing.T, public, message, signature []byte) {
		key := &ethkey.PubKey{Key: public}
		if key.VerifySignature(message, signature) && key.Address() == nil {
			t.Fatal("a key without an address verifies")
		}
	})
}

func FuzzAddress(f *testing.F) {
	f.Add("0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf")
	f.Add(ethkey.Format(bytes.Repeat([]byte{1}, 20)))
	f.Fuzz(func(t *testing.T, text string) {
		b, err := ethkey.AddressCodec{}.StringToBytes(text)
		if err != nil {
			return
		}
		back, err := ethkey.AddressCodec{}.StringToBytes(ethkey.Format(b))
		if err != nil || !bytes.Equal(b, back) {
			t.Fatalf("%q reads %x, writes and reads %x, %v", text, b, back, err)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	key := newKey(b)
	signature, err := key.Sign([]byte("bench"))
	if err != nil {
		b.Fatal(err)
	}
	public := key.PubKey()
	b.ReportAllocs()
	for b.Loop() {
		if !public.VerifySignature([]byte("bench"), signature) {
			b.Fatal("refused")
		}
	}
}
