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
	// compareGas is for comparing two sketches: at most 256 cosines of 32 numbers.
	compareGas = 20_000
)

// suspects are the assets that had one of a new asset's tensors first and are not among its ancestors.
func (k *Keeper) suspects(
	ctx context.Context, a provenance.Asset, m provenance.Manifest, edges []provenance.Edge,
) ([]provenance.Suspicion, error) {
	var list []provenance.Suspicion
	for _, t := range m.TensorBytes() {
		first, err := k.Tensors.Get(ctx, t)
		if errors.Is(err, collections.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(list, func(s provenance.Suspicion) bool { return bytes.Equal(s.Parent, first) })
		if at < 0 {
			at = len(list)
			list = append(list, provenance.Suspicion{Asset: a.ID, Parent: first, State: provenance.SuspectedStands, Height: a.Height})
		}
		list[at].Alike++
	}
	var out []provenance.Suspicion
	for _, s := range list {
		descends, err := k.descends(ctx, edges, s.Parent)
		if err != nil {
			return nil, err
		}
		if !descends && len(out) < suspicionsMax {
			out = append(out, s)
		}
	}
	return out, nil
}

// hold notes a suspicion, and sets the parent's share aside unless it has one.
func (k *Keeper) hold(ctx context.Context, shares []provenance.Share, s provenance.Suspicion) ([]provenance.Share, error) {
	parent, err := k.Asset(ctx, s.Parent)
	if err != nil {
		return nil, err
	}
	at := collections.Join(s.Asset, s.Parent)
	if err := k.Suspicions.Set(ctx, at, s); err != nil {
		return nil, err
	}
	if err := k.Standing.Set(ctx, at); err != nil {
		return nil, err
	}
	if ppm := parent.Terms.PPM(); ppm > 0 {
		shares = insert(shares, provenance.Share{Asset: s.Parent, PPM: ppm, Held: true})
	}
	return shares, emit(ctx, &provenance.EventSuspicion{Asset: s.Asset, Parent: s.Parent, State: s.State})
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
	if err := k.settleParent(ctx, a, parent); err != nil {
		return err
	}
	old, err := k.vector(ctx, a.ID)
	if err != nil {
		return err
	}
	shares, err := k.hold(ctx, slices.Clone(old.Shares), provenance.Suspicion{
		Asset: a.ID, Parent: parent.ID, State: provenance.SuspectedStands, By: by, Alike: uint32(alike),
		Height: sdk.UnwrapSDKContext(ctx).BlockHeight(),
	})
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
	if err := k.unexplained(ctx, a, parent, edges); err != nil {
		return err
	}
	return k.roomForSuspicion(ctx, a.ID)
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
	if got >= parent.Terms.PPM() {
		return false, nil
	}
	return true, k.roomForSuspicion(ctx, a.ID)
}

func (k *Keeper) roomForSuspicion(ctx context.Context, asset []byte) error {
	count := 0
	err := k.Suspicions.Walk(ctx, collections.NewPrefixedPairRange[[]byte, []byte](asset), func(_ pair, s provenance.Suspicion) (bool, error) {
		if s.State != provenance.SuspectedDismissed {
			count++
		}
		return false, nil
	})
	if err == nil && count >= suspicionsMax {
		err = provenance.ErrBound.Wrapf("%d suspicions of asset %x, at most %d", count, asset, suspicionsMax)
	}
	return err
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

// Resolve ends a suspicion: confirmed, the parent is one of record and gets what was held; dismissed, the owner does.
func (k *Keeper) Resolve(ctx context.Context, msg *provenance.MsgResolve) error {
	if err := k.council(msg.Authority); err != nil {
		return err
	}
	at := collections.Join(msg.Asset, msg.Parent)
	s, err := k.Suspicions.Get(ctx, at)
	if err != nil {
		return found(err, "suspicion of asset", msg.Asset)
	}
	if s.State != provenance.SuspectedStands {
		return provenance.ErrSuspicion.Wrapf("it is %s", s.State)
	}
	if s.State = provenance.SuspectedDismissed; msg.Confirm {
		s.State = provenance.SuspectedConfirmed
	}
	if err := k.Suspicions.Set(ctx, at, s); err != nil {
		return err
	}
	if err := k.Standing.Remove(ctx, at); err != nil {
		return err
	}
	a, err := k.Asset(ctx, msg.Asset)
	if err != nil {
		return err
	}
	if msg.Confirm {
		err = k.confirm(ctx, a, msg.Parent)
	} else {
		err = k.dismiss(ctx, a, msg.Parent)
	}
	if err != nil {
		return err
	}
	return emit(ctx, &provenance.EventSuspicion{Asset: s.Asset, Parent: s.Parent, State: s.State})
}

func (k *Keeper) confirm(ctx context.Context, a provenance.Asset, parent []byte) error {
	above, err := k.Asset(ctx, parent)
	if err != nil {
		return err
	}
	e, err := k.Edges.Get(ctx, collections.Join(a.ID, parent))
	if e, err = or(e, err, provenance.Edge{Asset: a.ID, Parent: parent, Relation: string(provenance.Found)}); err != nil {
		return err
	}
	e.Evidence = provenance.EvidenceObserved
	if err := k.setEdge(ctx, e); err != nil {
		return err
	}
	if a.Terms.Commercial && (!above.Terms.Commercial || above.Restricted) {
		a.Restricted = true
		if err := k.Assets.Set(ctx, a.ID, a); err != nil {
			return err
		}
	}
	return k.revise(ctx, a)
}

// dismiss lets what was held fall to the owner: it is what is taken and counted to nobody else.
func (k *Keeper) dismiss(ctx context.Context, a provenance.Asset, parent []byte) error {
	old, err := k.vector(ctx, a.ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(old.Shares, func(s provenance.Share) bool { return s.Held && bytes.Equal(s.Asset, parent) })
	if at < 0 {
		return nil
	}
	if err := k.turn(ctx, a, old, slices.Delete(slices.Clone(old.Shares), at, at+1)); err != nil {
		return err
	}
	account, err := k.Accounts.Get(ctx, collections.Join(a.ID, parent))
	if err != nil {
		_, err = or(account, err, account)
		return err // nothing was held
	}
	// What it was paid before it was suspected stays counted.
	account.Total, account.Owed = account.Total.Sub(account.Owed), math.ZeroInt()
	if account.Total.IsPositive() {
		return k.setAccount(ctx, account)
	}
	if err := k.Accounts.Remove(ctx, collections.Join(a.ID, parent)); err != nil {
		return err
	}
	return k.Sources.Remove(ctx, collections.Join(parent, a.ID))
}
