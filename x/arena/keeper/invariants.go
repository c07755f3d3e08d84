package keeper

import (
	"bytes"
	"context"
	"errors"

	"cosmossdk.io/collections"

	"ayni.example/x/arena"
	"ayni.example/x/schedule"
)

// Invariants checks that the state agrees with itself, with the bank and with the schedule; it reads all of it.
func (k *Keeper) Invariants(ctx context.Context) error {
	g, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := g.Validate(); err != nil {
		return arena.ErrInvariant.Wrap(err.Error())
	}
	if has, owed := k.held(ctx), owed(g); !has.Equal(owed) {
		return arena.ErrInvariant.Wrapf("arenas owe %s, the account has %s", owed, has)
	}
	for _, a := range g.Arenas {
		waits := a.Phase != arena.Asleep && a.Phase != arena.Closed
		if err := k.checkItem(ctx, arena.KindStep, a.Id, waits); err != nil {
			return err
		}
		owner, _, err := k.account("owner", a.Owner)
		if err != nil {
			return err
		}
		if there, err := k.Owners.Has(ctx, collections.Join(owner, a.Id)); err != nil || !there {
			return errors.Join(err, arena.ErrInvariant.Wrapf("arena %x is not noted under its owner", a.Id))
		}
	}
	for _, d := range g.Delegations {
		delegator, _, err := k.account("delegator", d.Delegator)
		if err != nil {
			return err
		}
		if err := k.checkItem(ctx, arena.KindUnbond, arena.UnbondName(d.Arena, delegator, d.Number), d.Leaving.IsPositive()); err != nil {
			return err
		}
	}
	return k.checkIndexes(ctx, g)
}

func (k *Keeper) checkItem(ctx context.Context, kind string, name []byte, want bool) error {
	_, err := k.schedule.Item(ctx, kind, name)
	if err != nil && !errors.Is(err, schedule.ErrNotFound) {
		return err
	}
	if there := err == nil; there != want {
		return arena.ErrInvariant.Wrapf("%s of %x is scheduled: %t", kind, name, there)
	}
	return nil
}

// checkIndexes tells whether each seat and artifact is noted under its member, and nothing else is.
func (k *Keeper) checkIndexes(ctx context.Context, g *arena.GenesisState) error {
	slots, artifacts := 0, 0
	for _, m := range g.Members {
		if m.Gone() {
			return arena.ErrInvariant.Wrapf("%s is kept with nothing left", m.Address)
		}
		if !m.Seated {
			continue
		}
		address, _, err := k.account("member", m.Address)
		if err != nil {
			return err
		}
		at, err := k.Slots.Get(ctx, collections.Join(m.Arena, arena.Slot(m.Role, m.Slot)))
		if err != nil || !bytes.Equal(at, address) {
			return errors.Join(err, arena.ErrInvariant.Wrapf("the seat of %s is noted for %x", m.Address, at))
		}
		slots++
		if len(m.Artifact) == 0 {
			continue
		}
		by, err := k.Artifacts.Get(ctx, collections.Join(m.Arena, m.Artifact))
		if err != nil || !bytes.Equal(by, address) {
			return errors.Join(err, arena.ErrInvariant.Wrapf("the artifact of %s is noted for %x", m.Address, by))
		}
		artifacts++
	}
	noted, err := all(ctx, k.Slots)
	if err != nil {
		return err
	}
	used, err := all(ctx, k.Artifacts)
	if err != nil {
		return err
	}
	owners := 0
	if err := k.Owners.Walk(ctx, nil, func(pair) (bool, error) { owners++; return false, nil }); err != nil {
		return err
	}
	if len(noted) != slots || len(used) != artifacts || owners != len(g.Arenas) {
		return arena.ErrInvariant.Wrapf("%d seats, %d artifacts and %d arenas are noted %d, %d and %d times",
			slots, artifacts, len(g.Arenas), len(noted), len(used), owners)
	}
	return nil
}
