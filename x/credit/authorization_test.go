package credit_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"cosmossdk.io/math"

	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
)

// The signatures below were made by the npm packages @x402/evm 2.27.0 and viem for the account of the key 0x0707…07.
const vectorChain = 424242

func vectorAuthorization(tb testing.TB) credit.Authorization {
	tb.Helper()
	return credit.Authorization{
		From: unhex(tb, "4a62316623ad457F02cDC5D997deD67a383EC569"), To: unhex(tb, "209693Bc6afc0C5328bA36FaF03C514EF312287C"),
		Value: math.NewInt(1_500_000_000_000_000_000), ValidBefore: 1795476395,
		Nonce: unhex(tb, "ef7a6e8fbbcc1c4066b7b3edba9e57170a5759a998c63dd2bbbf27397ea3edb8"),
	}
}

func TestStockAuthorizations(t *testing.T) {
	a := vectorAuthorization(t)
	nonce, ok := math.NewIntFromString("29876081616129314988893817669416916459405440753610004806448570425000640581690")
	if !ok {
		t.Fatal("no number")
	}
	permit := credit.Permit{
		From: a.From, To: a.To, Facilitator: append(make([]byte, 19), 0xff), Amount: a.Value, Deadline: a.ValidBefore,
		Nonce: nonce.BigInt().FillBytes(make([]byte, credit.NonceSize)),
	}
	cancel := credit.CancellationDigest(a.From, bytes.Repeat([]byte{5}, credit.NonceSize), vectorChain)
	for name, tt := range map[string]struct {
		digest    []byte
		signature string
	}{
		"TransferWithAuthorization": {a.Digest(vectorChain), "2d15f0610d41f2e4fd411930386e1f9dc75897454429ef7f41702ade6f5fa6f64b250cf51f3eff5e7477e4d6b081097562b092f612e2f25715a0a5ec5c614ae81c"},
		"PermitWitnessTransferFrom": {permit.Digest(vectorChain), "2e5c600ebea25541541e56928f3999afebaf9a92da93443f56c3114cd9a4fe7f4ba722821cf4603d9e0c03211d9c54941e7e77b9c25881dc399bd0542bf7c5c21c"},
		"CancelAuthorization":       {cancel, "1aa59b272ccfcc74909c11254b8ab25a435280ef4c45ae59895af7086b58b3071789b6a8d7f06371d32692d1c25422341cdfc7a8d08bd1bba921f7a3e796474f1b"},
	} {
		got, err := ethkey.Recover(tt.digest, unhex(t, tt.signature))
		if err != nil || !bytes.Equal(got, a.From) {
			t.Errorf("%s: recovered %x, %v, want %x", name, got, err, a.From)
		}
	}
}

// Every field is part of what is signed.
func TestDigestCoversEveryField(t *testing.T) {
	a := vectorAuthorization(t)
	seen := map[string]string{string(a.Digest(vectorChain)): "as signed", string(a.Digest(vectorChain + 1)): "another ledger"}
	for name, change := range map[string]func(*credit.Authorization){
		"from":         func(a *credit.Authorization) { a.From = a.To },
		"to":           func(a *credit.Authorization) { a.To = a.From },
		"value":        func(a *credit.Authorization) { a.Value = a.Value.AddRaw(1) },
		"valid after":  func(a *credit.Authorization) { a.ValidAfter++ },
		"valid before": func(a *credit.Authorization) { a.ValidBefore++ },
		"nonce":        func(a *credit.Authorization) { a.Nonce = make([]byte, credit.NonceSize) },
	} {
		other := a
		change(&other)
		seen[string(other.Digest(vectorChain))] = name
	}
	p := credit.Permit{From: a.From, To: a.To, Facilitator: a.To, Amount: a.Value, Deadline: 9, Nonce: a.Nonce}
	seen[string(p.Digest(vectorChain))], seen[string(p.Digest(1))] = "permit", "permit of another ledger"
	for name, change := range map[string]func(*credit.Permit){
		"to":          func(p *credit.Permit) { p.To = p.From },
		"facilitator": func(p *credit.Permit) { p.Facilitator = p.From },
		"amount":      func(p *credit.Permit) { p.Amount = p.Amount.AddRaw(1) },
		"valid after": func(p *credit.Permit) { p.ValidAfter++ },
		"deadline":    func(p *credit.Permit) { p.Deadline++ },
		"nonce":       func(p *credit.Permit) { p.Nonce = make([]byte, credit.NonceSize) },
	} {
		other := p
		change(&other)
		seen[string(other.Digest(vectorChain))] = "permit's " + name
	}
	if len(seen) != 16 {
		t.Fatalf("some digests are equal, left are %v", seen)
	}
}

func TestChainNumber(t *testing.T) {
	for id, want := range map[string]uint64{
		"ayni_424242-1": 424242, "ayni_9-12": 9, "ayni": 0, "ayni_0-1": 0, "ayni_12": 0, "ayni_99999999999999999999-1": 0, "ayni_1-1\n": 0,
	} {
		got, err := credit.ChainNumber(id)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("%q: %d, %v, want %d", id, got, err, want)
		}
	}
}

func FuzzMsgTransferAuthorized(f *testing.F) {
	msg := credit.MsgTransferAuthorized{
		Carrier: "a", From: "b", To: "c", Value: math.OneInt(), Nonce: make([]byte, 32), Signature: make([]byte, 65),
	}
	seed, err := msg.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, raw []byte) {
		var transfer credit.MsgTransferAuthorized
		if transfer.Unmarshal(raw) == nil && transfer.ValidateBasic() == nil {
			a := credit.Authorization{
				From: make([]byte, 20), To: make([]byte, 20), Value: transfer.Value, Nonce: transfer.Nonce,
				ValidAfter: transfer.ValidAfter, ValidBefore: transfer.ValidBefore,
			}
			if a.Validate() == nil && len(a.Digest(1)) != ethkey.DigestSize {
				t.Fatal("no digest")
			}
		}
		var hold credit.MsgHold
		if hold.Unmarshal(raw) == nil && hold.ValidateBasic() == nil {
			p := credit.Permit{
				From: make([]byte, 20), To: make([]byte, 20), Facilitator: make([]byte, 20), Amount: hold.Amount, Nonce: hold.Nonce,
				ValidAfter: hold.ValidAfter, Deadline: hold.Deadline,
			}
			if p.Validate() == nil && len(p.Digest(1)) != ethkey.DigestSize {
				t.Fatal("no digest")
			}
		}
	})
}

func unhex(tb testing.TB, text string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}
