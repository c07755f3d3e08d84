package keeper

import (
	"context"

	"cosmossdk.io/math"

	"ayni.example/x/provider"
)

// InitGenesis loads a state that has been validated; bonds must already lie in the module's account.
func (k *Keeper) InitGenesis(ctx context.Context, g *provider.GenesisState) error {
	if g.Params.Admin != "" {
		if _, err := k.canonical("admin", g.Params.Admin); err != nil {
			return err
		}
	}
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	bonds := math.ZeroInt()
	for _, p := range g.Providers {
		addr, err := k.canonical("provider", p.Address)
		if err != nil {
			return err
		}
		if err := k.store(ctx, addr, nil, p); err != nil {
			return err
		}
		bonds = bonds.Add(p.Bond)
	}
	if held := k.held(ctx); held.LT(bonds) {
		return provider.ErrInvariant.Wrapf("bonds are %s, the account holds only %s", bonds, held)
	}
	return nil
}

// ExportGenesis writes the whole state out, in the order of its keys.
func (k *Keeper) ExportGenesis(ctx context.Context) (*provider.GenesisState, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	g := &provider.GenesisState{Params: params}
	return g, k.Providers.Walk(ctx, nil, func(_ []byte, p provider.Provider) (bool, error) {
		g.Providers = append(g.Providers, p)
		return false, nil
	})
}

// canonical reads an address and refuses any other text form, under which the same account would count as another.
func (k *Keeper) canonical(role, text string) ([]byte, error) {
	addr, canonical, err := k.address(role, text)
	if err != nil {
		return nil, err
	}
	if text != canonical {
		return nil, provider.ErrInvalid.Wrapf("%s %s is written %s here", role, text, canonical)
	}
	return addr, nil
}
