package keeper

import (
	"bytes"
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/provenance"
	"ayni.example/x/schedule"
)

// grantGas is for one grant that ends.
const grantGas = 100_000

// Grant notes that its owner lets somebody read what it committed to. What that is stands nowhere here.
func (k *Keeper) Grant(ctx context.Context, msg *provenance.MsgGrant) error {
	owner, by, err := k.address("owner", msg.Owner)
	if err != nil {
		return err
	}
	grantee, to, err := k.address("grantee", msg.Grantee)
	if err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	now, at := sdk.UnwrapSDKContext(ctx), collections.Join(owner, msg.Commitment)
	life := msg.Expires - now.BlockTime().Unix()
	there, err := k.Grants.Has(ctx, at)
	switch {
	case err != nil:
		return err
	case bytes.Equal(owner, grantee):
		return provenance.ErrInvalid.Wrap("an owner grants nothing to itself")
	case life <= 0 || life > int64(params.GrantSecondsMax):
		return provenance.ErrInvalid.Wrapf("it would last %d seconds; 1 to %d", life, params.GrantSecondsMax)
	case there:
		return provenance.ErrExists.Wrapf("grant %x", msg.Commitment)
	}
	count, err := k.grantCount(ctx, owner)
	if err != nil {
		return err
	}
	if count >= uint64(params.GrantsMax) {
		return provenance.ErrBound.Wrapf("%d grants that have not expired", count)
	}
	g := provenance.Grant{Owner: by, Grantee: to, Commitment: msg.Commitment, Expires: msg.Expires, Height: now.BlockHeight()}
	if err := k.setGrant(ctx, owner, grantee, g); err != nil {
		return err
	}
	if err := k.schedule.Schedule(ctx, provenance.KindGrant, grantName(owner, msg.Commitment), schedule.Plan{Time: msg.Expires}); err != nil {
		return err
	}
	return emit(ctx, &provenance.EventGrant{Owner: by, Commitment: msg.Commitment, Grantee: to})
}

// setGrant writes a new grant with its index and its owner's count.
func (k *Keeper) setGrant(ctx context.Context, owner, grantee []byte, g provenance.Grant) error {
	if err := k.Grants.Set(ctx, collections.Join(owner, g.Commitment), g); err != nil {
		return err
	}
	if err := k.ByGrantee.Set(ctx, collections.Join3(grantee, owner, g.Commitment)); err != nil {
		return err
	}
	return k.countGrants(ctx, owner, 1)
}

// countGrants changes how many grants of an owner there are.
func (k *Keeper) countGrants(ctx context.Context, owner []byte, by int64) error {
	count, err := k.grantCount(ctx, owner)
	if err != nil {
		return err
	}
	if count = uint64(int64(count) + by); count == 0 {
		return k.GrantCounts.Remove(ctx, owner)
	}
	return k.GrantCounts.Set(ctx, owner, count)
}

func (k *Keeper) grantCount(ctx context.Context, owner []byte) (uint64, error) {
	count, err := k.GrantCounts.Get(ctx, owner)
	return or(count, err, 0)
}

// Revoke ends a grant. It stays as revoked until it would have expired, so that whoever asks learns why it does not stand.
func (k *Keeper) Revoke(ctx context.Context, msg *provenance.MsgRevoke) error {
	owner, _, err := k.address("owner", msg.Owner)
	if err != nil {
		return err
	}
	g, err := k.grant(ctx, owner, msg.Commitment)
	if err != nil {
		return err
	}
	if g.Revoked > 0 || g.Erased > 0 {
		return provenance.ErrGrant.Wrapf("%x has ended before", msg.Commitment)
	}
	g.Revoked = sdk.UnwrapSDKContext(ctx).BlockHeight()
	return k.end(ctx, owner, g)
}

// end writes a grant that no longer stands.
func (k *Keeper) end(ctx context.Context, owner []byte, g provenance.Grant) error {
	if err := k.Grants.Set(ctx, collections.Join(owner, g.Commitment), g); err != nil {
		return err
	}
	return emit(ctx, &provenance.EventGrant{Owner: g.Owner, Commitment: g.Commitment, Grantee: g.Grantee, Ended: true})
}

// Erase ends grants because what they were of is gone, and marks an asset.
func (k *Keeper) Erase(ctx context.Context, msg *provenance.MsgErase) error {
	owner, by, err := k.address("owner", msg.Owner)
	if err != nil {
		return err
	}
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	for _, commitment := range msg.Grants {
		g, err := k.grant(ctx, owner, commitment)
		if err != nil {
			return err
		}
		if g.Erased > 0 {
			return provenance.ErrGrant.Wrapf("%x has ended before", commitment)
		}
		g.Erased = height
		if err := k.end(ctx, owner, g); err != nil {
			return err
		}
	}
	if len(msg.Asset) == 0 {
		return nil
	}
	a, err := k.Asset(ctx, msg.Asset)
	if err != nil {
		return err
	}
	if a.Owner != by {
		return provenance.ErrUnauthorised.Wrapf("asset %x is not owned by %s", msg.Asset, by)
	}
	there, err := k.Tombstones.Has(ctx, msg.Asset)
	if err != nil {
		return err
	}
	if there {
		return provenance.ErrExists.Wrapf("tombstone of asset %x", msg.Asset)
	}
	if err := k.Tombstones.Set(ctx, msg.Asset, provenance.Tombstone{Asset: msg.Asset, Owner: by, Height: height}); err != nil {
		return err
	}
	return emit(ctx, &provenance.EventErased{Asset: msg.Asset, Owner: by})
}

