package keeper

import (
	"context"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/schedule"
)

// Bank moves and makes coins.
type Bank interface {
	MintCoins(ctx context.Context, module string, amount sdk.Coins) error
	SendCoinsFromAccountToModule(ctx context.Context, from sdk.AccAddress, module string, amount sdk.Coins) error
	SendCoinsFromModuleToModule(ctx context.Context, from, to string, amount sdk.Coins) error
	SendCoinsFromModuleToAccount(ctx context.Context, module string, to sdk.AccAddress, amount sdk.Coins) error
	GetBalance(ctx context.Context, address sdk.AccAddress, denom string) sdk.Coin
	BlockedAddr(address sdk.AccAddress) bool
}

// Royalties knows who has a share in what a model earns.
type Royalties interface {
	// Charge counts amount as earned by the model with this digest, and returns the part of it that is not the payee's: the
	// caller moves it to the module account of x/provenance. Its cost does not depend on how many ancestors share.
	Charge(ctx context.Context, content []byte, amount math.Int) (cut math.Int, err error)
}

// Scheduler runs work once a height and a time are reached.
type Scheduler interface {
	Schedule(ctx context.Context, kind string, name []byte, plan schedule.Plan) error
	Cancel(ctx context.Context, kind string, name []byte) error
	Item(ctx context.Context, kind string, name []byte) (schedule.Item, error)
}

// Reservations are what agents, whose treasuries nobody has a key for, have set aside for payments.
type Reservations interface {
	// Spend checks that signer is the session key that may take value out of the reservation nonce of the treasury from for
	// the payee to, and moves value into the module account of x/credit, which pays it on.
	Spend(ctx context.Context, from, to sdk.AccAddress, value math.Int, nonce []byte, signer sdk.AccAddress) error
}
