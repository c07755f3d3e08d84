package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/provider"
	"ayni.example/x/schedule"
)

// Bank holds bonds and deposits.
type Bank interface {
	SendCoinsFromAccountToModule(ctx context.Context, from sdk.AccAddress, module string, amount sdk.Coins) error
	SendCoinsFromModuleToAccount(ctx context.Context, module string, to sdk.AccAddress, amount sdk.Coins) error
	SendCoinsFromModuleToModule(ctx context.Context, from, to string, amount sdk.Coins) error
	GetBalance(ctx context.Context, address sdk.AccAddress, denom string) sdk.Coin
}

// Providers knows who serves: where peers reach a holder stands there.
type Providers interface {
	Provider(ctx context.Context, address []byte) (provider.Provider, error)
}

// Scheduler runs work once a height and a time are reached.
type Scheduler interface {
	Schedule(ctx context.Context, kind string, name []byte, plan schedule.Plan) error
	Cancel(ctx context.Context, kind string, name []byte) error
}
