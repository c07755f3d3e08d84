package vrf_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"math/bits"
	"testing"

	"ayni.example/internal/vrf"
)

// The examples 16 to 18 of RFC 9381, appendix B.3.
const (
	seed16 = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
	seed17 = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
	seed18 = "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"
)

func examples() []struct{ seed, public, input, proof, output string } {
	return []struct{ seed, public, input, proof, output string }{
		{
			seed16, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
			"8657106690b5526245a92b003bb079ccd1a92130477671f6fc01ad16f26f723f" +
				"26f8a57ccaed74ee1b190bed1f479d97" + "27d2d0f9b005a6e456a35d4fb0daab1268a1b0db10836d9826a528ca76567805",
			"90cf1df3b703cce59e2a35b925d411164068269d7b2d29f3301c03dd757876ff" +
				"66b71dda49d2de59d03450451af026798e8f81cd2e333de5cdf4f3e140fdd8ae",
		},
		{
			seed17, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
			"f3141cd382dc42909d19ec5110469e4feae18300e94f304590abdced48aed593" +
				"3bf0864a62558b3ed7f2fea45c92a465" + "301b3bbf5e3e54ddf2d935be3b67926da3ef39226bbc355bdc9850112c8f4b02",
			"eb4440665d3891d668e7e0fcaf587f1b4bd7fbfe99d0eb2211ccec90496310eb" +
				"5e33821bc613efb94db5e5b54c70a848a0bef4553a41befc57663b56373a5031",
		},
		{
			seed18, "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
			"9bc0f79119cc5604bf02d23b4caede71393cedfbb191434dd016d30177ccbf80" +
				"96bb474e53895c362d8628ee9f9ea3c0" + "e52c7a5c691b6c18c9979866568add7a2d41b00b05081ed0f58ee5e31b3a970e",
			"645427e5d00c62a23fb703732fa5d892940935942101e456ecca7bb217c61c45" +
				"2118fec1219202a0edcf038bb6373241578be7217ba85a2687f7a0310b2df19f",
		},
	}
}

