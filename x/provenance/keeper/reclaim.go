package keeper

import (
	"bytes"
	"context"
	"errors"

	"cosmossdk.io/collections"

	"ayni.example/x/provenance"
)

// reclaim gives a content to the tenant whose leased training made it, though another registered it: not before the worker committed to it, for
// everybody to read, and without such an order. One of the same manifest becomes the tenant's, on its terms; another keeps its record and has no content any more.
func (k *Keeper) reclaim(
	ctx context.Context, sender []byte, a provenance.Asset, m provenance.Manifest, edges []provenance.Edge, committed int64, refusal error,
) error {
	was, err := k.Of(ctx, a.Content)
	if err != nil {
		return err
	}
	pool := provenance.Kind(was.Kind) == provenance.KindPool
	if committed == 0 || was.Height < committed || was.Owner == a.Owner || len(was.Order) > 0 || pool {
		return refusal
	}
	if bytes.Equal(was.ID, a.ID) {
		return k.correct(ctx, was, a, edges)
	}
	was.Content = nil
	if err := k.Assets.Set(ctx, was.ID, was); err != nil {
		return err
	}
	return k.enter(ctx, sender, a, m, edges)
}

// correct makes an asset what it would be had its tenant registered it first. Children keep the vectors that they have.
func (k *Keeper) correct(ctx context.Context, was, a provenance.Asset, edges []provenance.Edge) error {
	for _, e := range edges {
		old, err := k.Edges.Get(ctx, collections.Join(e.Asset, e.Parent))
		if err != nil {
			return err
		}
		if e.Evidence <= old.Evidence {
			continue
		}
		if err := k.setEdge(ctx, e); err != nil {
			return err
		}
	}
	owner := a.Owner
	a.Owner, a.Height, a.Time, a.Banned, a.Restricted = was.Owner, was.Height, was.Time, was.Banned, was.Restricted
	if err := k.give(ctx, a, owner); err != nil {
		return err
	}
	if err := k.revise(ctx, a); err != nil {
		return err
	}
	return k.watch(ctx, a)
}

// firstWith is the asset that had a tensor first; none, or one whose content was reclaimed: nil.
func (k *Keeper) firstWith(ctx context.Context, tensor []byte) ([]byte, error) {
	first, err := k.Tensors.Get(ctx, tensor)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	a, err := k.Asset(ctx, first)
	if err != nil || len(a.Content) == 0 {
		return nil, err
	}
	return first, nil
}
