package keeper_test

import (
	"errors"
	"strings"
	"testing"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
	"ayni.example/x/internal/ledgertest"
)

// busy is a fixture with channels in every state.
func busy(tb testing.TB) *fixture {
	tb.Helper()
	f := newFixture(tb)
	f.open(tb, nil)
	first := f.id
	_, err := f.claim(f.voucher(tb, 0, 1, 10), f.voucher(tb, 2, 4, 20))
	ledgertest.Must(tb, err)
	f.id = f.open(tb, nil)
	ledgertest.Must(tb, f.close(f.payer))
	f.id = f.open(tb, nil)
	_, err = f.claim(f.voucher(tb, 1, 1, 30))
	ledgertest.Must(tb, err)
	ledgertest.Must(tb, f.close(f.payee))
	f.id = first
	return f
}

func TestGenesisReload(t *testing.T) { busy(t).CheckReload(t) }

func TestInitGenesisRefuses(t *testing.T) {
	f := busy(t)
	escrow := f.Balance(authtypes.NewModuleAddress(credit.ModuleName)).Int64()
	tests := []struct {
		name   string
		held   int64
		change func(*credit.GenesisState)
		want   error
	}{
		{"as exported", escrow, func(*credit.GenesisState) {}, nil},
		{"more money than is locked", escrow + 1, func(*credit.GenesisState) {}, nil},
		{"less money than is locked", escrow - 1, func(*credit.GenesisState) {}, credit.ErrInvariant},
		{"address in another form", escrow, func(g *credit.GenesisState) {
			for i := range g.Channels {
				g.Channels[i].Payee = ethkey.Hex(f.payee)
			}
		}, credit.ErrInvalid},
		{"sequence of nobody", escrow, func(g *credit.GenesisState) { g.Sequences[0].Payer = "nobody" }, credit.ErrInvalid},
		{"admin in another form", escrow, func(g *credit.GenesisState) {
			g.Params.Admin = strings.ToUpper(g.Params.Admin)
		}, credit.ErrInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			state, err := f.Credit.ExportGenesis(f.Ctx)
			ledgertest.Must(t, err)
			tt.change(state)
			empty := ledgertest.New(t)
			if tt.held > 0 {
				ledgertest.Must(t, empty.Bank.MintCoins(empty.Ctx, credit.ModuleName, credit.Coins(math.NewInt(tt.held))))
			}
			if err := empty.Credit.InitGenesis(empty.Ctx, state); !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
		})
	}
}

func TestInvariantsNotice(t *testing.T) {
	tests := []struct {
		name  string
		wound func(testing.TB, *fixture)
		want  error
	}{
		{"money left the escrow", func(tb testing.TB, f *fixture) {
			tb.Helper()
			ledgertest.Must(tb, f.Bank.SendCoinsFromModuleToAccount(f.Ctx, credit.ModuleName, f.stranger, credit.Coins(math.OneInt())))
		}, credit.ErrInvariant},
		{"money of nobody in the escrow", func(tb testing.TB, f *fixture) {
			tb.Helper()
			ledgertest.Must(tb, f.Bank.MintCoins(f.Ctx, credit.ModuleName, credit.Coins(math.OneInt())))
		}, credit.ErrInvariant},
		{"a lane forgotten", func(tb testing.TB, f *fixture) {
			tb.Helper()
			ledgertest.Must(tb, f.Credit.Lanes.Remove(f.Ctx, collections.Join(f.id, uint32(0))))
		}, credit.ErrInvariant},
		{"more claimed than deposited", func(tb testing.TB, f *fixture) {
			tb.Helper()
			c := f.channel(tb)
			c.Claimed = c.Deposit.AddRaw(1)
			ledgertest.Must(tb, f.Credit.Channels.Set(f.Ctx, f.id, c))
		}, credit.ErrDeposit},
		{"an index lost", func(tb testing.TB, f *fixture) {
			tb.Helper()
			ledgertest.Must(tb, f.Credit.Channels.Indexes.Payee.Unreference(f.Ctx, f.id, func() (credit.Channel, error) {
				return f.Credit.Channels.Get(f.Ctx, f.id)
			}))
		}, credit.ErrInvariant},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := busy(t)
			sound := f.Ctx
			f.Ctx, _ = f.Ctx.CacheContext()
			tt.wound(t, f)
			if err := f.Credit.Invariants(f.Ctx); !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			f.Ctx = sound
		})
	}
}