func unhex(tb testing.TB, text string) []byte {
	tb.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

func key(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func TestExamplesOfRFC9381(t *testing.T) {
	for _, e := range examples() {
		k := ed25519.NewKeyFromSeed(unhex(t, e.seed))
		if got := hex.EncodeToString(public(k)); got != e.public {
			t.Fatalf("key %s, want %s", got, e.public)
		}
		output, proof, err := vrf.Prove(k, unhex(t, e.input))
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(proof); got != e.proof {
			t.Fatalf("proof %s, want %s", got, e.proof)
		}
		if got := hex.EncodeToString(output[:]); got != e.output {
			t.Fatalf("output %s, want %s", got, e.output)
		}
		again, err := vrf.Verify(public(k), unhex(t, e.input), proof)
		if err != nil || again != output {
			t.Fatalf("verified output %x, want %x: %v", again, output, err)
		}
		if again, err := vrf.Output(proof); err != nil || again != output {
			t.Fatalf("the proof's output is %x, want %x: %v", again, output, err)
		}
	}
}

// Every bit of a proof counts, and so do key and input.
func TestVerifyRefuses(t *testing.T) {
	k := key(1)
	_, proof, err := vrf.Prove(k, []byte("round 7"))
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 8 * len(proof) {
		forged := bytes.Clone(proof)
		forged[bit/8] ^= 1 << (bit % 8)
		if _, err := vrf.Verify(public(k), []byte("round 7"), forged); !errors.Is(err, vrf.ErrProof) {
			t.Fatalf("bit %d changed: error %v", bit, err)
		}
	}
	for name, got := range map[string]func() error{
		"another input": func() error { _, err := vrf.Verify(public(k), []byte("round 8"), proof); return err },
		"another key":   func() error { _, err := vrf.Verify(public(key(2)), []byte("round 7"), proof); return err },
		"short":         func() error { _, err := vrf.Verify(public(k), []byte("round 7"), proof[1:]); return err },
		"long":          func() error { _, err := vrf.Verify(public(k), []byte("round 7"), append(proof, 0)); return err },
		"none":          func() error { _, err := vrf.Verify(public(k), []byte("round 7"), nil); return err },
	} {
		if err := got(); !errors.Is(err, vrf.ErrProof) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// The scalar of a proof has one form only: adding the group's order to it must not make a second proof.
func TestProofIsCanonical(t *testing.T) {
	k := key(1)
	_, proof, err := vrf.Prove(k, nil)
	if err != nil {
		t.Fatal(err)
	}
	order := unhex(t, "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
	carry := 0
	for i := range order {
		sum := int(proof[48+i]) + int(order[i]) + carry
		proof[48+i], carry = byte(sum), sum>>8
	}
	if _, err := vrf.Verify(public(k), nil, proof); !errors.Is(err, vrf.ErrProof) {
		t.Fatalf("error %v", err)
	}
}

func TestKeysRefused(t *testing.T) {
	for name, raw := range map[string][]byte{
		"identity":             append([]byte{1}, make([]byte, 31)...),
		"order 4":              make([]byte, 32),
		"order 8":              unhex(t, "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
		"order 2":              unhex(t, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
		"not canonical":        unhex(t, "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
		"not on the curve":     append([]byte{2}, make([]byte, 31)...),
		"short":                make([]byte, 31),
		"none":                 nil,
		"the identity negated": append(append([]byte{1}, make([]byte, 30)...), 0x80),
	} {
		if _, err := vrf.CheckKey(raw); !errors.Is(err, vrf.ErrKey) {
			t.Errorf("%s: error %v", name, err)
		}
		if _, err := vrf.Verify(raw, nil, make([]byte, vrf.ProofSize)); !errors.Is(err, vrf.ErrKey) {
			t.Errorf("%s verifies: error %v", name, err)
		}
	}
	if _, _, err := vrf.Prove(make([]byte, 32), nil); !errors.Is(err, vrf.ErrKey) {
		t.Errorf("short private key: error %v", err)
	}
}

// Outputs look random: over 512 inputs each of the 512 bits is set about half the time. The bound is six standard deviations
// and the inputs are fixed, so this does not fail by chance.
func TestOutputsAreEven(t *testing.T) {
	const inputs = 512
	k := key(3)
	var count [8 * vrf.OutputSize]int
	total := 0
	for i := range inputs {
		output, _, err := vrf.Prove(k, []byte{byte(i), byte(i >> 8)})
		if err != nil {
			t.Fatal(err)
		}
		for b, v := range output {
			total += bits.OnesCount8(v)
			for n := range 8 {
				count[8*b+n] += int(v>>n) & 1
			}
		}
	}
	for bit, n := range count {
		if n < inputs/2-68 || n > inputs/2+68 {
			t.Errorf("bit %d is set %d times of %d", bit, n, inputs)
		}
	}
	if off := total - inputs*8*vrf.OutputSize/2; off < -1536 || off > 1536 {
		t.Errorf("%d bits more than half are set", off)
	}
}

// FuzzVerify: nothing makes Verify panic, and what it accepts is what the key's holder computes.
func FuzzVerify(f *testing.F) {
	for _, e := range examples() {
		f.Add(unhex(f, e.seed), unhex(f, e.input), unhex(f, e.proof))
	}
	f.Fuzz(func(t *testing.T, seed, input, proof []byte) {
		if len(input) > 1<<12 {
			return
		}
		_, _ = vrf.Verify(seed, input, proof) // any bytes as a key
		if len(seed) != ed25519.SeedSize {
			return
		}
		k := ed25519.NewKeyFromSeed(seed)
		output, honest, err := vrf.Prove(k, input)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := vrf.Verify(public(k), input, honest); err != nil || got != output {
			t.Fatalf("the honest proof gives %x: %v", got, err)
		}
		if got, err := vrf.Verify(public(k), input, proof); err == nil && got != output {
			t.Fatalf("a second output: %x and %x", got, output)
		}
	})
}

func BenchmarkProve(b *testing.B) {
	for b.Loop() {
		if _, _, err := vrf.Prove(key(1), []byte("round")); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	_, proof, err := vrf.Prove(key(1), []byte("round"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := vrf.Verify(public(key(1)), []byte("round"), proof); err != nil {
			b.Fatal(err)
		}
	}
}
