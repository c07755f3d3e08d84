package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"ayni.example/x/schedule"
)

// InitGenesis loads a state that has been validated. Items of a kind that no module has stay until they are due, as they do
// after an upgrade.
func (k *Keeper) InitGenesis(ctx context.Context, g *schedule.GenesisState) error {
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	if g.Clock != (schedule.Clock{}) {
		if err := k.Clock.Set(ctx, g.Clock); err != nil {
			return err
		}
	}
	for _, i := range g.Items {
		if err := k.put(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// ExportGenesis writes the whole state out, in the order of its keys.
func (k *Keeper) ExportGenesis(ctx context.Context) (*schedule.GenesisState, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	g := &schedule.GenesisState{Params: params}
	if g.Clock, err = k.Clock.Get(ctx); err != nil && !errors.Is(err, collections.ErrNotFound) {
		return nil, err
	}
	return g, k.Items.Walk(ctx, nil, func(_ id, i schedule.Item) (bool, error) {
		g.Items = append(g.Items, i)
		return false, nil
	})
}
