package keeper

import (
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/credit"
	"ayni.example/x/provenance"
	"ayni.example/x/schedule"
)

const (
	// dividendMost is how many contributors one item pays, and dividendLooked how many it looks at, after which the next goes on in the next block.
	dividendMost   = 32
	dividendLooked = 128
	// dividendGas is for as many payments and looks.
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
		if err := k.later(ctx, provenance.KindDividend, p.Asset, plan); err != nil {
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
	p.Queued = false // should the payments have been dropped, the next income schedules others
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
	list, last, err := k.contributorsAfter(ctx, id, after)
	if err != nil {
		return err
	}
	for _, c := range list {
		account, _, err := k.address("contributor", c.Address)
		if err != nil {
			return err
		}
		if _, err := k.payContributor(ctx, &p, account, c, params.SweepMin); err != nil {
			return err
		}
	}
	if p.Queued = last != nil; p.Queued {
		plan := schedule.Plan{Height: sdk.UnwrapSDKContext(ctx).BlockHeight() + 1}
		if err := k.later(ctx, provenance.KindDividend, slices.Concat(id, last), plan); err != nil {
			return err
		}
	}
	return k.Pools.Set(ctx, id, p)
}

// contributorsAfter are the next ones of a pool by address that have points or are owed anything, and the last at whom it looked, if others follow.
func (k *Keeper) contributorsAfter(ctx context.Context, pool, after []byte) (list []provenance.Contributor, last []byte, err error) {
	r := collections.NewPrefixedPairRange[[]byte, []byte](pool)
	if len(after) > 0 {
		r = r.StartExclusive(after)
	}
	looked, more := 0, false
	err = k.Contributors.Walk(ctx, r, func(at pair, c provenance.Contributor) (bool, error) {
		if more = looked == dividendLooked || len(list) == dividendMost; more {
			return true, nil
		}
		if looked, last = looked+1, at.K2(); c.Points.IsPositive() || c.Owed.IsPositive() {
			list = append(list, c)
		}
		return false, nil
	})
	if !more {
		last = nil
	}
	return list, last, err
}

// later schedules work, unless it is scheduled.
func (k *Keeper) later(ctx context.Context, kind string, name []byte, plan schedule.Plan) error {
	err := k.schedule.Schedule(ctx, kind, name, plan)
	if errors.Is(err, schedule.ErrExists) {
		return nil
	}
	return err
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
