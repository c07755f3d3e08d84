package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/schedule"
	"ayni.example/x/zkml"
)

// Bank holds what is promised.
type Bank interface {
	SendCoinsFromAccountToModule(ctx context.Context, from sdk.AccAddress, module string, amount sdk.Coins) error
	SendCoinsFromModuleToAccount(ctx context.Context, module string, to sdk.AccAddress, amount sdk.Coins) error
	BlockedAddr(address sdk.AccAddress) bool
	GetBalance(ctx context.Context, address sdk.AccAddress, denom string) sdk.Coin
}

// Values are what the ledger has verified.
type Values interface {
	Check(ctx context.Context, r zkml.Requirement, subject []byte) (zkml.Verified, error)
}

// Scheduler runs work once a height and a time are reached.
type Scheduler interface {
	Schedule(ctx context.Context, kind string, name []byte, plan schedule.Plan) error
	Cancel(ctx context.Context, kind string, name []byte) error
}
