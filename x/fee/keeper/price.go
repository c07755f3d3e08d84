package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/fee"
)

// Price is what the block of ctx asks for a unit of gas, in acredit; outside of a block, in a check or a query, what the next
// one asks. The next block's time is not known then, so that it may ask less, never more.
func (k *Keeper) Price(ctx context.Context) (math.Int, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return math.Int{}, err
	}
	mark, err := k.mark(ctx)
	if err != nil {
		return math.Int{}, err
	}
	height, unix := at(ctx)
	return params.Price(mark, height, unix), nil
}

// EndBlock notes how much gas the block's transactions asked for and paid.
func (k *Keeper) EndBlock(ctx context.Context, gas uint64) error {
	if gas == 0 {
		return nil
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	mark, err := k.mark(ctx)
	if err != nil {
		return err
	}
	height, unix := at(ctx)
	switch next := params.Next(mark, height, unix, gas); {
	case next != nil:
		return k.Mark.Set(ctx, *next)
	case mark != nil:
		return k.Mark.Remove(ctx)
	}
	return nil
}

func (k *Keeper) mark(ctx context.Context) (*fee.Mark, error) {
	mark, err := k.Mark.Get(ctx)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, nil
	}
	return &mark, err
}

// at is the block that ctx is in, or the next one as far as it is known.
func at(ctx context.Context) (height, unix int64) {
	block := sdk.UnwrapSDKContext(ctx)
	height = block.BlockHeight()
	if block.IsCheckTx() { // queries too
		height++
	}
	return height, block.BlockTime().Unix()
}
