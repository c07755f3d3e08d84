package keeper_test

import (
	"errors"
	"testing"
	"time"

	"cosmossdk.io/math"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/x/council"
	"ayni.example/x/credit"
	"ayni.example/x/internal/ledgertest"
)

func (f *fixture) share() (int64, error) {
	result, err := f.Send(&council.MsgShareFees{Sender: text("anyone")})
	if err != nil {
		return 0, err
	}
	return result.MsgResponses[0].GetCachedValue().(*council.MsgShareFeesResponse).Shared.Int64(), nil
}

// TestShareFees: by power, rounded down, to the active seats; the rest stays and is shared later.
func TestShareFees(t *testing.T) {
	f := newFixture(t, "a", "b", "c")
	if _, err := f.share(); !errors.Is(err, council.ErrEmpty) {
		t.Fatalf("nothing to share: %v", err)
	}
	f.enact([]string{"a", "b", "c"}, power("a", 20))
	collect := func(amount int64) {
		coins := credit.Coins(math.NewInt(amount))
		ledgertest.Must(t, f.Bank.MintCoins(f.Ctx, credit.ModuleName, coins))
		ledgertest.Must(t, f.Bank.SendCoinsFromModuleToModule(f.Ctx, credit.ModuleName, authtypes.FeeCollectorName, coins))
	}
	collect(103)
	if shared, err := f.share(); err != nil || shared != 51+25+25 {
		t.Fatalf("shared %d, %v", shared, err)
	}
	for name, want := range map[string]int64{"a": 51, "b": 25, "c": 25} {
		if got := f.Balance(ledgertest.Account(name)); got.Int64() != want {
			t.Errorf("%s has %s, want %d", name, got, want)
		}
	}
	f.accuse("a", 1, f.Ctx.BlockTime())
	collect(98) // and 2 are left
	if shared, err := f.share(); err != nil || shared != 100 {
		t.Fatalf("shared %d, %v", shared, err)
	}
	if got := f.Balance(ledgertest.Account("b")).Int64(); got != 75 {
		t.Fatalf("b has %d", got)
	}
	collect(1) // less than a share
	if _, err := f.share(); !errors.Is(err, council.ErrEmpty) {
		t.Fatalf("less than a share: %v", err)
	}
	f.block(happening{wait: time.Second})
}
