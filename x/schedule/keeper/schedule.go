package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/schedule"
)

// running marks the context of an item that runs.
type running struct{}

// Schedule has an item run by plan. A transaction pays now for the gas that the work may use then; an item that schedules
// another does not, since it has less gas than it would have to pay for its own kind.
func (k *Keeper) Schedule(ctx context.Context, kind string, name []byte, plan schedule.Plan) error {
	known, ok := k.kinds[kind]
	if !ok {
		return schedule.ErrKind.Wrap(kind)
	}
	item, err := k.plan(ctx, kind, name, plan)
	if err != nil {
		return err
	}
	switch exists, err := k.Items.Has(ctx, collections.Join(kind, name)); {
	case err != nil:
		return err
	case exists:
		return schedule.ErrExists.Wrapf("%x of %s", name, kind)
	}
	if block := sdk.UnwrapSDKContext(ctx); block.Value(running{}) == nil {
		block.GasMeter().ConsumeGas(known.Gas, "scheduled work")
	}
	return k.put(ctx, item)
}

// Reschedule gives an item another plan; its failures are forgotten.
func (k *Keeper) Reschedule(ctx context.Context, kind string, name []byte, plan schedule.Plan) error {
	item, err := k.plan(ctx, kind, name, plan)
	if err != nil {
		return err
	}
	if err := k.Cancel(ctx, kind, name); err != nil {
		return err
	}
	return k.put(ctx, item)
}

// Cancel takes an item out.
func (k *Keeper) Cancel(ctx context.Context, kind string, name []byte) error {
	item, err := k.Item(ctx, kind, name)
	if err != nil {
		return err
	}
	return k.drop(ctx, item)
}

// Item is what is scheduled under a name.
func (k *Keeper) Item(ctx context.Context, kind string, name []byte) (schedule.Item, error) {
	item, err := k.Items.Get(ctx, collections.Join(kind, name))
	if errors.Is(err, collections.ErrNotFound) {
		return item, schedule.ErrNotFound.Wrapf("%x of %s", name, kind)
	}
	return item, err
}

func (k *Keeper) plan(ctx context.Context, kind string, name []byte, plan schedule.Plan) (schedule.Item, error) {
	block := sdk.UnwrapSDKContext(ctx)
	return schedule.NewItem(kind, name, plan, block.BlockHeight(), block.BlockTime().Unix())
}
