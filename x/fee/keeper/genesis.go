package keeper

import (
	"context"

	"ayni.example/x/fee"
)

// InitGenesis loads a state that has been validated.
func (k *Keeper) InitGenesis(ctx context.Context, g *fee.GenesisState) error {
	if g.Params.Admin != "" {
		if _, err := k.canonical("admin", g.Params.Admin); err != nil {
			return err
		}
	}
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	if g.Mark != nil {
		if err := k.Mark.Set(ctx, *g.Mark); err != nil {
			return err
		}
	}
	for _, q := range g.Quotas {
		account, err := k.canonical("account", q.Account)
		if err != nil {
			return err
		}
		if err := k.Quotas.Set(ctx, account, q); err != nil {
			return err
		}
	}
	return nil
}

// ExportGenesis writes the whole state out, in the order of its keys.
func (k *Keeper) ExportGenesis(ctx context.Context) (*fee.GenesisState, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	g := &fee.GenesisState{Params: params}
	if g.Mark, err = k.mark(ctx); err != nil {
		return nil, err
	}
	return g, k.Quotas.Walk(ctx, nil, func(_ []byte, q fee.Quota) (bool, error) {
		g.Quotas = append(g.Quotas, q)
		return false, nil
	})
}

// Invariants checks that the state agrees with itself; it reads all of it.
func (k *Keeper) Invariants(ctx context.Context) error {
	g, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := g.Validate(); err != nil {
		return err
	}
	height, _ := at(ctx)
	if g.Mark != nil && g.Mark.Height > height {
		return fee.ErrInvariant.Wrapf("mark of height %d in the state of height %d", g.Mark.Height, height)
	}
	for _, q := range g.Quotas {
		account, err := k.canonical("account", q.Account)
		if err != nil {
			return err
		}
		if kept, err := k.Quotas.Get(ctx, account); err != nil || kept != q {
			return fee.ErrInvariant.Wrapf("quota of %s is not found by its account", q.Account)
		}
	}
	return nil
}

// canonical reads an address and refuses any other text form, under which the same account would count as another.
func (k *Keeper) canonical(role, text string) ([]byte, error) {
	account, canonical, err := k.address(role, text)
	if err != nil {
		return nil, err
	}
	if text != canonical {
		return nil, fee.ErrInvalid.Wrapf("%s %s is written %s here", role, text, canonical)
	}
	return account, nil
}
