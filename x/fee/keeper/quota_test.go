package keeper_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/fee"
	"ayni.example/x/internal/ledgertest"
)

func grant(l *ledgertest.Ledger, sender string, gas uint64) error {
	_, err := l.Send(&fee.MsgSetQuota{
		Admin: ledgertest.Text(ledgertest.Account(sender)), Account: ethkey.Hex(ledgertest.Account("member")), Gas: gas,
	})
	return err
}

func TestQuota(t *testing.T) {
	l := ledgertest.Start(t)
	member := ledgertest.Account("member")
	for _, sender := range []string{"member", "stranger"} {
		if err := grant(l, sender, 1_000); !errors.Is(err, fee.ErrUnauthorised) {
			t.Fatalf("granted by %s: %v", sender, err)
		}
	}
	if l.Accounts.HasAccount(l.Ctx, member) {
		t.Fatal("the member has an account already")
	}
	ledgertest.Must(t, grant(l, "admin", 1_000))
	if !l.Accounts.HasAccount(l.Ctx, member) {
		t.Fatal("the member has no account")
	}
	p, err := l.Fee.Params.Get(l.Ctx)
	ledgertest.Must(t, err)
	p.QuotaBlocks, p.QuotaSeconds = 10, 3_600
	ledgertest.Must(t, l.Fee.Params.Set(l.Ctx, p))
	for _, s := range []struct {
		name    string
		blocks  int64
		seconds int64
		gas     uint64
		want    error
	}{
		{"more than all", 1, 1, 1_001, fee.ErrQuota},
		{"some", 0, 0, 600, nil},
		{"rest and one more", 1, 1, 401, fee.ErrQuota},
		{"exactly the rest", 0, 0, 400, nil},
		{"the time has passed, the blocks have not", 7, 7_200, 1, fee.ErrQuota},
		{"both have passed", 1, 0, 1_000, nil},
		{"nothing left again", 100, 3_599, 1, fee.ErrQuota},
		{"a second later", 0, 1, 1, nil},
	} {
		l.Advance(s.blocks, time.Duration(s.seconds)*time.Second)
		if err := l.Fee.Spend(l.Ctx, member, s.gas); !errors.Is(err, s.want) {
			t.Fatalf("%s: error %v, want %v", s.name, err, s.want)
		}
	}
	// lowered and raised within a period, what was used stays used
	ledgertest.Must(t, l.Fee.Spend(l.Ctx, member, 699))
	for _, s := range []struct{ gas, rest uint64 }{{500, 0}, {700, 0}, {1_000, 300}} {
		ledgertest.Must(t, grant(l, "admin", s.gas))
		quota, err := l.Fee.Quota(l.Ctx, member)
		ledgertest.Must(t, err)
		if quota.Rest() != s.rest {
			t.Fatalf("%d gas left of %d, want %d", quota.Rest(), s.gas, s.rest)
		}
	}
	ledgertest.Must(t, grant(l, "admin", 0))
	if err := l.Fee.Spend(l.Ctx, member, 1); !errors.Is(err, fee.ErrQuota) {
		t.Fatalf("revoked: error %v", err)
	}
	if err := l.Fee.Spend(l.Ctx, ledgertest.Account("nobody"), 1); !errors.Is(err, fee.ErrQuota) {
		t.Fatalf("never granted: error %v", err)
	}
}

func TestUpdateParams(t *testing.T) {
	l := ledgertest.Start(t)
	update := func(sender string, change func(*fee.Params)) error {
		p, err := l.Fee.Params.Get(l.Ctx)
		ledgertest.Must(t, err)
		change(&p)
		_, err = l.Send(&fee.MsgUpdateParams{Admin: ledgertest.Text(ledgertest.Account(sender)), Params: p})
		return err
	}
	for _, tt := range []struct {
		name, sender string
		change       func(*fee.Params)
		want         error
	}{
		{"by a stranger", "stranger", func(*fee.Params) {}, fee.ErrUnauthorised},
		{"no floor", "admin", func(p *fee.Params) { p.PriceFloor = math.ZeroInt() }, fee.ErrInvalid},
		{"another floor", "admin", func(p *fee.Params) { p.PriceFloor = math.NewInt(2_000_000_000) }, nil},
		{"to no address", "admin", func(p *fee.Params) { p.Admin = "heir" }, fee.ErrInvalid},
		{"to an heir", "admin", func(p *fee.Params) { p.Admin = ethkey.Hex(ledgertest.Account("heir")) }, nil},
		{"by the former admin", "admin", func(*fee.Params) {}, fee.ErrUnauthorised},
		{"by the heir, giving up the office", "heir", func(p *fee.Params) { p.Admin = "" }, nil},
		{"by the heir who gave it up", "heir", func(*fee.Params) {}, fee.ErrUnauthorised},
	} {
		if err := update(tt.sender, tt.change); !errors.Is(err, tt.want) {
			t.Fatalf("%s: error %v, want %v", tt.name, err, tt.want)
		}
	}
	price, err := l.Fee.Price(l.Ctx)
	ledgertest.Must(t, err)
	if !price.Equal(math.NewInt(2_000_000_000)) {
		t.Fatalf("price %s", price)
	}
}

// TestQuietWhenIdle: the price falls by itself, without a write, and a small block at the floor writes nothing either.
func TestQuietWhenIdle(t *testing.T) {
	l := ledgertest.Start(t)
	price := func() math.Int {
		p, err := l.Fee.Price(l.Ctx)
		ledgertest.Must(t, err)
		return p
	}
	block := func(gas uint64) {
		l.Advance(1, 250*time.Millisecond)
		ledgertest.Must(t, l.Fee.EndBlock(l.Ctx, gas))
	}
	start := l.Entries()
	block(0)
	block(25_000_000)
	if !slices.Equal(start, l.Entries()) {
		t.Fatal("a block that moves no price wrote")
	}
	for range 20 {
		block(50_000_000)
	}
	block(0)
	high := price()
	if high.LT(math.NewInt(9_000_000_000)) {
		t.Fatalf("price %s after 20 full blocks", high)
	}
	l.CheckReload(t)
	busy := l.Entries()
	for range 3 {
		block(0)
	}
	if fallen := price(); !fallen.LT(high) || !slices.Equal(busy, l.Entries()) {
		t.Fatalf("price %s then %s in empty blocks, or they wrote", high, fallen)
	}
	l.Advance(1, time.Minute)
	if got := price(); !got.Equal(math.NewInt(1_000_000_000)) {
		t.Fatalf("price %s a minute later", got)
	}
	block(1)
	if !slices.Equal(start, l.Entries()) {
		t.Fatal("a mark is left although the price is at the floor")
	}
}

// TestNextBlock: outside of a block the price and the quota are those of the next one.
func TestNextBlock(t *testing.T) {
	l := ledgertest.Start(t)
	ledgertest.Must(t, l.Fee.EndBlock(l.Ctx, 50_000_000))
	now, err := l.Fee.Price(l.Ctx)
	ledgertest.Must(t, err)
	next, err := l.Fee.Price(sdk.UnwrapSDKContext(l.Ctx).WithIsCheckTx(true))
	ledgertest.Must(t, err)
	if !now.Equal(math.NewInt(1_000_000_000)) || !next.Equal(math.NewInt(1_125_000_000)) {
		t.Fatalf("price %s, then %s", now, next)
	}
}
