package keeper

import (
	"bytes"
	"context"
	"slices"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"ayni.example/x/provenance"
)

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
	if !slices.ContainsFunc(held(old), func(id []byte) bool { return bytes.Equal(id, parent) }) {
		return nil
	}
	shares, err := k.withHeld(ctx, a.ID, regular(old), held(old))
	if err != nil {
		return err
	}
	if err := k.turn(ctx, a, old, shares); err != nil {
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
