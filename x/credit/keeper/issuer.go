package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/credit"
)

// SetIssuer appoints an issuer or changes its quota and period, within a period without forgetting what it has issued; a
// quota of zero revokes it.
func (k *Keeper) SetIssuer(ctx context.Context, text string, quota math.Int, periodSeconds uint32) error {
	key, address, err := k.address("issuer", text)
	if err != nil {
		return err
	}
	if quota.IsZero() {
		return k.Issuers.Remove(ctx, key)
	}
	issuer, err := k.Issuers.Get(ctx, key)
	if errors.Is(err, collections.ErrNotFound) {
		issuer, err = credit.NewIssuer(address, quota, periodSeconds), nil
	}
	if err != nil {
		return err
	}
	issuer.Quota, issuer.PeriodSeconds = quota, periodSeconds
	if err := issuer.Validate(); err != nil {
		return err
	}
	return k.Issuers.Set(ctx, key, issuer)
}

// Issue mints amount to recipient within the issuer's quota.
func (k *Keeper) Issue(ctx context.Context, issuer, recipient []byte, amount math.Int) error {
	entry, err := k.Issuers.Get(ctx, issuer)
	if errors.Is(err, collections.ErrNotFound) {
		return credit.ErrUnauthorised.Wrap("sender is not an issuer")
	}
	if err != nil {
		return err
	}
	if k.bank.BlockedAddr(recipient) {
		return credit.ErrRecipient.Wrap("recipient is an account of the ledger itself")
	}
	entry, err = entry.Issue(amount, sdk.UnwrapSDKContext(ctx).BlockTime())
	if err != nil {
		return err
	}
	if err := k.Issuers.Set(ctx, issuer, entry); err != nil {
		return err
	}
	if err := k.bank.MintCoins(ctx, credit.ModuleName, credit.Coins(amount)); err != nil {
		return err
	}
	return k.bank.SendCoinsFromModuleToAccount(ctx, credit.ModuleName, recipient, credit.Coins(amount))
}
