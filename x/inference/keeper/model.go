package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/inference"
)

// RegisterModel enters a model and tells whether it is new.
func (k *Keeper) RegisterModel(ctx context.Context, registrant string, m inference.Model) (bool, error) {
	known, err := k.model(ctx, m.Digest)
	if err == nil {
		if !known.Same(m) {
			return false, inference.ErrConflict.Wrapf("%x is %s by %s", m.Digest, known.Name, known.Registrant)
		}
		return false, nil
	}
	if !errors.Is(err, inference.ErrNotFound) {
		return false, err
	}
	m.Registrant, m.RegisteredHeight = registrant, sdk.UnwrapSDKContext(ctx).BlockHeight()
	return true, k.Models.Set(ctx, m.Digest, m)
}

func (k *Keeper) model(ctx context.Context, digest []byte) (inference.Model, error) {
	m, err := k.Models.Get(ctx, digest)
	if errors.Is(err, collections.ErrNotFound) {
		return m, inference.ErrNotFound.Wrapf("model %x", digest)
	}
	return m, err
}
