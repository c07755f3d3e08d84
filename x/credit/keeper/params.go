package keeper

import (
	"context"

	"ayni.example/x/credit"
)

// UpdateParams replaces the rules; an empty admin gives up the office for good.
func (k *Keeper) UpdateParams(ctx context.Context, next credit.Params) error {
	now, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if err := now.Succeed(next); err != nil {
		return err
	}
	if next.Admin != "" {
		if _, next.Admin, err = k.address("admin", next.Admin); err != nil {
			return err
		}
	}
	return k.Params.Set(ctx, next)
}

// checkAdmin tells whether text names the admin.
func (k *Keeper) checkAdmin(ctx context.Context, text string) error {
	_, sender, err := k.address("admin", text)
	if err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if params.Admin != sender {
		return credit.ErrUnauthorised.Wrapf("%s is not the admin", sender)
	}
	return nil
}
