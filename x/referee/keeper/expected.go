package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/schedule"
)

// Bank holds bonds and fees.
type Bank interface {
	SendCoinsFromAccountToModule(ctx context.Context, from sdk.AccAddress, module string, amount sdk.Coins) error
	SendCoinsFromModuleToModule(ctx context.Context, from, to string, amount sdk.Coins) error
	SendCoins(ctx context.Context, from, to sdk.AccAddress, amount sdk.Coins) error
	GetBalance(ctx context.Context, address sdk.AccAddress, denom string) sdk.Coin
}

// Beacon gives numbers that nobody foretells.
type Beacon interface {
	Request(ctx context.Context) (uint64, error)
	At(ctx context.Context, round uint64, domain string) ([32]byte, error)
}

// Scheduler runs work once a height and a time are reached.
type Scheduler interface {
	Schedule(ctx context.Context, kind string, name []byte, plan schedule.Plan) error
	Reschedule(ctx context.Context, kind string, name []byte, plan schedule.Plan) error
	Cancel(ctx context.Context, kind string, name []byte) error
	Item(ctx context.Context, kind string, name []byte) (schedule.Item, error)
}
