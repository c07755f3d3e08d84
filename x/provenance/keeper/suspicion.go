package keeper

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/provenance/descent/sketch"
	"ayni.example/x/provenance"
)

const (
	// suspicionsMax is how many suspicions of one asset stand or were confirmed.
	suspicionsMax = 8
	// tensorsFound is how many a registration raises by itself; the other places are for what somebody points at.
	tensorsFound = 4
	// compareGas is for comparing two sketches: at most 256 cosines of 32 numbers.
	compareGas = 20_000
)

// suspects are the assets that had one of a new asset's tensors first and are not among its ancestors.
func (k *Keeper) suspects(
	ctx context.Context, a provenance.Asset, m provenance.Manifest, edges []provenance.Edge,
) ([]provenance.Suspicion, error) {
	var list []provenance.Suspicion
	for _, t := range m.TensorBytes() {
		first, err := k.firstWith(ctx, t)
		if err != nil {
			return nil, err
		}
		if first == nil {
			continue
		}
		at := slices.IndexFunc(list, func(s provenance.Suspicion) bool { return bytes.Equal(s.Parent, first) })
		if at < 0 {
			at = len(list)
			list = append(list, provenance.Suspicion{Asset: a.ID, Parent: first, State: provenance.SuspectedStands, Height: a.Height})
		}
		list[at].Alike++
	}
	slices.SortStableFunc(list, func(a, b provenance.Suspicion) int { return int(b.Alike) - int(a.Alike) })
	var out []provenance.Suspicion
	for _, s := range list {
		descends, err := k.descends(ctx, edges, s.Parent)
		if err != nil {
			return nil, err
		}
		if !descends && len(out) < tensorsFound {
			out = append(out, s)
		}
	}
	return out, nil
}

// note enters a suspicion that stands.
func (k *Keeper) note(ctx context.Context, s provenance.Suspicion) error {
	at := collections.Join(s.Asset, s.Parent)
	if err := k.Suspicions.Set(ctx, at, s); err != nil {
		return err
	}
	if err := k.Standing.Set(ctx, at); err != nil {
		return err
	}
	return emit(ctx, &provenance.EventSuspicion{Asset: s.Asset, Parent: s.Parent, State: s.State})
}

// withHeld adds to the shares of ancestors what is held for those parents whose suspicion stands.
func (k *Keeper) withHeld(ctx context.Context, asset []byte, shares []provenance.Share, parents [][]byte) ([]provenance.Share, error) {
	list := make([]provenance.Share, 0, len(parents))
	for _, id := range parents {
		stands, err := k.Standing.Has(ctx, collections.Join(asset, id))
		if err != nil {
			return nil, err
		}
		if !stands {
			continue
		}
		parent, err := k.Asset(ctx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, provenance.Share{Asset: id, PPM: parent.Terms.PPM()})
	}
	return provenance.Hold(shares, list), nil
}

// held are those for whom a vector holds something.
func held(v provenance.Vector) (parents [][]byte) {
	for _, s := range v.Shares {
		if s.Held {
			parents = append(parents, s.Asset)
		}
	}
	return parents
}

// regular are the shares of a vector that are not held.
func regular(v provenance.Vector) []provenance.Share {
	return slices.DeleteFunc(slices.Clone(v.Shares), func(s provenance.Share) bool { return s.Held })
}

// Suspect lets the ledger compare two assets, and notes when they agree.
func (k *Keeper) Suspect(ctx context.Context, msg *provenance.MsgSuspect) error {
	_, by, err := k.address("sender", msg.Sender)
	if err != nil {
		return err
	}
	a, err := k.Asset(ctx, msg.Asset)
	if err != nil {
		return err
	}
	parent, err := k.Asset(ctx, msg.Parent)
	if err != nil {
		return err
	}
	if err := k.maySuspect(ctx, a, parent); err != nil {
		return err
	}
	sdk.UnwrapSDKContext(ctx).GasMeter().ConsumeGas(compareGas, "comparison of sketches")
	alike, err := k.compare(ctx, a.ID, parent.ID)
	if err != nil {
		return err
	}
	if err := k.place(ctx, a, parent); err != nil {
		return err
	}
	if err := k.settleParent(ctx, a, parent); err != nil {
		return err
	}
	if err := k.note(ctx, provenance.Suspicion{
		Asset: a.ID, Parent: parent.ID, State: provenance.SuspectedStands, By: by, Alike: uint32(alike),
		Height: sdk.UnwrapSDKContext(ctx).BlockHeight(),
	}); err != nil {
		return err
	}
	old, err := k.vector(ctx, a.ID)
	if err != nil {
		return err
	}
	shares, err := k.withHeld(ctx, a.ID, regular(old), append(held(old), parent.ID))
	if err != nil {
		return err
	}
	return k.turn(ctx, a, old, shares)
}

