package keeper

import (
	"context"
	"errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/provenance/descent/sketch"
	"ayni.example/x/provenance"
)

// sketchesLooked bounds the ancestors whose sketches are compared to explain why two assets agree.
const sketchesLooked = 16

// unexplained refuses to suspect two of the same family: children of one base agree with each other because both agree with it.
func (k *Keeper) unexplained(ctx context.Context, a, parent provenance.Asset, edges []provenance.Edge) error {
	own, err := k.sketch(ctx, a.ID)
	if err != nil {
		return err
	}
	other, err := k.sketch(ctx, parent.ID)
	if err != nil {
		return err
	}
	above, err := k.edges(ctx, parent.ID)
	if err != nil {
		return err
	}
	looked := 0
	return k.ancestors(ctx, edges, func(id []byte) (bool, error) {
		s, err := k.sketch(ctx, id)
		if errors.Is(err, provenance.ErrNotFound) {
			return false, nil
		}
		if err != nil || looked == sketchesLooked {
			return true, err
		}
		looked++
		sdk.UnwrapSDKContext(ctx).GasMeter().ConsumeGas(2*compareGas, "comparison of sketches")
		if !sketch.Alike(own, s) || !sketch.Alike(other, s) {
			return false, nil
		}
		common, err := k.descends(ctx, above, id)
		if err == nil && common {
			err = provenance.ErrSuspicion.Wrapf("both are made from %x, which agrees with both", id)
		}
		return false, err
	})
}
