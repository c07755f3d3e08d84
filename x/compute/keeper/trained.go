package keeper

import (
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"

	"ayni.example/x/compute"
)

// Trained tells other modules what came of an order for training.
func (k *Keeper) Trained(ctx context.Context, id []byte) (compute.Trained, error) {
	o, err := k.order(ctx, id)
	if err != nil {
		return compute.Trained{}, err
	}
	t := o.Spec.Training
	if t == nil {
		return compute.Trained{}, compute.ErrState.Wrapf("order %x is not of training", id)
	}
	out := compute.Trained{Tenant: o.Tenant, Inputs: slices.Concat([][]byte{t.Recipe}, t.Data)}
	if o.Progress.Segments == t.Segments() {
		out.Results, out.Stands = slices.Concat([][]byte{o.Progress.State}, o.Progress.Results), true
		return out, nil
	}
	last, err := k.Segments.Get(ctx, collections.Join(o.ID, t.Segments()-1))
	switch {
	case errors.Is(err, collections.ErrNotFound):
		out.Failed = o.State == compute.OrderClosed
	case err != nil:
		return compute.Trained{}, err
	default:
		out.Results, out.Height = slices.Concat([][]byte{last.State}, last.Results), last.Height
	}
	return out, nil
}
