package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/x/agent"
	"ayni.example/x/credit"
)

// InitGenesis loads a state that has been validated; what is held must already lie in the module's account, and what is due stands in
// the schedule's genesis.
func (k *Keeper) InitGenesis(ctx context.Context, g *agent.GenesisState) error {
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	for _, h := range g.Hosts {
		addr, _, err := k.address("host", h.Address)
		if err != nil {
			return err
		}
		if err := k.Hosts.Set(ctx, addr, h); err != nil {
			return err
		}
	}
	held := math.ZeroInt()
	for _, one := range g.Agents {
		if err := k.initLife(ctx, one); err != nil {
			return err
		}
		held = held.Add(one.Agent.Held)
	}
	if has := k.held(ctx); has.LT(held) {
		return agent.ErrInvariant.Wrapf("agents hold %s, the account has only %s", held, has)
	}
	return nil
}

func (k *Keeper) initLife(ctx context.Context, one agent.Life) error {
	id := one.Agent.Id
	owner, _, err := k.address("owner", one.Agent.Owner)
	if err != nil {
		return err
	}
	l := &life{Agent: one.Agent, charter: one.Charter, spent: one.Spent, lease: one.Lease}
	errs := []error{
		k.Charters.Set(ctx, id, one.Charter), k.Owners.Set(ctx, collections.Join(owner, id)),
		k.Treasuries.Set(ctx, agent.Treasury(id), id), k.keep(ctx, l),
	}
	if l.lease != nil && len(l.lease.Seed) > 0 {
		errs = append(errs, k.duty(ctx, l, true))
	}
	for _, w := range one.Queue {
		errs = append(errs, k.Queue.Set(ctx, collections.Join(id, w.Number), w))
	}
	for _, e := range one.Log {
		errs = append(errs, k.Log.Set(ctx, collections.Join(id, e.Wake.Number), e))
	}
	for _, w := range one.Waiting {
		errs = append(errs, k.Waiting.Set(ctx, collections.Join(id, w.Number), w))
	}
	for _, r := range one.Reservations {
		errs = append(errs, k.Reservations.Set(ctx, collections.Join(id, r.Payment), r))
	}
	for _, p := range one.Payees {
		addr, _, err := k.address("payee", p.Address)
		errs = append(errs, err, k.Payees.Set(ctx, collections.Join(id, addr), p))
	}
	for _, c := range one.Changes {
		errs = append(errs, k.Changes.Set(ctx, collections.Join(id, c.Number), c))
	}
	for _, p := range one.Proofs {
		errs = append(errs, k.Proofs.Set(ctx, collections.Join(id, p)))
	}
	return errors.Join(errs...)
}

// ExportGenesis writes the whole state out, in the order of its keys.
func (k *Keeper) ExportGenesis(ctx context.Context) (*agent.GenesisState, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	g := &agent.GenesisState{Params: params}
	if err := k.Hosts.Walk(ctx, nil, func(_ []byte, h agent.Host) (bool, error) {
		g.Hosts = append(g.Hosts, h)
		return false, nil
	}); err != nil {
		return nil, err
	}
	return g, k.Agents.Walk(ctx, nil, func(id []byte, _ agent.Agent) (bool, error) {
		one, err := k.exportLife(ctx, id)
		g.Agents = append(g.Agents, one)
		return false, err
	})
}

func (k *Keeper) exportLife(ctx context.Context, id []byte) (agent.Life, error) {
	l, err := k.life(ctx, id)
	if err != nil {
		return agent.Life{}, err
	}
	one := agent.Life{Agent: l.Agent, Charter: l.charter, Spent: l.spent, Lease: l.lease}
	var errs [6]error
	one.Queue, errs[0] = list(ctx, k.Queue, id)
	one.Log, errs[1] = list(ctx, k.Log, id)
	one.Waiting, errs[2] = list(ctx, k.Waiting, id)
	one.Reservations, errs[3] = listPairs(ctx, k.Reservations, id)
	one.Payees, errs[4] = listPairs(ctx, k.Payees, id)
	one.Changes, errs[5] = list(ctx, k.Changes, id)
	if err := errors.Join(errs[:]...); err != nil {
		return one, err
	}
	return one, k.Proofs.Walk(ctx, collections.NewPrefixedPairRange[[]byte, []byte](id), func(key pair) (bool, error) {
		one.Proofs = append(one.Proofs, key.K2())
		return false, nil
	})
}

// held is what the module's account has at the bank.
func (k *Keeper) held(ctx context.Context) math.Int {
	return k.bank.GetBalance(ctx, authtypes.NewModuleAddress(agent.ModuleName), credit.Denom).Amount
}
