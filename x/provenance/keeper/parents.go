package keeper

import (
	"bytes"
	"context"
	"slices"

	"cosmossdk.io/collections"

	"ayni.example/x/compute"
	"ayni.example/x/provenance"
)

// edgesOf are those that a manifest names; what the order shows that its worker began with is observed.
func (k *Keeper) edgesOf(
	ctx context.Context, a provenance.Asset, m provenance.Manifest, inputs [][]byte, evidence provenance.Evidence,
) ([]provenance.Edge, error) {
	edges := make([]provenance.Edge, 0, len(m.Parents))
	for _, p := range m.Parents {
		parent, err := k.Assets.Get(ctx, p.Bytes())
		if err != nil {
			return nil, parentMissing(err, p.Asset)
		}
		if err := parent.Bears(a.Terms, a.Owner); err != nil {
			return nil, err
		}
		e := provenance.Edge{Asset: a.ID, Parent: parent.ID, Relation: string(p.Relation), Evidence: provenance.EvidenceClaimed}
		if slices.ContainsFunc(inputs, func(input []byte) bool { return bytes.Equal(input, parent.Content) }) {
			e.Evidence = evidence
		}
		edges = append(edges, e)
	}
	return edges, nil
}

// observed is what the ledger knows of the order whose result the asset's content is, and what an edge to its inputs is worth.
func (k *Keeper) observed(ctx context.Context, a *provenance.Asset, order []byte) (compute.Trained, provenance.Evidence, error) {
	if len(order) == 0 {
		return compute.Trained{}, provenance.EvidenceClaimed, nil
	}
	t, err := k.trainings.Trained(ctx, order)
	if err != nil {
		return t, 0, err
	}
	switch {
	case t.Tenant != a.Owner:
		return t, 0, provenance.ErrOrder.Wrapf("order %x is not of %s", order, a.Owner)
	case len(t.Results) == 0:
		return t, 0, provenance.ErrOrder.Wrapf("the result of order %x is not committed yet", order)
	case !slices.ContainsFunc(t.Results, func(r []byte) bool { return bytes.Equal(r, a.Content) }):
		return t, 0, provenance.ErrOrder.Wrapf("content %x is no result of order %x, such as %x", a.Content, order, t.Results[0])
	}
	a.Order, a.Result = order, a.Content
	if t.Stands {
		return t, provenance.EvidenceVerified, nil
	}
	return t, provenance.EvidenceObserved, nil
}

func parentMissing(err error, id string) error {
	if found(err, "", nil) != err { //nolint:errorlint // found makes another of one alone
		return provenance.ErrParent.Wrapf("%s; register it first", id)
	}
	return err
}

func (k *Keeper) setEdge(ctx context.Context, e provenance.Edge) error {
	if err := k.Edges.Set(ctx, collections.Join(e.Asset, e.Parent), e); err != nil {
		return err
	}
	if err := k.Children.Set(ctx, collections.Join(e.Parent, e.Asset)); err != nil {
		return err
	}
	return emit(ctx, &provenance.EventEdge{Asset: e.Asset, Parent: e.Parent, Relation: e.Relation, Evidence: e.Evidence})
}

// edges are those of an asset to its parents, by the parent's id.
func (k *Keeper) edges(ctx context.Context, asset []byte) ([]provenance.Edge, error) {
	var list []provenance.Edge
	err := k.Edges.Walk(ctx, collections.NewPrefixedPairRange[[]byte, []byte](asset), func(_ pair, e provenance.Edge) (bool, error) {
		list = append(list, e)
		return false, nil
	})
	return list, err
}

// flatten makes the vector of an asset with these edges from the vectors of its parents.
func (k *Keeper) flatten(ctx context.Context, edges []provenance.Edge) ([]provenance.Share, error) {
	parents := make([]provenance.ParentVector, 0, len(edges))
	for _, e := range edges {
		parent, err := k.Asset(ctx, e.Parent)
		if err != nil {
			return nil, err
		}
		v, err := k.vector(ctx, e.Parent)
		if err != nil {
			return nil, err
		}
		parents = append(parents, provenance.ParentVector{
			Asset: e.Parent, PPM: parent.Terms.PPM(), Seen: e.Evidence.Seen(), Shares: v.Shares,
		})
	}
	return provenance.Flatten(parents)
}

// vector is an asset's; of one that owes nobody, an empty one.
func (k *Keeper) vector(ctx context.Context, asset []byte) (provenance.Vector, error) {
	v, err := k.Vectors.Get(ctx, asset)
	return or(v, err, provenance.Vector{Asset: asset})
}

func (k *Keeper) setVector(ctx context.Context, asset []byte, shares []provenance.Share) error {
	if len(shares) == 0 {
		return k.Vectors.Remove(ctx, asset)
	}
	return k.Vectors.Set(ctx, asset, provenance.Vector{Asset: asset, Shares: shares})
}

// ancestorsLooked bounds the walk up from an asset. Whoever has more ancestors may be suspected of one that is among them.
const ancestorsLooked = 256

// descends tells whether an ancestor is found among the parents behind edges, and theirs.
func (k *Keeper) descends(ctx context.Context, edges []provenance.Edge, ancestor []byte) (bool, error) {
	there := false
	err := k.ancestors(ctx, edges, func(id []byte) (bool, error) {
		there = bytes.Equal(id, ancestor)
		return there, nil
	})
	return there, err
}

// ancestors walks up from edges, the nearest first, until visit says to stop.
func (k *Keeper) ancestors(ctx context.Context, edges []provenance.Edge, visit func(id []byte) (stop bool, err error)) error {
	queue, seen := slices.Clone(edges), map[string]bool{}
	for looked := 0; len(queue) > 0 && looked < ancestorsLooked; looked++ {
		id := queue[0].Parent
		queue = queue[1:]
		if seen[string(id)] {
			continue
		}
		seen[string(id)] = true
		if stop, err := visit(id); stop || err != nil {
			return err
		}
		above, err := k.edges(ctx, id)
		if err != nil {
			return err
		}
		queue = append(queue, above...)
	}
	return nil
}

// revise makes an asset's vector anew from its edges as they stand, with the shares that are held. Everybody's account is brought up to
// date before, so that nobody loses what was earned under the old one.
func (k *Keeper) revise(ctx context.Context, a provenance.Asset) error {
	edges, err := k.edges(ctx, a.ID)
	if err != nil {
		return err
	}
	shares, err := k.flatten(ctx, edges)
	if err != nil {
		return err
	}
	old, err := k.vector(ctx, a.ID)
	if err != nil {
		return err
	}
	if shares, err = k.withHeld(ctx, a.ID, shares, held(old)); err != nil {
		return err
	}
	return k.turn(ctx, a, old, shares)
}

// turn replaces an asset's vector.
func (k *Keeper) turn(ctx context.Context, a provenance.Asset, old provenance.Vector, shares []provenance.Share) error {
	serving := provenance.Serving(shares, a.Terms.PPM())
	income, err := k.Incomes.Get(ctx, a.ID)
	if income, err = or(income, err, provenance.NewIncome(a.ID, serving)); err != nil {
		return err
	}
	if income.Earned.GT(income.Base) {
		for _, s := range old.Shares {
			account, err := k.counted(ctx, income, s)
			if err != nil {
				return err
			}
			if err := k.setAccount(ctx, account); err != nil {
				return err
			}
		}
	}
	income.Turn(serving)
	if err := k.Incomes.Set(ctx, a.ID, income); err != nil {
		return err
	}
	return k.setVector(ctx, a.ID, shares)
}
