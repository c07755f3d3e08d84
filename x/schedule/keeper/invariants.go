package keeper

import (
	"bytes"
	"context"

	"cosmossdk.io/collections"

	"ayni.example/x/schedule"
)

// Invariants checks that each item stands in one queue, at its own place, and that the queues hold nothing else; it reads the
// whole state.
func (k *Keeper) Invariants(ctx context.Context) error {
	g, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := g.Validate(); err != nil {
		return err
	}
	entries := 0
	for _, q := range []struct {
		places collections.KeySet[place]
		ripe   bool
		at     func(schedule.Item) int64
	}{
		{k.Waiting, false, func(i schedule.Item) int64 { return i.Height }},
		{k.Ripe, true, func(i schedule.Item) int64 { return i.Time }},
	} {
		if err := q.places.Walk(ctx, nil, func(at place) (bool, error) {
			entries++
			item, err := k.Item(ctx, at.K2(), at.K3())
			if err != nil {
				return true, schedule.ErrInvariant.Wrap(err.Error())
			}
			if item.Ripe != q.ripe || q.at(item) != at.K1() || item.Kind != at.K2() || !bytes.Equal(item.Name, at.K3()) {
				return true, schedule.ErrInvariant.Wrapf("%x of %s stands at a place that is not its own", at.K3(), at.K2())
			}
			return false, nil
		}); err != nil {
			return err
		}
	}
	if entries != len(g.Items) {
		return schedule.ErrInvariant.Wrapf("%d items stand at %d places", len(g.Items), entries)
	}
	return nil
}
