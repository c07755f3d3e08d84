package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"ayni.example/x/provenance"
)

// initPools loads what a genesis says of them.
func (k *Keeper) initPools(ctx context.Context, g *provenance.GenesisState) error {
	for _, p := range g.Pools {
		for _, checker := range p.Checkers {
			if _, err := k.canonical("checker", checker); err != nil {
				return err
			}
		}
		if err := k.Pools.Set(ctx, p.Asset, p); err != nil {
			return err
		}
	}
	for _, c := range g.Contributors {
		account, err := k.canonical("contributor", c.Address)
		if err != nil {
			return err
		}
		if err := k.Contributors.Set(ctx, collections.Join(c.Pool, account), c); err != nil {
			return err
		}
	}
	for _, x := range g.Contributions {
		account, err := k.canonical("owner of a contribution", x.Owner)
		if err != nil {
			return err
		}
		if err := k.Contributions.Set(ctx, x.ID, x); err != nil {
			return err
		}
		if err := k.ByPool.Set(ctx, collections.Join(x.Pool, x.ID)); err != nil {
			return err
		}
		if err := k.ByCommitment.Set(ctx, given(x.Pool, x.Commitment, account)); err != nil {
			return err
		}
	}
	return nil
}
