package keeper

import (
	"context"

	"ayni.example/x/provenance"
	"ayni.example/x/schedule"
)

// grantGas is for one grant that ends.
const grantGas = 100_000

// Grant lets somebody read what its owner committed to.
func (*Keeper) Grant(context.Context, *provenance.MsgGrant) error {
	return provenance.ErrNotYet.Wrap("grants")
}

// Revoke ends a grant.
func (*Keeper) Revoke(context.Context, *provenance.MsgRevoke) error {
	return provenance.ErrNotYet.Wrap("grants")
}

// Erase ends grants and marks an asset as erased.
func (*Keeper) Erase(context.Context, *provenance.MsgErase) error {
	return provenance.ErrNotYet.Wrap("grants")
}

// grantDue ends a grant whose time is over.
func (*Keeper) grantDue(context.Context, schedule.Due) error {
	return provenance.ErrNotYet.Wrap("grants")
}

// initGrants loads what a genesis says of them.
func (*Keeper) initGrants(_ context.Context, g *provenance.GenesisState) error {
	if len(g.Grants)+len(g.Tombstones) > 0 {
		return provenance.ErrNotYet.Wrap("grants")
	}
	return nil
}
