package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"ayni.example/x/inference"
)

// InitGenesis loads a state that has been validated; the register of providers must be loaded before.
func (k *Keeper) InitGenesis(ctx context.Context, g *inference.GenesisState) error {
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	for _, m := range g.Models {
		if _, err := k.canonical("registrant", m.Registrant); err != nil {
			return err
		}
		if err := k.Models.Set(ctx, m.Digest, m); err != nil {
			return err
		}
	}
	for _, o := range g.Offers {
		addr, err := k.canonical("provider", o.Provider)
		if err != nil {
			return err
		}
		if _, err := k.providers.Provider(ctx, addr); err != nil {
			return err
		}
		if err := k.Offers.Set(ctx, collections.Join(addr, o.Model), o); err != nil {
			return err
		}
	}
	return nil
}

// ExportGenesis writes the whole state out, in the order of its keys.
func (k *Keeper) ExportGenesis(ctx context.Context) (*inference.GenesisState, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	g := &inference.GenesisState{Params: params}
	if err := k.Models.Walk(ctx, nil, func(_ []byte, m inference.Model) (bool, error) {
		g.Models = append(g.Models, m)
		return false, nil
	}); err != nil {
		return nil, err
	}
	return g, k.Offers.Walk(ctx, nil, func(_ offerKey, o inference.Offer) (bool, error) {
		g.Offers = append(g.Offers, o)
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
		return nil, inference.ErrInvalid.Wrapf("%s %s is written %s here", role, text, canonical)
	}
	return addr, nil
}