// grant is one of an owner's. A sender finds its own alone, so that nobody ends another's.
func (k *Keeper) grant(ctx context.Context, owner, commitment []byte) (provenance.Grant, error) {
	g, err := k.Grants.Get(ctx, collections.Join(owner, commitment))
	return g, found(err, "grant", commitment)
}

// grantDue forgets a grant whose time is over.
func (k *Keeper) grantDue(ctx context.Context, due schedule.Due) error {
	owner, commitment, err := splitGrantName(due.Item.Name)
	if err != nil {
		return err
	}
	g, err := k.grant(ctx, owner, commitment)
	if err != nil {
		return err
	}
	grantee, _, err := k.address("grantee", g.Grantee)
	if err != nil {
		return err
	}
	if err := k.Grants.Remove(ctx, collections.Join(owner, commitment)); err != nil {
		return err
	}
	if err := k.ByGrantee.Remove(ctx, collections.Join3(grantee, owner, commitment)); err != nil {
		return err
	}
	if err := k.countGrants(ctx, owner, -1); err != nil {
		return err
	}
	if g.Revoked > 0 || g.Erased > 0 {
		return nil // its end was told before
	}
	return emit(ctx, &provenance.EventGrant{Owner: g.Owner, Commitment: g.Commitment, Grantee: g.Grantee, Ended: true})
}

// grantName is an item of the schedule: the commitment, which has one length, before the owner.
func grantName(owner, commitment []byte) []byte {
	return append(bytes.Clone(commitment), owner...)
}

func splitGrantName(name []byte) (owner, commitment []byte, err error) {
	if len(name) <= provenance.IDSize {
		return nil, nil, provenance.ErrInvariant.Wrapf("grant's item of %d bytes", len(name))
	}
	return name[provenance.IDSize:], name[:provenance.IDSize], nil
}

// initGrants loads what a genesis says of them.
func (k *Keeper) initGrants(ctx context.Context, g *provenance.GenesisState) error {
	for _, one := range g.Grants {
		owner, err := k.canonical("owner", one.Owner)
		if err != nil {
			return err
		}
		grantee, err := k.canonical("grantee", one.Grantee)
		if err != nil {
			return err
		}
		if err := k.setGrant(ctx, owner, grantee, one); err != nil {
			return err
		}
	}
	for _, t := range g.Tombstones {
		if _, err := k.canonical("owner", t.Owner); err != nil {
			return err
		}
		if err := k.Tombstones.Set(ctx, t.Asset, t); err != nil {
			return err
		}
	}
	return nil
}

// grantsIndexed tells whether each grant is found by its grantee, and each owner's count is right.
func (k *Keeper) grantsIndexed(ctx context.Context, g *provenance.GenesisState) error {
	counts := map[string]uint64{}
	for _, one := range g.Grants {
		owner, _, err := k.address("owner", one.Owner)
		if err != nil {
			return err
		}
		grantee, _, err := k.address("grantee", one.Grantee)
		if err != nil {
			return err
		}
		there, err := k.ByGrantee.Has(ctx, collections.Join3(grantee, owner, one.Commitment))
		if err != nil || !there {
			return provenance.ErrInvariant.Wrapf("grant %x is not found by its grantee", one.Commitment)
		}
		counts[string(owner)]++
	}
	found := 0
	if err := k.ByGrantee.Walk(ctx, nil, func(collections.Triple[[]byte, []byte, []byte]) (bool, error) {
		found++
		return false, nil
	}); err != nil {
		return err
	}
	if found != len(g.Grants) {
		return provenance.ErrInvariant.Wrapf("%d grants are indexed, there are %d", found, len(g.Grants))
	}
	owners := 0
	return errors.Join(k.GrantCounts.Walk(ctx, nil, func(owner []byte, count uint64) (bool, error) {
		if owners++; counts[string(owner)] != count {
			return true, provenance.ErrInvariant.Wrapf("%x has %d grants and not %d", owner, counts[string(owner)], count)
		}
		return false, nil
	}), equal(owners, len(counts)))
}

func equal(counted, want int) error {
	if counted != want {
		return provenance.ErrInvariant.Wrapf("grants of %d owners are counted, there are %d", counted, want)
	}
	return nil
}
