package keeper

import (
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/x/compute"
	"ayni.example/x/credit"
)

// InitGenesis loads a state that has been validated; what it holds must already lie in the module's account, and what is due
// stands in the schedule's genesis.
func (k *Keeper) InitGenesis(ctx context.Context, g *compute.GenesisState) error {
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	for _, h := range g.Hosts {
		address, err := k.canonical("provider", h.Provider)
		if err != nil {
			return err
		}
		if err := k.Hosts.Set(ctx, address, h); err != nil {
			return err
		}
	}
	for _, t := range g.Tenants {
		address, err := k.canonical("tenant", t.Address)
		if err != nil {
			return err
		}
		if err := k.Tenants.Set(ctx, address, t); err != nil {
			return err
		}
	}
	for _, o := range g.Orders {
		if err := k.initOrder(ctx, o); err != nil {
			return err
		}
	}
	for _, b := range g.Books {
		if err := k.Books.Set(ctx, b.Order, b); err != nil {
			return err
		}
	}
	if err := k.initLeases(ctx, g); err != nil {
		return err
	}
	if holds, held := holds(g), k.held(ctx); held.LT(holds) {
		return compute.ErrInvariant.Wrapf("escrows and collateral are %s, the account holds only %s", holds, held)
	}
	return nil
}

func (k *Keeper) initOrder(ctx context.Context, o compute.Order) error {
	tenant, err := k.canonical("tenant", o.Tenant)
	if err != nil {
		return err
	}
	if err := k.Orders.Set(ctx, o.ID, o); err != nil {
		return err
	}
	if err := k.ByTenant.Set(ctx, collections.Join(tenant, o.Number)); err != nil {
		return err
	}
	switch o.State {
	case compute.OrderClosed:
		return k.Closed.Set(ctx, collections.Join3(tenant, o.ClosedHeight, o.Number))
	case compute.OrderOpen:
		if o.MatchesHeight > 0 {
			if err := k.Windows.Set(ctx, windowOf(o)); err != nil {
				return err
			}
		}
		return k.Open.Set(ctx, collections.Join(o.OpenedHeight, o.ID))
	default:
		return nil
	}
}

func (k *Keeper) initLeases(ctx context.Context, g *compute.GenesisState) error {
	for _, l := range g.Leases {
		provider, err := k.canonical("provider", l.Provider)
		if err != nil {
			return err
		}
		if err := k.Leases.Set(ctx, l.ID, l); err != nil {
			return err
		}
		if l.State != compute.LeaseClosed {
			if err := k.ByProvider.Set(ctx, collections.Join(provider, l.ID)); err != nil {
				return err
			}
		}
	}
	for _, t := range g.Tasks {
		if err := k.Tasks.Set(ctx, collections.Join(t.Order, uint64(t.Index)), t); err != nil {
			return err
		}
		if t.State == compute.TaskDelivered {
			if err := k.Reviews.Set(ctx, reviewOf(t)); err != nil {
				return err
			}
		}
	}
	for _, s := range g.Segments {
		if err := k.Segments.Set(ctx, collections.Join(s.Order, s.Index), s); err != nil {
			return err
		}
	}
	return nil
}

// ExportGenesis writes the whole state out, in the order of its keys.
func (k *Keeper) ExportGenesis(ctx context.Context) (*compute.GenesisState, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	g := &compute.GenesisState{Params: params}
	if g.Hosts, err = all(ctx, k.Hosts); err != nil {
		return nil, err
	}
	if g.Orders, err = all(ctx, k.Orders); err != nil {
		return nil, err
	}
	if g.Books, err = all(ctx, k.Books); err != nil {
		return nil, err
	}
	if g.Leases, err = all(ctx, k.Leases); err != nil {
		return nil, err
	}
	if g.Tasks, err = all(ctx, k.Tasks); err != nil {
		return nil, err
	}
	if g.Segments, err = all(ctx, k.Segments); err != nil {
		return nil, err
	}
	g.Tenants, err = all(ctx, k.Tenants)
	return g, err
}

func all[K, V any](ctx context.Context, m collections.Map[K, V]) ([]V, error) {
	var list []V
	err := m.Walk(ctx, nil, func(_ K, v V) (bool, error) {
		list = append(list, v)
		return false, nil
	})
	return list, err
}

// holds is what escrows and collateral sum to.
func holds(g *compute.GenesisState) math.Int {
	sum := math.ZeroInt()
	for _, h := range g.Hosts {
		sum = sum.Add(h.Collateral)
	}
	for _, o := range g.Orders {
		sum = sum.Add(o.Escrow).Add(o.Held())
	}
	for _, l := range g.Leases {
		sum = sum.Add(l.Escrow)
	}
	return sum
}

// held is what the module's account has at the bank.
func (k *Keeper) held(ctx context.Context) math.Int {
	return k.bank.GetBalance(ctx, authtypes.NewModuleAddress(compute.ModuleName), credit.Denom).Amount
}

// canonical reads an address and refuses any other text form, under which the same account would count as another.
func (k *Keeper) canonical(role, text string) ([]byte, error) {
	addr, canonical, err := k.address(role, text)
	if err != nil {
		return nil, err
	}
	if text != canonical {
		return nil, compute.ErrInvalid.Wrapf("%s %s is written %s here", role, text, canonical)
	}
	return addr, nil
}
