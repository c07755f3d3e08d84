package keeper_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"math"
	"testing"

	sdkmath "cosmossdk.io/math"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"ayni.example/receipt"
	"ayni.example/x/credit"
	"ayni.example/x/credit/keeper"
	"ayni.example/x/internal/ledgertest"
)

func TestClaimPaysWhatIsNew(t *testing.T) {
	f := newFixture(t)
	first, second, other := f.voucher(t, 0, 1, 100), f.voucher(t, 0, 2, 150), f.voucher(t, 1, 1, 50)
	rival := f.voucher(t, 0, 9, 150)
	rival.Head = receipt.Digest{0xff}
	ledgertest.Must(t, rival.Sign(f.key))
	for _, tt := range []struct {
		name     string
		vouchers []receipt.Voucher
		want     int64
	}{
		{"first", []receipt.Voucher{first}, 100},
		{"again", []receipt.Voucher{first}, 0},
		{"next, with a stale one and another lane", []receipt.Voucher{first, second, other, second}, 100},
		{"stale ones only", []receipt.Voucher{second, first, other}, 0},
		{"same amount, later nonce", []receipt.Voucher{f.voucher(t, 0, 9, 150)}, 0},
		{"same amount, same nonce, another head", []receipt.Voucher{rival}, 0},
	} {
		got, err := f.claim(tt.vouchers...)
		if err != nil || got != tt.want {
			t.Fatalf("%s: paid %d, %v, want %d", tt.name, got, err, tt.want)
		}
	}
	f.checkBalance(t, f.payee, 200)
	res, err := keeper.NewQueryServer(f.Credit).Channel(f.Ctx, &credit.QueryChannelRequest{Id: f.id})
	ledgertest.Must(t, err)
	if len(res.Lanes) != 2 || res.Lanes[0].Nonce != 9 || !bytes.Equal(res.Lanes[0].Head[:2], []byte{0, 9}) {
		t.Fatalf("the later nonce sets the head: %+v", res.Lanes)
	}
	if !res.Channel.Claimed.Equal(sdkmath.NewInt(200)) {
		t.Fatalf("claimed %s", res.Channel.Claimed)
	}
}

// A payer who claims a voucher over nothing under the highest nonce must not make the payee's vouchers stale.
func TestClaimCannotBurnLane(t *testing.T) {
	f := newFixture(t)
	_, err := f.claim(f.voucher(t, 0, math.MaxUint64, 0))
	ledgertest.Must(t, err)
	if paid, err := f.claim(f.voucher(t, 0, 5, 400)); err != nil || paid != 400 {
		t.Fatalf("paid %d, %v", paid, err)
	}
	if paid, err := f.claim(f.voucher(t, 0, math.MaxUint64, 0)); err != nil || paid != 0 {
		t.Fatalf("the old one again: paid %d, %v", paid, err)
	}
}

// The order of claims does not matter: whoever claims first, the state and the sums are the same.
func TestClaimsCommute(t *testing.T) {
	heads := make([][]byte, 0, 3)
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}} {
		f := newFixture(t)
		vouchers := []receipt.Voucher{
			f.voucher(t, 0, 1, 100), f.voucher(t, 0, 2, 200), f.voucher(t, 0, 3, 200), f.voucher(t, 0, 9, 150),
		}
		for _, i := range order {
			_, err := f.claim(vouchers[i])
			ledgertest.Must(t, err)
		}
		f.checkBalance(t, f.payee, 200)
		heads = append(heads, f.Raw(credit.StoreKey, credit.LaneKey(f.id, 0)))
	}
	for _, h := range heads[1:] {
		if !bytes.Equal(h, heads[0]) {
			t.Fatalf("lane %x after one order, %x after another", heads[0], h)
		}
	}
}

