package keeper

import (
	"encoding/hex"
	"runtime/debug"

	errorsmod "cosmossdk.io/errors"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"

	"ayni.example/x/schedule"
)

// run lets one item do its work and returns the gas that it used. The item is out of the queue, and a recurring one in again at
// its next time, before the work begins, so that the work may cancel, move or schedule itself.
func (k *Keeper) run(
	ctx sdk.Context, kind schedule.Kind, item schedule.Item, limit uint64, params schedule.Params,
) (uint64, error) {
	if err := k.drop(ctx, item); err != nil {
		return 0, err
	}
	height, now := ctx.BlockHeight(), ctx.BlockTime().Unix()
	next, due := item, schedule.Due{Item: item}
	if item.Recurs() {
		next, due.Missed = item.Next(height, now)
		if err := k.put(ctx, next); err != nil {
			return 0, err
		}
	}
	spent, failure := attempt(ctx, kind, due, limit)
	if failure == nil {
		emit(ctx, &schedule.EventRan{Kind: item.Kind, Name: hexName(item)})
		return spent, nil
	}
	ctx.Logger().Error("scheduled item failed", "kind", item.Kind, "name", hexName(item), "error", failure)
	again := item.Retry(height, now, params.RetrySeconds)
	dropped := kind.Run == nil || !item.Recurs() && again.Failures >= kind.Attempts
	if item.Recurs() {
		next.Failures = again.Failures
		again = next
	}
	codespace, code, _ := errorsmod.ABCIInfo(failure, false)
	emit(ctx, &schedule.EventFailed{
		Kind: item.Kind, Name: hexName(item), Codespace: codespace, Code: code, Failures: again.Failures, Dropped: dropped,
	})
	if dropped {
		return spent, k.drop(ctx, again) // no harm where it is out already
	}
	return spent, k.put(ctx, again)
}

// attempt runs the work in a state, with events and gas of its own, which are kept only if it ends well.
func attempt(ctx sdk.Context, kind schedule.Kind, due schedule.Due, limit uint64) (uint64, error) {
	if kind.Run == nil {
		return 0, schedule.ErrKind.Wrap(due.Item.Kind)
	}
	meter := storetypes.NewGasMeter(limit)
	cached, write := ctx.WithGasMeter(meter).CacheContext()
	err := guard(func() error { return kind.Run(cached.WithValue(running{}, true), due) })
	if err == nil {
		write()
	}
	return min(meter.GasConsumed(), limit), err
}

// guard makes an error of a panic. Only the kind of error is told in an event; the text of a panic goes to the log alone, since
// two machines may word it differently.
func guard(work func() error) (err error) {
	defer func() {
		switch fault := recover().(type) {
		case nil:
		case storetypes.ErrorOutOfGas:
			err = schedule.ErrGas.Wrap(fault.Descriptor)
		case storetypes.ErrorGasOverflow:
			err = schedule.ErrGas.Wrap(fault.Descriptor)
		default:
			err = schedule.ErrPanic.Wrapf("%v\n%s", fault, debug.Stack())
		}
	}()
	return work()
}

func hexName(i schedule.Item) string { return hex.EncodeToString(i.Name) }

// emit tells of something. Our own events always encode.
func emit(ctx sdk.Context, event proto.Message) {
	if err := ctx.EventManager().EmitTypedEvent(event); err != nil {
		ctx.Logger().Error("event was not told", "error", err)
	}
}
