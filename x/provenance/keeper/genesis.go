package keeper

import (
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/x/credit"
	"ayni.example/x/provenance"
)

// InitGenesis loads a state that has been validated; what it owes must already lie in the module's account, and what is due stands
// in the schedule's genesis.
func (k *Keeper) InitGenesis(ctx context.Context, g *provenance.GenesisState) error {
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	for _, load := range []func(context.Context, *provenance.GenesisState) error{
		k.initAssets, k.initEdges, k.initMoney, k.initMarks, k.initPools, k.initGrants,
	} {
		if err := load(ctx, g); err != nil {
			return err
		}
	}
	if owed, held := owed(g), k.held(ctx); held.LT(owed) {
		return provenance.ErrInvariant.Wrapf("%s is owed, the account holds only %s", owed, held)
	}
	return nil
}

func (k *Keeper) initAssets(ctx context.Context, g *provenance.GenesisState) error {
	for _, a := range g.Assets {
		if err := k.Assets.Set(ctx, a.ID, a); err != nil {
			return err
		}
		if len(a.Content) > 0 {
			if err := k.Contents.Set(ctx, a.Content, a.ID); err != nil {
				return err
			}
		}
		if a.Owner == "" {
			continue
		}
		owner, err := k.canonical("owner", a.Owner)
		if err != nil {
			return err
		}
		if err := k.ByOwner.Set(ctx, collections.Join(owner, a.ID)); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) initEdges(ctx context.Context, g *provenance.GenesisState) error {
	for _, e := range g.Edges {
		if err := k.Edges.Set(ctx, collections.Join(e.Asset, e.Parent), e); err != nil {
			return err
		}
		if err := k.Children.Set(ctx, collections.Join(e.Parent, e.Asset)); err != nil {
			return err
		}
	}
	for _, s := range g.Suspicions {
		at := collections.Join(s.Asset, s.Parent)
		if err := k.Suspicions.Set(ctx, at, s); err != nil {
			return err
		}
		if s.State == provenance.SuspectedStands {
			if err := k.Standing.Set(ctx, at); err != nil {
				return err
			}
		}
	}
	for _, v := range g.Vectors {
		if err := k.Vectors.Set(ctx, v.Asset, v); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) initMoney(ctx context.Context, g *provenance.GenesisState) error {
	for _, i := range g.Incomes {
		if err := k.Incomes.Set(ctx, i.Asset, i); err != nil {
			return err
		}
	}
	for _, a := range g.Accounts {
		if err := k.setAccount(ctx, a); err != nil {
			return err
		}
	}
	for _, r := range g.Receipts {
		if err := k.Receipts.Set(ctx, r.Asset, r); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) initMarks(ctx context.Context, g *provenance.GenesisState) error {
	for _, t := range g.Tensors {
		if err := k.Tensors.Set(ctx, t.Digest, t.Asset); err != nil {
			return err
		}
	}
	for _, s := range g.Sketches {
		if err := k.Sketches.Set(ctx, s.Asset, s.Sketch); err != nil {
			return err
		}
	}
	for _, key := range g.Keys {
		account, err := k.canonical("account", key.Account)
		if err != nil {
			return err
		}
		if err := k.setKey(ctx, account, key); err != nil {
			return err
		}
	}
	return nil
}

// ExportGenesis writes the whole state out, in the order of its keys.
func (k *Keeper) ExportGenesis(ctx context.Context) (*provenance.GenesisState, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	g := &provenance.GenesisState{Params: params}
	for _, read := range []func() error{
		func() (err error) { g.Assets, err = all(ctx, k.Assets); return err },
		func() (err error) { g.Edges, err = all(ctx, k.Edges); return err },
		func() (err error) { g.Suspicions, err = all(ctx, k.Suspicions); return err },
		func() (err error) { g.Vectors, err = all(ctx, k.Vectors); return err },
		func() (err error) { g.Incomes, err = all(ctx, k.Incomes); return err },
		func() (err error) { g.Accounts, err = all(ctx, k.Accounts); return err },
		func() (err error) { g.Receipts, err = all(ctx, k.Receipts); return err },
		func() (err error) { g.Keys, err = all(ctx, k.Keys); return err },
		func() (err error) { g.Pools, err = all(ctx, k.Pools); return err },
		func() (err error) { g.Contributions, err = all(ctx, k.Contributions); return err },
		func() (err error) { g.Contributors, err = all(ctx, k.Contributors); return err },
		func() (err error) { g.Grants, err = all(ctx, k.Grants); return err },
		func() (err error) { g.Tombstones, err = all(ctx, k.Tombstones); return err },
	} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	err = k.Tensors.Walk(ctx, nil, func(digest, asset []byte) (bool, error) {
		g.Tensors = append(g.Tensors, provenance.Tensor{Digest: digest, Asset: asset})
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	return g, k.Sketches.Walk(ctx, nil, func(asset, sketch []byte) (bool, error) {
		g.Sketches = append(g.Sketches, provenance.Sketch{Asset: asset, Sketch: sketch})
		return false, nil
	})
}

func all[K, V any](ctx context.Context, m collections.Map[K, V]) ([]V, error) {
	var list []V
	err := m.Walk(ctx, nil, func(_ K, v V) (bool, error) {
		list = append(list, v)
		return false, nil
	})
	return list, err
}

// owed is what the module's account must hold: what was taken and is not paid, and what pools hold for contributors.
func owed(g *provenance.GenesisState) math.Int {
	sum := math.ZeroInt()
	for _, i := range g.Incomes {
		sum = sum.Add(i.Taken).Sub(i.Rest)
	}
	for _, a := range g.Accounts {
		sum = sum.Sub(a.Total.Sub(a.Owed))
	}
	for _, p := range g.Pools {
		sum = sum.Add(p.Held)
	}
	return sum
}

// held is what the module's account has at the bank.
func (k *Keeper) held(ctx context.Context) math.Int {
	return k.bank.GetBalance(ctx, authtypes.NewModuleAddress(provenance.ModuleName), credit.Denom).Amount
}

// canonical reads an address and refuses any other text form, under which the same account would count as another.
func (k *Keeper) canonical(role, text string) ([]byte, error) {
	addr, canonical, err := k.address(role, text)
	if err != nil {
		return nil, err
	}
	if text != canonical {
		return nil, provenance.ErrInvalid.Wrapf("%s %s is written %s here", role, text, canonical)
	}
	return addr, nil
}
