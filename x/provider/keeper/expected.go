package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Bank holds the bonds.
type Bank interface {
	SendCoinsFromAccountToModule(ctx context.Context, from sdk.AccAddress, module string, amount sdk.Coins) error
	SendCoinsFromModuleToAccount(ctx context.Context, module string, to sdk.AccAddress, amount sdk.Coins) error
	GetBalance(ctx context.Context, address sdk.AccAddress, denom string) sdk.Coin
}

// Hooks is what other modules do when a provider is gone.
type Hooks interface {
	AfterWithdraw(ctx context.Context, provider []byte) error
}
