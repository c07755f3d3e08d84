package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"ayni.example/x/credit"
)

// InitGenesis loads a state that has been validated; deposits must already lie in the module's account.
func (k *Keeper) InitGenesis(ctx context.Context, g *credit.GenesisState) error {
	if g.Params.Admin != "" {
		if err := k.checkCanonical("admin", g.Params.Admin); err != nil {
			return err
		}
	}
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	for _, i := range g.Issuers {
		if err := setBy(ctx, k, k.Issuers, i.Address, i); err != nil {
			return err
		}
	}
	for _, s := range g.Sequences {
		if err := setBy(ctx, k, k.Sequences, s.Payer, s); err != nil {
			return err
		}
	}
	for _, c := range g.Channels {
		for _, party := range []string{c.Payer, c.Payee} {
			if err := k.checkCanonical("party of a channel", party); err != nil {
				return err
			}
		}
		if err := k.Channels.Set(ctx, c.Id, c); err != nil {
			return err
		}
	}
	for _, l := range g.Lanes {
		if err := k.Lanes.Set(ctx, collections.Join(l.Channel, l.Lane), l); err != nil {
			return err
		}
	}
	if err := k.initHolds(ctx, g); err != nil {
		return err
	}
	return k.checkSolvent(ctx)
}

// ExportGenesis writes the whole state out, in the order of its keys.
func (k *Keeper) ExportGenesis(ctx context.Context) (*credit.GenesisState, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	g := &credit.GenesisState{Params: params}
	if err := k.Issuers.Walk(ctx, nil, func(_ []byte, i credit.Issuer) (bool, error) {
		g.Issuers = append(g.Issuers, i)
		return false, nil
	}); err != nil {
		return nil, err
	}
	if err := k.Channels.Walk(ctx, nil, func(_ []byte, c credit.Channel) (bool, error) {
		g.Channels = append(g.Channels, c)
		return false, nil
	}); err != nil {
		return nil, err
	}
	if err := k.Lanes.Walk(ctx, nil, func(_ collections.Pair[[]byte, uint32], l credit.Lane) (bool, error) {
		g.Lanes = append(g.Lanes, l)
		return false, nil
	}); err != nil {
		return nil, err
	}
	if err := k.Sequences.Walk(ctx, nil, func(_ []byte, s credit.Sequence) (bool, error) {
		g.Sequences = append(g.Sequences, s)
		return false, nil
	}); err != nil {
		return nil, err
	}
	return g, k.exportHolds(ctx, g)
}

// setBy stores value under the bytes of the address that it names.
func setBy[V any](ctx context.Context, k *Keeper, m collections.Map[[]byte, V], text string, value V) error {
	if err := k.checkCanonical("address", text); err != nil {
		return err
	}
	key, err := k.addresses.StringToBytes(text)
	if err != nil {
		return err
	}
	return m.Set(ctx, key, value)
}

// checkCanonical refuses any other text form, under which the same account would count as another.
func (k *Keeper) checkCanonical(role, text string) error {
	_, canonical, err := k.address(role, text)
	if err != nil {
		return err
	}
	if text != canonical {
		return credit.ErrInvalid.Wrapf("%s %s is written %s here", role, text, canonical)
	}
	return nil
}
