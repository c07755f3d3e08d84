package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"ayni.example/x/provenance"
)

// Invariants checks that the state agrees with itself; it reads all of it.
func (k *Keeper) Invariants(ctx context.Context) error {
	g, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := g.Validate(); err != nil {
		return provenance.ErrInvariant.Wrap(err.Error())
	}
	if owed, held := owed(g), k.held(ctx); !held.Equal(owed) {
		return provenance.ErrInvariant.Wrapf("%s is owed, the account holds %s", owed, held)
	}
	for _, i := range g.Incomes {
		if err := k.covered(ctx, i); err != nil {
			return err
		}
	}
	if err := k.grantsIndexed(ctx, g); err != nil {
		return err
	}
	return k.indexed(ctx, g)
}

// covered tells whether what was taken covers what payees have, to the unit.
func (k *Keeper) covered(ctx context.Context, i provenance.Income) error {
	t, err := k.till(ctx, i.Asset)
	if err != nil {
		return err
	}
	counted, err := t.countedAll(ctx)
	if err != nil {
		return err
	}
	if left := i.Left(counted); left.IsNegative() {
		return provenance.ErrInvariant.Wrapf("payees of asset %x have %s more than was taken", i.Asset, left.Neg())
	}
	return nil
}

// indexed tells whether each index has as many entries as there are of what it lists.
func (k *Keeper) indexed(ctx context.Context, g *provenance.GenesisState) error {
	owned, standing := 0, 0
	for _, a := range g.Assets {
		if a.Owner != "" {
			owned++
		}
		if len(a.Content) == 0 {
			continue
		}
		id, err := k.Contents.Get(ctx, a.Content)
		if err != nil || string(id) != string(a.ID) {
			return provenance.ErrInvariant.Wrapf("content of asset %x is of %x", a.ID, id)
		}
	}
	for _, s := range g.Suspicions {
		if s.State == provenance.SuspectedStands {
			standing++
		}
	}
	for _, index := range []struct {
		name string
		want int
		set  collections.KeySet[pair]
	}{
		{"owners", owned, k.ByOwner},
		{"children", len(g.Edges), k.Children},
		{"standing suspicions", standing, k.Standing},
		{"sources", len(g.Accounts), k.Sources},
		{"keys", len(g.Keys), k.KeysByAccount},
		{"contributions", len(g.Contributions), k.ByPool},
		{"commitments", len(g.Contributions), k.ByCommitment},
	} {
		got := 0
		if err := index.set.Walk(ctx, nil, func(pair) (bool, error) {
			got++
			return false, nil
		}); err != nil {
			return err
		}
		if got != index.want {
			return provenance.ErrInvariant.Wrapf("%d %s are indexed, there are %d", got, index.name, index.want)
		}
	}
	return nil
}
