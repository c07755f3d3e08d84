package keeper

import (
	"context"
	"slices"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/provenance"
)

// CreatePool enters an asset to which others contribute, and returns its id.
func (k *Keeper) CreatePool(ctx context.Context, msg *provenance.MsgCreatePool) ([]byte, error) {
	owner, text, err := k.person("owner", msg.Owner)
	if err != nil {
		return nil, err
	}
	m, err := provenance.DecodeManifest(msg.Manifest)
	if err != nil {
		return nil, err
	}
	if m.Kind != provenance.KindPool || len(m.Parents) > 0 {
		return nil, provenance.ErrManifest.Wrap("a pool is of the kind pool, and has no parents")
	}
	checkers, err := k.checkers(ctx, msg.Checkers)
	if err != nil {
		return nil, err
	}
	id := provenance.ManifestID(msg.Manifest).Bytes()
	if there, err := k.known(ctx, id, m.ContentBytes(), text, msg.Terms); err != nil || there {
		return id, err
	}
	now := sdk.UnwrapSDKContext(ctx)
	a := provenance.Asset{
		ID: id, Owner: text, Kind: string(m.Kind), Name: m.Name, Content: m.ContentBytes(), Terms: msg.Terms,
		Height: now.BlockHeight(), Time: now.BlockTime().Unix(),
	}
	if err := k.enter(ctx, owner, a, m, nil); err != nil {
		return nil, err
	}
	zero := math.ZeroInt()
	p := provenance.Pool{Asset: id, Schema: msg.Schema, Reference: msg.Reference, Checkers: checkers, Points: zero, Each: zero, Remainder: zero, Held: zero}
	return id, k.Pools.Set(ctx, id, p)
}

// checkers are accounts in canonical form, each once, sorted.
func (k *Keeper) checkers(ctx context.Context, texts []string) ([]string, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]string, 0, len(texts))
	for _, text := range texts {
		_, canonical, err := k.address("checker", text)
		if err != nil {
			return nil, err
		}
		list = append(list, canonical)
	}
	slices.Sort(list)
	list = slices.Compact(list)
	if len(list) == 0 || len(list) > int(params.Pools.CheckersMax) {
		return nil, provenance.ErrBound.Wrapf("%d checkers, want 1 to %d", len(list), params.Pools.CheckersMax)
	}
	return list, nil
}

// OpenEpoch ends the pool's epoch and opens the next, which it returns.
func (k *Keeper) OpenEpoch(ctx context.Context, msg *provenance.MsgOpenEpoch) (uint64, error) {
	_, sender, err := k.address("owner", msg.Owner)
	if err != nil {
		return 0, err
	}
	a, p, err := k.pool(ctx, msg.Pool)
	if err != nil {
		return 0, err
	}
	if a.Owner != sender {
		return 0, provenance.ErrUnauthorised.Wrapf("%s does not own pool %x", sender, p.Asset)
	}
	p.Epoch++
	p.EpochHeight = sdk.UnwrapSDKContext(ctx).BlockHeight()
	if err := k.Pools.Set(ctx, p.Asset, p); err != nil {
		return 0, err
	}
	return p.Epoch, emit(ctx, &provenance.EventEpoch{Pool: p.Asset, Epoch: p.Epoch})
}

// pool is a pool that is not banned, with its asset.
func (k *Keeper) pool(ctx context.Context, id []byte) (provenance.Asset, provenance.Pool, error) {
	p, err := k.Pools.Get(ctx, id)
	if err != nil {
		return provenance.Asset{}, p, found(err, "pool", id)
	}
	a, err := k.Asset(ctx, id)
	if err == nil && a.Banned {
		err = provenance.ErrBanned.Wrapf("pool %x", id)
	}
	return a, p, err
}
