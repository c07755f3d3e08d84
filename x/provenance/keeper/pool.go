package keeper

import (
	"context"

	"cosmossdk.io/math"

	"ayni.example/x/provenance"
)

// CreatePool enters an asset to which others contribute.
func (*Keeper) CreatePool(context.Context, *provenance.MsgCreatePool) ([]byte, error) {
	return nil, provenance.ErrNotYet.Wrap("pools")
}

// OpenEpoch ends the pool's epoch and opens the next.
func (*Keeper) OpenEpoch(context.Context, *provenance.MsgOpenEpoch) (uint64, error) {
	return 0, provenance.ErrNotYet.Wrap("pools")
}

// Contribute enters a file into the pool's epoch, and returns the contribution's id.
func (*Keeper) Contribute(context.Context, *provenance.MsgContribute) ([]byte, error) {
	return nil, provenance.ErrNotYet.Wrap("pools")
}

// Withdraw takes a contribution back.
func (*Keeper) Withdraw(context.Context, *provenance.MsgWithdraw) error {
	return provenance.ErrNotYet.Wrap("pools")
}

// Judge accepts and refuses contributions.
func (*Keeper) Judge(context.Context, *provenance.MsgJudge) error {
	return provenance.ErrNotYet.Wrap("pools")
}

// poolEarns divides among a pool's contributors what came to it, and lies in the module's account already.
func (*Keeper) poolEarns(_ context.Context, pool []byte, _ math.Int) error {
	return provenance.ErrNotYet.Wrapf("pool %x", pool)
}

// claimPool pays contributors, by their addresses.
func (*Keeper) claimPool(_ context.Context, pool provenance.Asset, _ [][]byte) (math.Int, error) {
	return math.Int{}, provenance.ErrNotYet.Wrapf("pool %x", pool.ID)
}

// initPools loads what a genesis says of them.
func (*Keeper) initPools(_ context.Context, g *provenance.GenesisState) error {
	if len(g.Pools)+len(g.Contributions)+len(g.Contributors) > 0 {
		return provenance.ErrNotYet.Wrap("pools")
	}
	return nil
}
