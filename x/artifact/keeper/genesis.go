package keeper

import (
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/x/artifact"
	"ayni.example/x/credit"
)

// InitGenesis loads a state that has been validated; bonds and deposits must already lie in the module's account, and what is due
// stands in the schedule's genesis.
func (k *Keeper) InitGenesis(ctx context.Context, g *artifact.GenesisState) error {
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	for _, p := range g.Pledges {
		holder, err := k.canonical("holder", p.Holder)
		if err != nil {
			return err
		}
		if err := k.store(ctx, holder, p); err != nil {
			return err
		}
	}
	for _, c := range g.Challenges {
		holder, err := k.canonical("holder", c.Holder)
		if err != nil {
			return err
		}
		if _, err := k.canonical("challenger", c.Challenger); err != nil {
			return err
		}
		if err := k.Challenges.Set(ctx, collections.Join3(holder, c.Digest, c.Leaf), c); err != nil {
			return err
		}
	}
	for _, r := range g.Records {
		holder, err := k.canonical("holder", r.Holder)
		if err != nil {
			return err
		}
		if err := k.Records.Set(ctx, holder, r); err != nil {
			return err
		}
	}
	if locked, held := locked(g), k.held(ctx); held.LT(locked) {
		return artifact.ErrInvariant.Wrapf("bonds and deposits are %s, the account holds only %s", locked, held)
	}
	return nil
}

// ExportGenesis writes the whole state out, in the order of its keys.
func (k *Keeper) ExportGenesis(ctx context.Context) (*artifact.GenesisState, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	g := &artifact.GenesisState{Params: params}
	err = k.Pledges.Walk(ctx, nil, func(_ collections.Pair[[]byte, []byte], p artifact.Pledge) (bool, error) {
		g.Pledges = append(g.Pledges, p)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.Challenges.Walk(ctx, nil, func(_ asked, c artifact.Challenge) (bool, error) {
		g.Challenges = append(g.Challenges, c)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	return g, k.Records.Walk(ctx, nil, func(_ []byte, r artifact.Record) (bool, error) {
		g.Records = append(g.Records, r)
		return false, nil
	})
}

// Invariants checks that the state agrees with itself and with the bank; it reads all of it.
func (k *Keeper) Invariants(ctx context.Context) error {
	g, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := g.Validate(); err != nil {
		return artifact.ErrInvariant.Wrap(err.Error())
	}
	if locked, held := locked(g), k.held(ctx); !held.Equal(locked) {
		return artifact.ErrInvariant.Wrapf("bonds and deposits are %s, the account holds %s", locked, held)
	}
	found := 0
	err = k.Holders.Walk(ctx, nil, func(key collections.Pair[[]byte, []byte]) (bool, error) {
		found++
		_, err := k.pledge(ctx, key.K2(), key.K1())
		return false, err
	})
	if err != nil {
		return artifact.ErrInvariant.Wrap(err.Error())
	}
	if found != len(g.Pledges) {
		return artifact.ErrInvariant.Wrapf("%d pledges, %d of them found by digest", len(g.Pledges), found)
	}
	return nil
}

// locked is what bonds and deposits sum to.
func locked(g *artifact.GenesisState) math.Int {
	sum := math.ZeroInt()
	for _, p := range g.Pledges {
		sum = sum.Add(p.Bond)
	}
	for _, c := range g.Challenges {
		sum = sum.Add(c.Deposit)
	}
	return sum
}

// held is what the module's account has at the bank.
func (k *Keeper) held(ctx context.Context) math.Int {
	return k.bank.GetBalance(ctx, authtypes.NewModuleAddress(artifact.ModuleName), credit.Denom).Amount
}

// canonical reads an address and refuses any other text form, under which the same account would count as another.
func (k *Keeper) canonical(role, text string) ([]byte, error) {
	addr, canonical, err := k.address(role, text)
	if err != nil {
		return nil, err
	}
	if text != canonical {
		return nil, artifact.ErrInvalid.Wrapf("%s %s is written %s here", role, text, canonical)
	}
	return addr, nil
}
