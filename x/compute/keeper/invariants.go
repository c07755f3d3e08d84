package keeper

import (
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"ayni.example/x/compute"
)

// Invariants checks that the state agrees with itself and with the bank; it reads all of it.
func (k *Keeper) Invariants(ctx context.Context) error {
	g, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := g.Validate(); err != nil {
		return compute.ErrInvariant.Wrap(err.Error())
	}
	if holds, held := holds(g), k.held(ctx); !held.Equal(holds) {
		return compute.ErrInvariant.Wrapf("escrows and collateral are %s, the account holds %s", holds, held)
	}
	for _, check := range []error{checkMoney(g), checkHosts(g), checkTenants(g), k.checkIndexes(ctx, g)} {
		if check != nil {
			return check
		}
	}
	return nil
}

// checkMoney holds each order to what was deposited: it is paid, held, or went to audits, or the order is closed and returned the rest.
func checkMoney(g *compute.GenesisState) error {
	used := map[string]math.Int{}
	for _, l := range g.Leases {
		if l.State != compute.LeaseClosed {
			used[string(l.Order)] = l.Escrow.Add(l.Paid).Add(l.Fees)
		}
	}
	for _, o := range g.Orders {
		sum := o.Paid.Add(o.Escrow).Add(o.Fees).Add(o.Held())
		if present, ok := used[string(o.ID)]; ok {
			sum = sum.Add(present)
		}
		if o.State == compute.OrderClosed && sum.GT(o.Deposited) || o.State != compute.OrderClosed && !sum.Equal(o.Deposited) {
			return compute.ErrInvariant.Wrapf("order %x has %s of %s deposited", o.ID, sum, o.Deposited)
		}
	}
	return nil
}

// checkHosts adds up what leases hold of their providers.
func checkHosts(g *compute.GenesisState) error {
	hosts := map[string]compute.Host{}
	for _, h := range g.Hosts {
		hosts[h.Provider] = h
	}
	for _, l := range g.Leases {
		h, there := hosts[l.Provider]
		if l.State == compute.LeaseClosed {
			continue
		}
		if !there || h.Leases == 0 || h.Bonded.LT(l.Bond) {
			return compute.ErrInvariant.Wrapf("lease %x is more than its provider counts", l.ID)
		}
		h.Leases, h.Bonded = h.Leases-1, h.Bonded.Sub(l.Bond)
		if l.Works() {
			if !covers(h.Used, l.Taken) {
				return compute.ErrInvariant.Wrapf("lease %x takes more than its provider counts", l.ID)
			}
			h.Used = h.Used.Minus(l.Taken)
		}
		hosts[l.Provider] = h
	}
	for _, h := range g.Hosts {
		left := hosts[h.Provider]
		if left.Leases > 0 || !left.Bonded.IsZero() || !covers(compute.Resources{}, left.Used) {
			return compute.ErrInvariant.Wrapf("host %s counts %d leases, %s bonded and %v more than there are", h.Provider, left.Leases, left.Bonded, left.Used)
		}
	}
	return nil
}

// covers tells whether all of part is in whole.
func covers(whole, part compute.Resources) bool {
	rest := part.Minus(whole)
	return rest.CPU == 0 && rest.Memory == 0 && rest.Disk == 0 && len(rest.Volumes) == 0 && len(rest.GPUs) == 0
}

func checkTenants(g *compute.GenesisState) error {
	counts := map[string]compute.Tenant{}
	for _, o := range g.Orders {
		t := counts[o.Tenant]
		if o.State == compute.OrderClosed {
			t.Closed++
		} else {
			t.Open++
		}
		t.Last = max(t.Last, o.Number)
		counts[o.Tenant] = t
	}
	for _, t := range g.Tenants {
		if c := counts[t.Address]; c.Open != t.Open || c.Closed != t.Closed || c.Last > t.Last {
			return compute.ErrInvariant.Wrapf("tenant %s counts %d and %d orders, there are %d and %d", t.Address, t.Open, t.Closed, c.Open, c.Closed)
		}
		delete(counts, t.Address)
	}
	if len(counts) > 0 {
		return compute.ErrInvariant.Wrapf("%d tenants without an entry", len(counts))
	}
	return nil
}

// checkIndexes counts the entries of each index: a wrong one is one too many where each right one is there.
func (k *Keeper) checkIndexes(ctx context.Context, g *compute.GenesisState) error {
	var open, windows, closedOnes, working, reviews int
	for _, o := range g.Orders {
		switch o.State {
		case compute.OrderClosed:
			closedOnes++
		case compute.OrderOpen:
			open++
			if o.MatchesHeight > 0 {
				windows++
			}
		default: // leased
		}
	}
	for _, l := range g.Leases {
		if l.State != compute.LeaseClosed {
			working++
		}
	}
	for _, t := range g.Tasks {
		if t.State == compute.TaskDelivered {
			reviews++
		}
	}
	for _, index := range []struct {
		name  string
		want  int
		count func() (int, error)
	}{
		{"open orders", open, func() (int, error) { return count(ctx, k.Open) }},
		{"windows", windows, func() (int, error) { return count(ctx, k.Windows) }},
		{"closed orders", closedOnes, func() (int, error) { return count(ctx, k.Closed) }},
		{"orders of tenants", len(g.Orders), func() (int, error) { return count(ctx, k.ByTenant) }},
		{"leases of providers", working, func() (int, error) { return count(ctx, k.ByProvider) }},
		{"reviews", reviews, func() (int, error) { return count(ctx, k.Reviews) }},
	} {
		got, err := index.count()
		if err != nil {
			return err
		}
		if got != index.want {
			return compute.ErrInvariant.Wrapf("%d %s in the index, %d in all", got, index.name, index.want)
		}
	}
	return nil
}

func count[K any](ctx context.Context, set collections.KeySet[K]) (int, error) {
	n := 0
	err := set.Walk(ctx, nil, func(K) (bool, error) {
		n++
		return false, nil
	})
	return n, err
}
