package keeper

import (
	"bytes"
	"context"

	"cosmossdk.io/math"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/x/credit"
	"ayni.example/x/provider"
)

// Invariants checks that the state agrees with itself and with the bank; it reads all of it.
func (k *Keeper) Invariants(ctx context.Context) error {
	g, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := g.Validate(); err != nil {
		return err
	}
	bonds, keys := math.ZeroInt(), 0
	for _, p := range g.Providers {
		if err := k.checkFound(ctx, p); err != nil {
			return err
		}
		bonds = bonds.Add(p.Bond)
		keys += len(p.Keys())
	}
	if held := k.held(ctx); !held.Equal(bonds) {
		return provider.ErrInvariant.Wrapf("bonds are %s, the account holds %s", bonds, held)
	}
	return k.checkCounts(ctx, keys, len(g.Providers))
}

// checkFound tells whether a provider is found by each of its keys and by its peer id.
func (k *Keeper) checkFound(ctx context.Context, p provider.Provider) error {
	addr, err := k.canonical("provider", p.Address)
	if err != nil {
		return err
	}
	for _, key := range p.Keys() {
		holder, err := k.ReceiptKeys.Get(ctx, key)
		if err != nil || !bytes.Equal(holder, addr) {
			return provider.ErrInvariant.Wrapf("%s is not found by its key %x", p.Address, key)
		}
	}
	holder, err := k.Peers.Get(ctx, p.PeerId)
	if err != nil || !bytes.Equal(holder, addr) {
		return provider.ErrInvariant.Wrapf("%s is not found by its peer id", p.Address)
	}
	return nil
}

// checkCounts tells whether nothing is found that is not there.
func (k *Keeper) checkCounts(ctx context.Context, keys, peers int) error {
	if err := k.ReceiptKeys.Walk(ctx, nil, func(_, _ []byte) (bool, error) { keys--; return false, nil }); err != nil {
		return err
	}
	if err := k.Peers.Walk(ctx, nil, func(string, []byte) (bool, error) { peers--; return false, nil }); err != nil {
		return err
	}
	if keys != 0 || peers != 0 {
		return provider.ErrInvariant.Wrapf("%d receipt keys and %d peer ids lead nowhere", -keys, -peers)
	}
	return nil
}

// held is what the module's account has at the bank.
func (k *Keeper) held(ctx context.Context) math.Int {
	return k.bank.GetBalance(ctx, authtypes.NewModuleAddress(provider.ModuleName), credit.Denom).Amount
}
