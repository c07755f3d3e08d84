package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Accounts opens the account of a member who gets a quota before any credits.
type Accounts interface {
	HasAccount(ctx context.Context, address sdk.AccAddress) bool
	NewAccountWithAddress(ctx context.Context, address sdk.AccAddress) sdk.AccountI
	SetAccount(ctx context.Context, account sdk.AccountI)
}
