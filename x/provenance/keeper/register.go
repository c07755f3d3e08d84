package keeper

import (
	"bytes"
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/provenance"
)

// Register enters an asset. One that is there already, just so, is no error, so that a registration that two send does not undo the
// transaction of the second.
func (k *Keeper) Register(ctx context.Context, msg *provenance.MsgRegister) (*provenance.MsgRegisterResponse, error) {
	sender, text, err := k.person("sender", msg.Sender)
	if err != nil {
		return nil, err
	}
	m, err := provenance.DecodeManifest(msg.Manifest)
	if err != nil {
		return nil, err
	}
	if m.Kind == provenance.KindPool {
		return nil, provenance.ErrManifest.Wrap("a pool is created, not registered")
	}
	if msg.Foreign {
		sender, text = nil, ""
	}
	id := provenance.ManifestID(msg.Manifest).Bytes()
	there, taken := k.known(ctx, id, m.ContentBytes(), text, msg.Terms)
	switch {
	case there:
		return &provenance.MsgRegisterResponse{Asset: id, Known: true}, nil
	case taken != nil && (len(msg.Order) == 0 || !errors.Is(taken, provenance.ErrExists)):
		return nil, taken
	}
	now := sdk.UnwrapSDKContext(ctx)
	a := provenance.Asset{
		ID: id, Owner: text, Kind: string(m.Kind), Name: m.Name, Content: m.ContentBytes(), Terms: msg.Terms,
		Height: now.BlockHeight(), Time: now.BlockTime().Unix(),
	}
	trained, evidence, err := k.observed(ctx, &a, msg.Order)
	if err != nil {
		return nil, err
	}
	edges, err := k.edgesOf(ctx, a, m, trained.Inputs, evidence)
	if err != nil {
		return nil, err
	}
	if taken != nil {
		return &provenance.MsgRegisterResponse{Asset: id}, k.reclaim(ctx, sender, a, m, edges, trained.Height, taken)
	}
	return &provenance.MsgRegisterResponse{Asset: id}, k.enter(ctx, sender, a, m, edges)
}

// known tells whether an asset is registered as the sender wants it; another with the same content is an error.
func (k *Keeper) known(ctx context.Context, id, content []byte, owner string, terms provenance.Terms) (bool, error) {
	of, err := k.Contents.Get(ctx, content)
	if errors.Is(err, collections.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	a, err := k.Asset(ctx, of)
	if err != nil {
		return false, err
	}
	if !bytes.Equal(of, id) || a.Owner != owner || !a.Terms.Same(terms) {
		return false, provenance.ErrExists.Wrapf("content %x is of asset %x (%s), owner %q", content, a.ID, a.Name, a.Owner)
	}
	return true, nil
}

// enter writes a new asset with all that follows from its manifest.
func (k *Keeper) enter(ctx context.Context, owner []byte, a provenance.Asset, m provenance.Manifest, edges []provenance.Edge) error {
	for _, e := range edges {
		if err := k.setEdge(ctx, e); err != nil {
			return err
		}
	}
	shares, err := k.flatten(ctx, edges)
	if err != nil {
		return err
	}
	suspected, err := k.suspects(ctx, a, m, edges)
	if err != nil {
		return err
	}
	parents := make([][]byte, len(suspected))
	for i, s := range suspected {
		parents[i] = s.Parent
		if err := k.note(ctx, s); err != nil {
			return err
		}
	}
	if shares, err = k.withHeld(ctx, a.ID, shares, parents); err != nil {
		return err
	}
	if err := k.Assets.Set(ctx, a.ID, a); err != nil {
		return err
	}
	if err := k.Contents.Set(ctx, a.Content, a.ID); err != nil {
		return err
	}
	if a.Owner != "" {
		if err := k.ByOwner.Set(ctx, collections.Join(owner, a.ID)); err != nil {
			return err
		}
	}
	if err := k.setVector(ctx, a.ID, shares); err != nil {
		return err
	}
	if serving := provenance.Serving(shares, a.Terms.PPM()); serving > 0 {
		if err := k.Incomes.Set(ctx, a.ID, provenance.NewIncome(a.ID, serving)); err != nil {
			return err
		}
	}
	if err := k.mark(ctx, a, m); err != nil {
		return err
	}
	if err := k.watch(ctx, a); err != nil {
		return err
	}
	return emit(ctx, &provenance.EventRegistered{Asset: a.ID, Owner: a.Owner, Kind: a.Kind, Name: a.Name, Content: a.Content})
}

// mark keeps what later assets are compared with.
func (k *Keeper) mark(ctx context.Context, a provenance.Asset, m provenance.Manifest) error {
	for _, t := range m.TensorBytes() {
		first, err := k.firstWith(ctx, t)
		if err != nil {
			return err
		}
		if first != nil {
			continue
		}
		if err := k.Tensors.Set(ctx, t, a.ID); err != nil {
			return err
		}
	}
	if len(m.Sketch) == 0 {
		return nil
	}
	return k.Sketches.Set(ctx, a.ID, m.Sketch)
}

// Transfer gives an asset to another owner, and with it what was not paid yet.
func (k *Keeper) Transfer(ctx context.Context, msg *provenance.MsgTransfer) error {
	_, owner, err := k.address("owner", msg.Owner)
	if err != nil {
		return err
	}
	a, err := k.Asset(ctx, msg.Asset)
	if err != nil {
		return err
	}
	if a.Owner != owner {
		return provenance.ErrUnauthorised.Wrapf("%s does not own asset %x", owner, a.ID)
	}
	if a.Banned {
		return provenance.ErrBanned.Wrapf("asset %x", a.ID)
	}
	return k.give(ctx, a, msg.To)
}

// give makes somebody the owner.
func (k *Keeper) give(ctx context.Context, a provenance.Asset, to string) error {
	address, text, err := k.person("new owner", to)
	if err != nil {
		return err
	}
	from := a.Owner
	if from != "" {
		old, _, err := k.address("owner", from)
		if err != nil {
			return err
		}
		if err := k.ByOwner.Remove(ctx, collections.Join(old, a.ID)); err != nil {
			return err
		}
	}
	a.Owner = text
	if err := k.ByOwner.Set(ctx, collections.Join(address, a.ID)); err != nil {
		return err
	}
	if err := k.Assets.Set(ctx, a.ID, a); err != nil {
		return err
	}
	return emit(ctx, &provenance.EventTransferred{Asset: a.ID, From: from, To: text})
}

// Ban bars an asset; with an heir it becomes the heir's, and free.
func (k *Keeper) Ban(ctx context.Context, msg *provenance.MsgBan) error {
	if err := k.council(msg.Authority); err != nil {
		return err
	}
	a, err := k.Asset(ctx, msg.Asset)
	if err != nil {
		return err
	}
	a.Banned = msg.Heir == ""
	if msg.Heir != "" {
		err = k.give(ctx, a, msg.Heir)
	} else {
		err = k.Assets.Set(ctx, a.ID, a)
	}
	if err != nil {
		return err
	}
	return emit(ctx, &provenance.EventBanned{Asset: a.ID, Heir: msg.Heir})
}
