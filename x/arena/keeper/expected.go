package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/schedule"
)

// Bank moves budgets and bonds.
type Bank interface {
	SendCoinsFromAccountToModule(ctx context.Context, from sdk.AccAddress, module string, amount sdk.Coins) error
	SendCoinsFromModuleToModule(ctx context.Context, from, to string, amount sdk.Coins) error
	SendCoinsFromModuleToAccount(ctx context.Context, module string, to sdk.AccAddress, amount sdk.Coins) error
	BlockedAddr(address sdk.AccAddress) bool
	GetBalance(ctx context.Context, address sdk.AccAddress, denom string) sdk.Coin
}

// Beacon gives numbers that nobody foretells.
type Beacon interface {
	Request(ctx context.Context) (uint64, error)
	Output(ctx context.Context, round uint64) ([]byte, error)
}

// Scheduler runs work once a height and a time are reached.
type Scheduler interface {
	Schedule(ctx context.Context, kind string, name []byte, plan schedule.Plan) error
	Cancel(ctx context.Context, kind string, name []byte) error
	Item(ctx context.Context, kind string, name []byte) (schedule.Item, error)
}
