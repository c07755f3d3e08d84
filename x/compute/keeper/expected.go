package keeper

import (
	"context"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/tensor/trace"
	"ayni.example/x/provenance"
	"ayni.example/x/provider"
	"ayni.example/x/referee"
	"ayni.example/x/schedule"
)

// Bank holds escrows and collateral.
type Bank interface {
	SendCoinsFromAccountToModule(ctx context.Context, from sdk.AccAddress, module string, amount sdk.Coins) error
	SendCoinsFromModuleToAccount(ctx context.Context, module string, to sdk.AccAddress, amount sdk.Coins) error
	BlockedAddr(address sdk.AccAddress) bool
	GetBalance(ctx context.Context, address sdk.AccAddress, denom string) sdk.Coin
}

// Assets knows the terms of what is trained on. What is no asset has none.
type Assets interface {
	Forbids(ctx context.Context, content []byte, use provenance.Use) error
	// Price is what ChargeUse has the payer pay for one training, to those whose asset it is.
	Price(ctx context.Context, payer sdk.AccAddress, content []byte) (math.Int, error)
	ChargeUse(ctx context.Context, payer sdk.AccAddress, content []byte, most math.Int) (math.Int, error)
}

// Providers knows who serves.
type Providers interface {
	Provider(ctx context.Context, address []byte) (provider.Provider, error)
}

// Scheduler runs work once a height and a time are reached.
type Scheduler interface {
	Schedule(ctx context.Context, kind string, name []byte, plan schedule.Plan) error
	Cancel(ctx context.Context, kind string, name []byte) error
}

// Referee judges claims; it calls the keeper's Accepted or Refuted.
type Referee interface {
	EnterJob(ctx context.Context, job trace.Job) ([]byte, error)
	ReleaseJob(ctx context.Context, digest []byte) error
	EnterClaim(ctx context.Context, claim referee.Entry) ([]byte, error)
	WithdrawClaim(ctx context.Context, kind string, name []byte) error
}
