package credit_test

import (
	"bytes"
	"crypto/ed25519"
	"testing"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/types"

	"ayni.example/receipt"
	"ayni.example/x/credit"
)

func signed(tb testing.TB, model receipt.Digest) (credit.Voucher, ed25519.PublicKey) {
	tb.Helper()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	v := receipt.Voucher{ChainID: "ayni_1-1", Channel: receipt.Digest{1}, Lane: 2, Nonce: 3, Cumulative: math.NewInt(4), Model: model}
	if err := v.Sign(key); err != nil {
		tb.Fatal(err)
	}
	return credit.NewVoucher(v), key.Public().(ed25519.PublicKey)
}

// FuzzVoucher: nothing from the wire makes a check panic, and only the signed voucher verifies.
func FuzzVoucher(f *testing.F) {
	var wires [2][]byte
	var key ed25519.PublicKey
	for i, model := range []receipt.Digest{{}, {7}} {
		var genuine credit.Voucher
		genuine, key = signed(f, model)
		wire, err := genuine.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		wires[i] = wire
		f.Add(wire)
	}
	f.Add([]byte{})
	f.Add([]byte{0x22, 0x01, '-'})
	f.Fuzz(func(t *testing.T, data []byte) {
		var v credit.Voucher
		if v.Unmarshal(data) != nil || v.ValidateBasic() != nil {
			return
		}
		again, err := v.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		var w credit.Voucher
		if err := w.Unmarshal(again); err != nil || w.ValidateBasic() != nil {
			t.Fatalf("voucher does not survive its own encoding: %v", err)
		}
		if v.Verify("ayni_1-1", key) == nil && !bytes.Equal(again, wires[0]) && !bytes.Equal(again, wires[1]) {
			t.Fatalf("a voucher that was never signed verifies: %+v", v)
		}
	})
}

// FuzzGenesis: no genesis makes the check panic.
func FuzzGenesis(f *testing.F) {
	cdc := codec.NewProtoCodec(types.NewInterfaceRegistry())
	f.Add(cdc.MustMarshalJSON(credit.DefaultGenesis()))
	f.Add(cdc.MustMarshalJSON(sound()))
	f.Add([]byte(`{"channels":[{"deposit":"-1"}],"lanes":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var g credit.GenesisState
		if cdc.UnmarshalJSON(data, &g) != nil || g.Validate() != nil {
			return
		}
		var again credit.GenesisState
		if err := cdc.UnmarshalJSON(cdc.MustMarshalJSON(&g), &again); err != nil {
			t.Fatal(err)
		}
		if err := again.Validate(); err != nil {
			t.Fatalf("valid genesis is refused after a round trip: %v", err)
		}
	})
}
