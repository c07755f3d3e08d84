package keeper

import (
	"bytes"
	"context"
	"errors"
	"slices"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/compute"
	"ayni.example/x/provenance"
	"ayni.example/x/schedule"
)

// verifyGas is for as many edges as an asset has, and for a vector that is made anew.
const verifyGas = 2_000_000

// watch has the ledger look again at the lease that made an asset, while its result can be disputed.
func (k *Keeper) watch(ctx context.Context, a provenance.Asset) error {
	if len(a.Order) == 0 {
		return nil
	}
	edges, err := k.edges(ctx, a.ID)
	if err != nil {
		return err
	}
	for _, e := range edges {
		if e.Evidence == provenance.EvidenceObserved {
			return k.lookLater(ctx, a.ID)
		}
	}
	return nil
}

func (k *Keeper) lookLater(ctx context.Context, asset []byte) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	now := sdk.UnwrapSDKContext(ctx)
	plan := schedule.After(now.BlockHeight(), now.BlockTime(), params.VerifyBlocks, params.VerifySeconds)
	return k.schedule.Schedule(ctx, provenance.KindVerify, asset, plan)
}

// verifyDue raises observed edges to verified ones once nobody can dispute the lease, and lowers them to claimed ones when its result was
// refuted. An order that the ledger has forgotten leaves them as they are.
func (k *Keeper) verifyDue(ctx context.Context, due schedule.Due) error {
	a, err := k.Asset(ctx, due.Item.Name)
	if err != nil {
		return err
	}
	t, err := k.trainings.Trained(ctx, a.Order)
	switch {
	case errors.Is(err, compute.ErrNotFound):
		return nil
	case err != nil:
		return err
	case !slices.ContainsFunc(t.Results, func(r []byte) bool { return bytes.Equal(r, a.Result) }):
		return k.judge(ctx, a, provenance.EvidenceClaimed)
	case t.Stands:
		return k.judge(ctx, a, provenance.EvidenceVerified)
	default:
		return k.lookLater(ctx, a.ID)
	}
}

// judge changes the evidence of the observed edges that the manifest names.
func (k *Keeper) judge(ctx context.Context, a provenance.Asset, evidence provenance.Evidence) error {
	edges, err := k.edges(ctx, a.ID)
	if err != nil {
		return err
	}
	for _, e := range edges {
		if e.Evidence != provenance.EvidenceObserved || provenance.Relation(e.Relation) == provenance.Found {
			continue
		}
		e.Evidence = evidence
		if err := k.setEdge(ctx, e); err != nil {
			return err
		}
	}
	if evidence.Seen() {
		return nil
	}
	a.Order, a.Result = nil, nil
	if err := k.Assets.Set(ctx, a.ID, a); err != nil {
		return err
	}
	return k.revise(ctx, a)
}
