package keeper

import (
	"context"
	"slices"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/credit"
	"ayni.example/x/provenance"
	"ayni.example/x/schedule"
)

const (
	// dividendMost is how many contributors one item looks at, after which the next goes on in the next block.
	dividendMost = 32
	// dividendGas is for as many payments.
	dividendGas = 2_000_000
)

// poolEarns divides among a pool's contributors what came to it, and lies in the module's account already. One write, however
// many they are.
func (k *Keeper) poolEarns(ctx context.Context, pool []byte, amount math.Int) error {
	p, err := k.Pools.Get(ctx, pool)
	if err != nil {
		return found(err, "pool", pool)
	}
	p.Earn(amount)
	if !p.Queued && p.Points.IsPositive() {
		params, err := k.Params.Get(ctx)
		if err != nil {
			return err
		}
		now := sdk.UnwrapSDKContext(ctx)
		plan := schedule.Plan{Height: now.BlockHeight() + int64(params.SweepBlocks), Time: now.BlockTime().Unix() + int64(params.SweepSeconds)}
		if err := k.schedule.Schedule(ctx, provenance.KindDividend, p.Asset, plan); err != nil {
			return err
		}
		p.Queued = true
	}
	return k.Pools.Set(ctx, p.Asset, p)
}

// claimPool pays contributors, by their addresses, and returns the sum.
func (k *Keeper) claimPool(ctx context.Context, pool provenance.Asset, accounts [][]byte) (math.Int, error) {
	zero := math.ZeroInt()
	p, err := k.Pools.Get(ctx, pool.ID)
	if err != nil {
		return zero, found(err, "pool", pool.ID)
	}
	sum := zero
	for _, account := range accounts {
		c, err := k.Contributors.Get(ctx, collections.Join(p.Asset, account))
		if err != nil {
			return zero, found(err, "contributor", account)
		}
		paid, err := k.payContributor(ctx, &p, account, c, math.OneInt())
		if err != nil {
			return zero, err
		}
		sum = sum.Add(paid)
	}
	return sum, k.Pools.Set(ctx, p.Asset, p)
}

// dividendDue pays some contributors of a pool, and has the rest paid in the next block.
func (k *Keeper) dividendDue(ctx context.Context, due schedule.Due) error {
	name := due.Item.Name
	if len(name) < provenance.IDSize {
		return provenance.ErrInvariant.Wrapf("item %x", name)
	}
	id, after := name[:provenance.IDSize], name[provenance.IDSize:]
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	p, err := k.Pools.Get(ctx, id)
	if err != nil {
		return found(err, "pool", id)
	}
	list, err := k.contributorsAfter(ctx, id, after)
	if err != nil {
		return err
	}
	for _, c := range list[:min(len(list), dividendMost)] {
		account, _, err := k.address("contributor", c.Address)
		if err != nil {
			return err
		}
		if _, err := k.payContributor(ctx, &p, account, c, params.SweepMin); err != nil {
			return err
		}
		after = account
	}
	if len(list) > dividendMost {
		next := slices.Concat(id, after)
		plan := schedule.Plan{Height: sdk.UnwrapSDKContext(ctx).BlockHeight() + 1}
		if err := k.schedule.Schedule(ctx, provenance.KindDividend, next, plan); err != nil {
			return err
		}
	} else {
		p.Queued = false
	}
	return k.Pools.Set(ctx, id, p)
}

// contributorsAfter are the next ones of a pool by address, one more than are looked at together.
func (k *Keeper) contributorsAfter(ctx context.Context, pool, after []byte) (list []provenance.Contributor, err error) {
	r := collections.NewPrefixedPairRange[[]byte, []byte](pool)
	if len(after) > 0 {
		r = r.StartExclusive(after)
	}
	err = k.Contributors.Walk(ctx, r, func(_ pair, c provenance.Contributor) (bool, error) {
		list = append(list, c)
		return len(list) > dividendMost, nil
	})
	return list, err
}

// payContributor settles an account with its pool, which the caller stores, and pays it if that is least at least.
func (k *Keeper) payContributor(ctx context.Context, p *provenance.Pool, account []byte, c provenance.Contributor, least math.Int) (math.Int, error) {
	zero := math.ZeroInt()
	p.Settle(&c)
	amount := c.Owed
	if amount.LT(least) {
		return zero, k.Contributors.Set(ctx, collections.Join(p.Asset, account), c)
	}
	c.Owed, c.Paid, p.Held = zero, c.Paid.Add(amount), p.Held.Sub(amount)
	if err := k.Contributors.Set(ctx, collections.Join(p.Asset, account), c); err != nil {
		return zero, err
	}
	if err := k.bank.SendCoinsFromModuleToAccount(ctx, provenance.ModuleName, account, credit.Coins(amount)); err != nil {
		return zero, err
	}
	return amount, emit(ctx, &provenance.EventPaid{Asset: p.Asset, Payee: p.Asset, To: c.Address, Amount: amount})
}

// contributor is an account's standing, settled with its pool as it stands.
func (k *Keeper) contributor(ctx context.Context, p provenance.Pool, account []byte, text string) (provenance.Contributor, error) {
	c, err := k.Contributors.Get(ctx, collections.Join(p.Asset, account))
	return or(c, err, provenance.NewContributor(p, text))
}

// addPoints changes an account's points, after what the old ones earned was counted.
func (k *Keeper) addPoints(ctx context.Context, pool, account []byte, points math.Int) error {
	p, err := k.Pools.Get(ctx, pool)
	if err != nil {
		return found(err, "pool", pool)
	}
	c, err := k.Contributors.Get(ctx, collections.Join(pool, account))
	if err != nil {
		return found(err, "contributor", account)
	}
	p.Settle(&c)
	c.Points, p.Points = c.Points.Add(points), p.Points.Add(points)
	p.Earn(math.ZeroInt()) // what came while nobody had points
	if err := k.Contributors.Set(ctx, collections.Join(pool, account), c); err != nil {
		return err
	}
	return k.Pools.Set(ctx, pool, p)
}
