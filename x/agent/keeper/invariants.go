package keeper

import (
	"bytes"
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"ayni.example/x/agent"
	"ayni.example/x/schedule"
)

// Invariants checks that the state agrees with itself, with the bank and with the schedule; it reads all of it.
func (k *Keeper) Invariants(ctx context.Context) error {
	g, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := g.Validate(); err != nil {
		return agent.ErrInvariant.Wrap(err.Error())
	}
	held, duties := math.ZeroInt(), 0
	for _, one := range g.Agents {
		held = held.Add(one.Agent.Held)
		if one.Lease != nil && len(one.Lease.Seed) > 0 {
			duties++
		}
		if err := k.checkLife(ctx, one); err != nil {
			return err
		}
	}
	if has := k.held(ctx); !has.Equal(held) {
		return agent.ErrInvariant.Wrapf("agents hold %s, the account has %s", held, has)
	}
	return k.checkIndexes(ctx, len(g.Agents), duties)
}

// checkLife tells whether what an agent waits for is scheduled, and nothing else of it.
func (k *Keeper) checkLife(ctx context.Context, one agent.Life) error {
	a := one.Agent
	l := &life{Agent: a, lease: one.Lease}
	running := a.State == agent.StateRunning
	if err := k.checkItem(ctx, agent.KindTick, a.Id, running && a.Sleep == agent.Awake && one.Charter.Every > 0); err != nil {
		return err
	}
	if err := k.checkItem(ctx, agent.KindWake, a.Id, running && (one.Lease != nil || a.Sleep == agent.SleepCaps)); err != nil {
		return err
	}
	if running && one.Lease == nil && a.Sleep == agent.Awake && len(one.Queue) > 0 {
		return agent.ErrInvariant.Wrapf("agent %x is awake and opens nothing of what is queued", a.Id)
	}
	if one.Lease != nil && len(one.Lease.Seed) > 0 {
		addr := []byte{}
		if one.Lease.Host != "" {
			var err error
			if addr, _, err = k.address("host", one.Lease.Host); err != nil {
				return err
			}
		}
		if there, err := k.Duties.Has(ctx, collections.Join(addr, l.Id)); err != nil || !there {
			return errors.Join(err, agent.ErrInvariant.Wrapf("lease of agent %x is not noted under its host", a.Id))
		}
	}
	for _, w := range one.Waiting {
		if err := k.checkItem(ctx, agent.KindWaiting, agent.ItemName(a.Id, w.Number), true); err != nil {
			return err
		}
	}
	for _, r := range one.Reservations {
		if err := k.checkItem(ctx, agent.KindReserve, reserveName(r), true); err != nil {
			return err
		}
	}
	for _, c := range one.Changes {
		if err := k.checkItem(ctx, agent.KindChange, agent.ItemName(a.Id, c.Number), true); err != nil {
			return err
		}
	}
	id, err := k.Treasuries.Get(ctx, agent.Treasury(a.Id))
	if err != nil || !bytes.Equal(id, a.Id) {
		return errors.Join(err, agent.ErrInvariant.Wrapf("treasury of agent %x is noted for %x", a.Id, id))
	}
	return nil
}

func (k *Keeper) checkItem(ctx context.Context, kind string, name []byte, want bool) error {
	_, err := k.schedule.Item(ctx, kind, name)
	if err != nil && !errors.Is(err, schedule.ErrNotFound) {
		return err
	}
	if there := err == nil; there != want {
		return agent.ErrInvariant.Wrapf("%s of %x is scheduled: %t", kind, name, there)
	}
	return nil
}

// checkIndexes tells whether there are as many entries as there is reason for; that the right ones are there, checkLife has seen.
func (k *Keeper) checkIndexes(ctx context.Context, agents, duties int) error {
	owners, treasuries := 0, 0
	if err := k.Owners.Walk(ctx, nil, func(key pair) (bool, error) {
		a, err := k.Agents.Get(ctx, key.K2())
		if err != nil {
			return true, err
		}
		owner, _, err := k.address("owner", a.Owner)
		if err == nil && !bytes.Equal(owner, key.K1()) {
			err = agent.ErrInvariant.Wrapf("agent %x is noted under %x", key.K2(), key.K1())
		}
		owners++
		return err != nil, err
	}); err != nil {
		return err
	}
	if err := k.Treasuries.Walk(ctx, nil, func([]byte, []byte) (bool, error) { treasuries++; return false, nil }); err != nil {
		return err
	}
	noted := 0
	if err := k.Duties.Walk(ctx, nil, func(pair) (bool, error) { noted++; return false, nil }); err != nil {
		return err
	}
	if owners != agents || treasuries != agents || noted != duties {
		return agent.ErrInvariant.Wrapf("%d agents have %d owners and %d treasuries, %d leases are noted %d times",
			agents, owners, treasuries, duties, noted)
	}
	return nil
}
