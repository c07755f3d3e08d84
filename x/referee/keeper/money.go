package keeper

import (
	"context"

	"cosmossdk.io/math"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/x/credit"
	"ayni.example/x/referee"
)

func (k *Keeper) take(ctx context.Context, from []byte, amount math.Int) error {
	if !amount.IsPositive() {
		return nil
	}
	return k.bank.SendCoinsFromAccountToModule(ctx, from, referee.ModuleName, credit.Coins(amount))
}

// pay sends to an account, which may be a module's: claims are paid for by modules.
func (k *Keeper) pay(ctx context.Context, to string, amount math.Int) error {
	if !amount.IsPositive() {
		return nil
	}
	addr, _, err := k.address("account", to)
	if err != nil {
		return err
	}
	return k.bank.SendCoins(ctx, authtypes.NewModuleAddress(referee.ModuleName), addr, credit.Coins(amount))
}

// share splits what was lost between whoever had the trouble and the fees.
func (k *Keeper) share(ctx context.Context, to string, amount math.Int) error {
	half := referee.HalfFloor(amount)
	if err := k.pay(ctx, to, half); err != nil {
		return err
	}
	rest := amount.Sub(half)
	if !rest.IsPositive() {
		return nil
	}
	return k.bank.SendCoinsFromModuleToModule(ctx, referee.ModuleName, k.fees, credit.Coins(rest))
}
