package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/x/arena"
	"ayni.example/x/credit"
)

// InitGenesis loads the whole state; what is due is loaded with the schedule's genesis.
func (k *Keeper) InitGenesis(ctx context.Context, g *arena.GenesisState) error {
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	for _, a := range g.Arenas {
		owner, _, err := k.account("owner", a.Owner)
		if err := errors.Join(err, k.Arenas.Set(ctx, a.Id, a), k.Owners.Set(ctx, collections.Join(owner, a.Id))); err != nil {
			return err
		}
	}
	for _, m := range g.Members {
		if err := k.initMember(ctx, m); err != nil {
			return err
		}
	}
	for _, d := range g.Delegations {
		delegator, _, err := k.account("delegator", d.Delegator)
		if err := errors.Join(err, k.Delegations.Set(ctx, collections.Join3(d.Arena, delegator, d.Number), d)); err != nil {
			return err
		}
	}
	for _, s := range g.Sponsors {
		address, _, err := k.account("sponsor", s.Address)
		if err := errors.Join(err, k.Sponsors.Set(ctx, collections.Join(s.Arena, address), s)); err != nil {
			return err
		}
	}
	if err := k.initEpochs(ctx, g); err != nil {
		return err
	}
	if has, owed := k.held(ctx), owed(g); has.LT(owed) {
		return arena.ErrInvariant.Wrapf("arenas owe %s, the account has only %s", owed, has)
	}
	return nil
}

func (k *Keeper) initMember(ctx context.Context, m arena.Member) error {
	address, _, err := k.account("member", m.Address)
	if err != nil {
		return err
	}
	if m.Seated {
		if err := k.Slots.Set(ctx, collections.Join(m.Arena, arena.Slot(m.Role, m.Slot)), address); err != nil {
			return err
		}
		if len(m.Artifact) > 0 {
			if err := k.Artifacts.Set(ctx, collections.Join(m.Arena, m.Artifact), address); err != nil {
				return err
			}
		}
	}
	return k.Members.Set(ctx, collections.Join(m.Arena, address), m)
}

// ExportGenesis writes the whole state out, in the order of its keys.
func (k *Keeper) ExportGenesis(ctx context.Context) (*arena.GenesisState, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	g := &arena.GenesisState{Params: params}
	var errs [11]error
	g.Arenas, errs[0] = all(ctx, k.Arenas)
	g.Members, errs[1] = all(ctx, k.Members)
	g.Delegations, errs[2] = all(ctx, k.Delegations)
	g.Sponsors, errs[3] = all(ctx, k.Sponsors)
	g.Epochs, errs[4] = all(ctx, k.Epochs)
	g.Seals, errs[5] = all(ctx, k.Seals)
	g.Reports, errs[6] = all(ctx, k.Reports)
	g.Canaries, errs[7] = all(ctx, k.Canaries)
	g.Disputes, errs[8] = all(ctx, k.Disputes)
	g.Standings, errs[9] = all(ctx, k.Standings)
	g.Results, errs[10] = all(ctx, k.Results)
	return g, errors.Join(errs[:]...)
}

// initEpochs loads what epochs know, and what they remember.
func (k *Keeper) initEpochs(ctx context.Context, g *arena.GenesisState) error {
	var errs []error
	set := func(err error) { errs = append(errs, err) }
	for _, e := range g.Epochs {
		set(k.Epochs.Set(ctx, e.Arena, e))
	}
	for _, s := range g.Seals {
		set(k.Seals.Set(ctx, collections.Join3(s.Arena, s.Epoch, s.Number), s))
	}
	for _, r := range g.Reports {
		set(k.Reports.Set(ctx, collections.Join(r.Arena, r.Number), r))
	}
	for _, c := range g.Canaries {
		set(k.Canaries.Set(ctx, collections.Join(c.Arena, uint64(c.Task)), c))
	}
	for _, d := range g.Disputes {
		set(k.Disputes.Set(ctx, collections.Join(d.Arena, uint64(d.Task)), d))
	}
	for _, s := range g.Standings {
		set(k.Standings.Set(ctx, collections.Join(s.Arena, s.Number), s))
	}
	for _, r := range g.Results {
		set(k.Results.Set(ctx, collections.Join(r.Arena, r.Epoch), r))
	}
	return errors.Join(errs...)
}

// all is every value of a map, in the order of its keys.
func all[K, V any](ctx context.Context, m collections.Map[K, V]) (values []V, err error) {
	return values, m.Walk(ctx, nil, func(_ K, v V) (bool, error) {
		values = append(values, v)
		return false, nil
	})
}

// owed is what the module holds for others.
func owed(g *arena.GenesisState) math.Int {
	sum := math.ZeroInt()
	for _, a := range g.Arenas {
		sum = sum.Add(a.Budget).Add(a.Earned)
	}
	for _, m := range g.Members {
		sum = sum.Add(m.Bond.Amount).Add(m.Leaving.Amount).Add(m.Earned)
	}
	for _, d := range g.Disputes {
		sum = sum.Add(d.Bond)
	}
	return sum
}

// held is what the module's account has at the bank.
func (k *Keeper) held(ctx context.Context) math.Int {
	return k.bank.GetBalance(ctx, authtypes.NewModuleAddress(arena.ModuleName), credit.Denom).Amount
}
