// Package gas is for work whose price must not depend on state that a sender cannot know when it estimates.
package gas

import (
	"context"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Flat charges for work at once and has it done without counting, so that its price does not depend on what becomes of it.
func Flat(ctx context.Context, amount storetypes.Gas, what string) context.Context {
	sdk.UnwrapSDKContext(ctx).GasMeter().ConsumeGas(amount, what)
	return Paid(ctx)
}

// Paid has work done without counting that something else has paid for.
func Paid(ctx context.Context) context.Context {
	return sdk.UnwrapSDKContext(ctx).WithGasMeter(storetypes.NewInfiniteGasMeter())
}
