package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/schedule"
)

// EndBlock runs what is due, within the block's bounds; the rest stands first in the next block. It has no error to return: a
// schedule that contradicts itself is told of and left as it was, and the ledger goes on. Where nothing is due it writes
// nothing.
func (k *Keeper) EndBlock(ctx context.Context) {
	block := sdk.UnwrapSDKContext(ctx)
	cached, write := block.CacheContext()
	if err := k.tick(cached); err != nil { //nolint:contextcheck // cached is the context, in the form that the ledger gives it
		block.Logger().Error("nothing scheduled ran in this block", "error", err)
		emit(block, &schedule.EventStalled{Reason: err.Error()})
		return
	}
	write()
}

func (k *Keeper) tick(ctx sdk.Context) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	was, err := k.Clock.Get(ctx)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	clock := was.Advance(ctx.BlockTime().Unix(), params)
	if err := k.ripen(ctx, ctx.BlockHeight(), params.ItemsMax); err != nil {
		return err
	}
	if err := k.runDue(ctx, clock, params); err != nil {
		return err
	}
	return k.keepClock(ctx, was, clock)
}

// ripen moves items whose height is reached to the queue of times.
func (k *Keeper) ripen(ctx context.Context, height int64, most uint32) error {
	places, err := first(ctx, k.Waiting, height, most)
	if err != nil {
		return err
	}
	for _, at := range places {
		item, err := k.Item(ctx, at.K2(), at.K3())
		if err != nil {
			return err
		}
		if err := k.drop(ctx, item); err != nil {
			return err
		}
		item.Ripe = true
		if err := k.put(ctx, item); err != nil {
			return err
		}
	}
	return nil
}

// runDue runs ripe items by time, then kind, then name, until the block's items or gas are used up. What ran is gone from the
// queue, so its front is the cursor.
func (k *Keeper) runDue(ctx sdk.Context, clock schedule.Clock, params schedule.Params) error {
	now := ctx.BlockTime().Unix()
	places, err := first(ctx, k.Ripe, now, params.ItemsMax)
	if err != nil {
		return err
	}
	left := params.GasMax
	for _, at := range places {
		item, err := k.Item(ctx, at.K2(), at.K3())
		if errors.Is(err, schedule.ErrNotFound) || err == nil && (!item.Ripe || item.Time != at.K1()) {
			continue // an item before it in this block cancelled or moved it
		}
		if err != nil {
			return err
		}
		kind := k.kinds[item.Kind]
		if until, late := clock.Postpone(item.Time, now, params); late && kind.Grace && !item.Recurs() {
			if err := k.postpone(ctx, item, until); err != nil {
				return err
			}
			continue
		}
		limit := min(kind.Gas, params.GasMax)
		if limit > left {
			break
		}
		spent, err := k.run(ctx, kind, item, limit, params)
		if err != nil {
			return err
		}
		left -= spent
	}
	return nil
}

func (k *Keeper) postpone(ctx sdk.Context, item schedule.Item, until int64) error {
	if err := k.drop(ctx, item); err != nil {
		return err
	}
	item.Time = until
	emit(ctx, &schedule.EventPostponed{Kind: item.Kind, Name: hexName(item), Time: until})
	return k.put(ctx, item)
}

// keepClock notes the time while anything is scheduled, and forgets it with the last item: how long ago that was is no gap.
func (k *Keeper) keepClock(ctx sdk.Context, was, clock schedule.Clock) error {
	all, err := k.Items.Iterate(ctx, nil)
	if err != nil {
		return err
	}
	empty := !all.Valid()
	if err := all.Close(); err != nil {
		return err
	}
	none := was == schedule.Clock{}
	switch {
	case empty && none, !empty && clock == was:
		return nil
	case empty:
		return k.Clock.Remove(ctx)
	}
	return k.Clock.Set(ctx, clock)
}

// first lists the foremost places of a queue, no farther than until. It is a list since a queue may not change under an
// iterator.
func first(ctx context.Context, queue collections.KeySet[place], until int64, most uint32) ([]place, error) {
	var places []place
	err := queue.Walk(ctx, collections.NewPrefixUntilTripleRange[int64, string, []byte](until), func(at place) (bool, error) {
		places = append(places, at)
		return len(places) >= int(most), nil
	})
	return places, err
}
