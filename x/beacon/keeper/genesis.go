package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"ayni.example/x/beacon"
)

// InitGenesis loads a state that has been validated. The window of an open round is the schedule's to load.
func (k *Keeper) InitGenesis(ctx context.Context, g *beacon.GenesisState) error {
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	if err := k.initCounters(ctx, g); err != nil {
		return err
	}
	for _, s := range g.Seats {
		operator, err := k.canonical(s.Operator)
		if err != nil {
			return err
		}
		if err := k.Seats.Set(ctx, operator, s); err != nil {
			return err
		}
	}
	for _, r := range g.Rounds {
		if err := k.Rounds.Set(ctx, r.Number, r); err != nil {
			return err
		}
	}
	for _, o := range g.Outputs {
		if err := k.setOutput(ctx, o.Round, o.Value); err != nil {
			return err
		}
	}
	for _, w := range g.Withholdings {
		operator, err := k.canonical(w.Operator)
		if err != nil {
			return err
		}
		if err := k.Withholdings.Set(ctx, collections.Join(operator, w.Round), w); err != nil {
			return err
		}
	}
	return nil
}

// initCounters stores what is there: what is absent has no entry, so that a state that was exported is loaded as it was.
func (k *Keeper) initCounters(ctx context.Context, g *beacon.GenesisState) error {
	if g.Last != 0 {
		if err := k.Last.Set(ctx, g.Last); err != nil {
			return err
		}
	}
	if len(g.Seed) != 0 {
		if err := k.Seed.Set(ctx, g.Seed); err != nil {
			return err
		}
	}
	if g.Wanted {
		if err := k.Wanted.Set(ctx, true); err != nil {
			return err
		}
	}
	if g.Awake == 0 {
		return nil
	}
	return k.Awake.Set(ctx, g.Awake)
}

// ExportGenesis writes the whole state out, in the order of its keys.
func (k *Keeper) ExportGenesis(ctx context.Context) (*beacon.GenesisState, error) {
	g := new(beacon.GenesisState)
	var err error
	if g.Params, err = k.Params.Get(ctx); err != nil {
		return nil, err
	}
	if g.Last, err = orZero(k.Last.Get(ctx)); err != nil {
		return nil, err
	}
	if g.Seed, err = orZero(k.Seed.Get(ctx)); err != nil {
		return nil, err
	}
	if g.Wanted, err = orZero(k.Wanted.Get(ctx)); err != nil {
		return nil, err
	}
	if g.Awake, err = orZero(k.Awake.Get(ctx)); err != nil {
		return nil, err
	}
	if err := k.Seats.Walk(ctx, nil, func(_ []byte, s beacon.Seat) (bool, error) {
		g.Seats = append(g.Seats, s)
		return false, nil
	}); err != nil {
		return nil, err
	}
	if err := k.Rounds.Walk(ctx, nil, func(_ uint64, r beacon.Round) (bool, error) {
		g.Rounds = append(g.Rounds, r)
		return false, nil
	}); err != nil {
		return nil, err
	}
	if err := k.Outputs.Walk(ctx, nil, func(round uint64, value []byte) (bool, error) {
		g.Outputs = append(g.Outputs, beacon.Output{Round: round, Value: value})
		return false, nil
	}); err != nil {
		return nil, err
	}
	return g, k.Withholdings.Walk(ctx, nil, func(_ collections.Pair[[]byte, uint64], w beacon.Withholding) (bool, error) {
		g.Withholdings = append(g.Withholdings, w)
		return false, nil
	})
}

// canonical reads an operator's address and refuses any other text form, under which it would count as another.
func (k *Keeper) canonical(text string) ([]byte, error) {
	operator, canonical, err := k.address("operator", text)
	if err != nil {
		return nil, err
	}
	if text != canonical {
		return nil, beacon.ErrInvalid.Wrapf("operator %s is written %s here", text, canonical)
	}
	return operator, nil
}