func TestClaimTamper(t *testing.T) {
	tests := []struct {
		name   string
		change func(*credit.Voucher)
		want   error
	}{
		{"another channel", func(v *credit.Voucher) { v.Channel[0] ^= 1 }, credit.ErrNotFound},
		{"lane", func(v *credit.Voucher) { v.Lane++ }, credit.ErrSignature},
		{"nonce", func(v *credit.Voucher) { v.Nonce++ }, credit.ErrSignature},
		{"amount up", func(v *credit.Voucher) { v.Cumulative = v.Cumulative.AddRaw(1) }, credit.ErrSignature},
		{"amount down", func(v *credit.Voucher) { v.Cumulative = v.Cumulative.SubRaw(1) }, credit.ErrSignature},
		{"quote", func(v *credit.Voucher) { v.Quote[15] ^= 1 }, credit.ErrSignature},
		{"head", func(v *credit.Voucher) { v.Head[31] ^= 1 }, credit.ErrSignature},
		{"signature", func(v *credit.Voucher) { v.Signature[63] ^= 1 }, credit.ErrSignature},
		{"model added", func(v *credit.Voucher) { v.Model = bytes.Repeat([]byte{1}, 32) }, credit.ErrSignature},
		{"model of zeros", func(v *credit.Voucher) { v.Model = make([]byte, 32) }, credit.ErrInvalid},
		{"short model", func(v *credit.Voucher) { v.Model = bytes.Repeat([]byte{1}, 31) }, credit.ErrInvalid},
		{"short channel", func(v *credit.Voucher) { v.Channel = v.Channel[1:] }, credit.ErrInvalid},
		{"short quote", func(v *credit.Voucher) { v.Quote = v.Quote[1:] }, credit.ErrInvalid},
		{"long head", func(v *credit.Voucher) { v.Head = append(v.Head, 0) }, credit.ErrInvalid},
		{"no signature", func(v *credit.Voucher) { v.Signature = nil }, credit.ErrInvalid},
		{"absent amount", func(v *credit.Voucher) { v.Cumulative = sdkmath.Int{} }, credit.ErrInvalid},
		{"negative amount", func(v *credit.Voucher) { v.Cumulative = v.Cumulative.Neg() }, credit.ErrInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			good, bad := credit.NewVoucher(f.voucher(t, 1, 1, 10)), credit.NewVoucher(f.voucher(t, 0, 7, 100))
			bad.Channel = bytes.Clone(bad.Channel)
			tt.change(&bad)
			msg := &credit.MsgClaim{Claimer: ledgertest.Text(f.payee), Vouchers: []credit.Voucher{good, bad}}
			if _, err := f.Send(msg); !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			f.checkBalance(t, f.payee, 0) // the good one is not paid either
		})
	}
}

func TestClaimRefusesForeignVouchers(t *testing.T) {
	f := newFixture(t)
	sibling := f.open(t, func(m *credit.MsgOpenChannel) {
		m.Signer = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	})
	tests := []struct {
		name   string
		change func(*receipt.Voucher)
		want   error
	}{
		{"of another ledger", func(v *receipt.Voucher) { v.ChainID = "ayni_1-1" }, credit.ErrSignature},
		{"of another channel's key", func(v *receipt.Voucher) { v.Channel = receipt.Digest(sibling) }, credit.ErrSignature},
		{"of no channel", func(v *receipt.Voucher) { v.Channel = receipt.Digest{} }, credit.ErrNotFound},
		{"above the deposit", func(v *receipt.Voucher) { v.Cumulative = sdkmath.NewInt(deposit + 1) }, credit.ErrDeposit},
		{"on a lane too high", func(v *receipt.Voucher) { v.Lane = credit.DefaultParams().LanesMax }, credit.ErrLane},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := f.voucher(t, 0, 1, 100)
			tt.change(&v)
			ledgertest.Must(t, v.Sign(f.key))
			if _, err := f.claim(f.voucher(t, 1, 1, 1), v); !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			f.checkBalance(t, f.payee, 0)
		})
	}
}

func TestClaimBoundsSumOfLanes(t *testing.T) {
	f := newFixture(t)
	_, err := f.claim(f.voucher(t, 0, 1, 600))
	ledgertest.Must(t, err)
	if _, err := f.claim(f.voucher(t, 1, 1, 401)); !errors.Is(err, credit.ErrDeposit) {
		t.Fatalf("1,001 over two lanes: %v", err)
	}
	if paid, err := f.claim(f.voucher(t, 1, 1, 400)); err != nil || paid != 400 {
		t.Fatalf("exactly the deposit over two lanes: %d, %v", paid, err)
	}
	_, err = f.Send(&credit.MsgTopUp{Payer: ledgertest.Text(f.payer), Channel: f.id, Amount: sdkmath.NewInt(1)})
	ledgertest.Must(t, err)
	if paid, err := f.claim(f.voucher(t, 1, 2, 401)); err != nil || paid != 1 {
		t.Fatalf("after a top up: %d, %v", paid, err)
	}
}

func TestClaimIsBoundedAndCharged(t *testing.T) {
	f := newFixture(t)
	most := int(credit.DefaultParams().VouchersMax)
	v := f.voucher(t, 0, 1, 1)
	vouchers := make([]receipt.Voucher, most+1)
	for i := range vouchers {
		vouchers[i] = v
	}
	if _, err := f.claim(vouchers...); !errors.Is(err, credit.ErrInvalid) {
		t.Fatalf("%d vouchers: %v", len(vouchers), err)
	}
	if _, err := f.claim(); !errors.Is(err, credit.ErrInvalid) {
		t.Fatalf("no voucher: %v", err)
	}
	// with a store that costs nothing, the signatures are what remains
	f.Ctx = f.Ctx.WithGasMeter(storetypes.NewInfiniteGasMeter()).WithKVGasConfig(storetypes.GasConfig{})
	_, err := f.claim(vouchers[:most]...)
	ledgertest.Must(t, err)
	if used, want := f.Ctx.GasMeter().GasConsumed(), uint64(most*2000); used != want {
		t.Fatalf("%d vouchers used %d gas, want %d", most, used, want)
	}
}