// settleParent pays a parent that had a share before, so that all it is owed from then on is what is held.
func (k *Keeper) settleParent(ctx context.Context, a, parent provenance.Asset) error {
	had, err := k.Accounts.Has(ctx, collections.Join(a.ID, parent.ID))
	if err != nil || !had {
		return err
	}
	if parent.Banned {
		return provenance.ErrBanned.Wrapf("parent %x: what it earned before waits for its heir", parent.ID)
	}
	t, err := k.till(ctx, a.ID)
	if err != nil {
		return err
	}
	_, err = t.pay(ctx, parent.ID, math.OneInt())
	return err
}

// maySuspect refuses what the ledger knows already, or cannot be.
func (k *Keeper) maySuspect(ctx context.Context, a, parent provenance.Asset) error {
	if parent.Height >= a.Height {
		return provenance.ErrSuspicion.Wrapf("asset %x was not registered before %x", parent.ID, a.ID)
	}
	if len(parent.Content) == 0 {
		return provenance.ErrSuspicion.Wrapf("asset %x has no content: it was another's result", parent.ID)
	}
	at := collections.Join(a.ID, parent.ID)
	if s, err := k.Suspicions.Get(ctx, at); err == nil {
		return provenance.ErrSuspicion.Wrapf("it is %s already", s.State)
	} else if !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	had, err := k.Accounts.Has(ctx, at)
	if err != nil {
		return err
	}
	edges, err := k.edges(ctx, a.ID)
	if err != nil {
		return err
	}
	squeezed, err := k.squeezed(ctx, edges, a, parent)
	if err != nil || squeezed {
		return err
	}
	descends, err := k.descends(ctx, edges, parent.ID)
	if err != nil {
		return err
	}
	if descends || had {
		return provenance.ErrSuspicion.Wrapf("%x is among the ancestors of %x", parent.ID, a.ID)
	}
	return k.unexplained(ctx, a, parent, edges)
}

// squeezed tells whether a parent is declared and claimed alone, and has less than its share, since other claimed ones fill the cap.
func (k *Keeper) squeezed(ctx context.Context, edges []provenance.Edge, a, parent provenance.Asset) (bool, error) {
	at := slices.IndexFunc(edges, func(e provenance.Edge) bool { return bytes.Equal(e.Parent, parent.ID) })
	if at < 0 || edges[at].Evidence.Seen() {
		return false, nil
	}
	v, err := k.vector(ctx, a.ID)
	if err != nil {
		return false, err
	}
	got := uint32(0)
	for _, s := range v.Shares {
		if bytes.Equal(s.Asset, parent.ID) {
			got = s.PPM
		}
	}
	return got < parent.Terms.PPM(), nil
}

// place finds a place among the suspicions of an asset. Where all are taken, the one that points at the youngest makes room for an older: whoever
// registers others to point at, after what it took, keeps nobody out.
func (k *Keeper) place(ctx context.Context, a, parent provenance.Asset) error {
	count, last := 0, provenance.Asset{}
	err := k.Suspicions.Walk(ctx, collections.NewPrefixedPairRange[[]byte, []byte](a.ID), func(_ pair, s provenance.Suspicion) (bool, error) {
		if s.State == provenance.SuspectedDismissed {
			return false, nil
		}
		if count++; s.State != provenance.SuspectedStands {
			return false, nil
		}
		above, err := k.Asset(ctx, s.Parent)
		if above.Height >= last.Height {
			last = above
		}
		return false, err
	})
	switch {
	case err != nil || count < suspicionsMax:
		return err
	case last.Height <= parent.Height:
		return provenance.ErrBound.Wrapf("%d suspicions of asset %x, at most %d, and none points at a younger one", count, a.ID, suspicionsMax)
	}
	at := collections.Join(a.ID, last.ID)
	if err := k.Suspicions.Remove(ctx, at); err != nil {
		return err
	}
	if err := k.Standing.Remove(ctx, at); err != nil {
		return err
	}
	if err := k.dismiss(ctx, a, last.ID); err != nil {
		return err
	}
	return emit(ctx, &provenance.EventSuspicion{Asset: a.ID, Parent: last.ID, State: provenance.SuspectedDismissed})
}

func (k *Keeper) compare(ctx context.Context, one, other []byte) (int, error) {
	a, err := k.sketch(ctx, one)
	if err != nil {
		return 0, err
	}
	b, err := k.sketch(ctx, other)
	if err != nil {
		return 0, err
	}
	alike := sketch.Similarity(a, b)
	if !sketch.Alike(a, b) {
		return 0, provenance.ErrAlike.Wrapf("they agree to %d of a thousand, not %d", alike, sketch.Threshold)
	}
	return alike, nil
}

func (k *Keeper) sketch(ctx context.Context, asset []byte) (sketch.Sketch, error) {
	b, err := k.Sketches.Get(ctx, asset)
	if err != nil {
		return nil, found(err, "sketch of asset", asset)
	}
	return sketch.Decode(b)
}
