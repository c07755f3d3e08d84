package keeper

import (
	"context"

	"cosmossdk.io/math"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/x/council"
	"ayni.example/x/credit"
)

// ShareFees pays what the collector holds to the active seats by their power, each share rounded down; the rest stays there
// for the next time.
func (k *Keeper) ShareFees(ctx context.Context) (math.Int, error) {
	seats, err := k.Seats(ctx)
	if err != nil {
		return math.Int{}, err
	}
	total := uint64(0)
	for _, s := range seats {
		if s.Active() {
			total += s.Power
		}
	}
	collector := authtypes.NewModuleAddress(authtypes.FeeCollectorName)
	held, shared, paid := k.cfg.Bank.GetBalance(ctx, collector, credit.Denom).Amount, math.ZeroInt(), uint32(0)
	for _, s := range seats {
		if !s.Active() {
			continue
		}
		share := held.Mul(math.NewIntFromUint64(s.Power)).Quo(math.NewIntFromUint64(total))
		if share.IsZero() {
			continue
		}
		account, _, err := k.address("operator", s.Operator)
		if err != nil {
			return shared, err
		}
		coins := credit.Coins(share)
		if err := k.cfg.Bank.SendCoinsFromModuleToAccount(ctx, authtypes.FeeCollectorName, account, coins); err != nil {
			return shared, err
		}
		shared, paid = shared.Add(share), paid+1
	}
	if shared.IsZero() {
		return shared, council.ErrEmpty.Wrapf("the collector holds %s%s", held, credit.Denom)
	}
	return shared, emit(ctx, &council.EventFeesShared{Amount: shared.String(), Seats: paid})
}
