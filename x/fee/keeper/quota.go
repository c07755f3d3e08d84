package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"ayni.example/x/fee"
)

// Quota is the account's as the block of ctx sees it; one without gas where none was granted.
func (k *Keeper) Quota(ctx context.Context, account []byte) (fee.Quota, error) {
	quota, err := k.Quotas.Get(ctx, account)
	if errors.Is(err, collections.ErrNotFound) {
		text, err := k.addresses.BytesToString(account)
		return fee.Quota{Account: text}, err
	}
	if err != nil {
		return quota, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return quota, err
	}
	height, unix := at(ctx)
	return quota.At(params, height, unix), nil
}

// Spend takes gas from the account's quota.
func (k *Keeper) Spend(ctx context.Context, account []byte, gas uint64) error {
	quota, err := k.Quota(ctx, account)
	if err != nil {
		return err
	}
	if quota, err = quota.Spend(gas); err != nil {
		return err
	}
	return k.Quotas.Set(ctx, account, quota)
}

// SetQuota grants a quota or changes it, within a period without forgetting what was used; no gas revokes it. A member without
// an account gets one, so that its first transaction needs no credits.
func (k *Keeper) SetQuota(ctx context.Context, text string, gas uint64) (fee.Quota, error) {
	account, canonical, err := k.address("account", text)
	if err != nil {
		return fee.Quota{}, err
	}
	if gas == 0 {
		return fee.Quota{Account: canonical}, k.Quotas.Remove(ctx, account)
	}
	quota, err := k.Quotas.Get(ctx, account)
	if errors.Is(err, collections.ErrNotFound) {
		height, unix := at(ctx)
		quota, err = fee.Quota{Account: canonical, PeriodHeight: height, PeriodTime: unix}, nil
	}
	if err != nil {
		return quota, err
	}
	quota.Gas = gas
	if !k.accounts.HasAccount(ctx, account) {
		k.accounts.SetAccount(ctx, k.accounts.NewAccountWithAddress(ctx, account))
	}
	return quota, k.Quotas.Set(ctx, account, quota)
}
