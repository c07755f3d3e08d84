package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Bank moves and makes coins.
type Bank interface {
	MintCoins(ctx context.Context, module string, amount sdk.Coins) error
	SendCoinsFromAccountToModule(ctx context.Context, from sdk.AccAddress, module string, amount sdk.Coins) error
	SendCoinsFromModuleToAccount(ctx context.Context, module string, to sdk.AccAddress, amount sdk.Coins) error
	GetBalance(ctx context.Context, address sdk.AccAddress, denom string) sdk.Coin
	BlockedAddr(address sdk.AccAddress) bool
}
