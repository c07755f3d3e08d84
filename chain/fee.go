package chain

import (
	"encoding/binary"
	"fmt"

	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/math"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/x/auth/ante"

	"ayni.example/x/credit"
)

// gasBound is far above what a block may hold and keeps sums from overflowing.
const gasBound = 1 << 40

// charge is what a transaction owes, in CheckTx and in blocks alike: price · gas of what it offers, or, where it offers
// nothing, that much of its account's quota. A quota is spent here; it comes back with all else if a later check refuses.
func charge(k Keepers, paid storetypes.StoreKey) ante.TxFeeChecker {
	return func(ctx sdk.Context, tx sdk.Tx) (sdk.Coins, int64, error) {
		offer, ok := tx.(sdk.FeeTx)
		if !ok {
			return nil, 0, sdkerrors.ErrTxDecode.Wrap("transaction names no fee")
		}
		if free(offer) {
			if err := k.Fee.Spend(ctx, offer.FeePayer(), offer.GetGas()); err != nil {
				return nil, 0, err
			}
			notePaid(ctx, paid, offer.GetGas())
			return nil, 0, nil
		}
		price, err := k.Fee.Price(ctx)
		if err != nil {
			return nil, 0, errorsmod.Wrap(err, "read gas price")
		}
		owed, err := checkFee(offer, price)
		if err == nil {
			notePaid(ctx, paid, offer.GetGas())
		}
		return owed, 0, err
	}
}

// free tells whether a transaction offers nothing and asks nobody else to pay: it is meant for the quota of who signs it.
func free(tx sdk.FeeTx) bool { return len(tx.GetFee()) == 0 && tx.FeeGranter() == nil }

// checkFee needs no state: the fee is in acredit alone and pays for the whole gas limit. What is offered beyond that is not
// taken, so that an offer may be above a price that moves.
func checkFee(tx sdk.FeeTx, price math.Int) (sdk.Coins, error) {
	fee := tx.GetFee()
	for _, coin := range fee {
		if coin.Denom != credit.Denom {
			return nil, sdkerrors.ErrInsufficientFee.Wrapf("fees are paid in %s, not in %s", credit.Denom, coin.Denom)
		}
	}
	need := price.Mul(math.NewIntFromUint64(tx.GetGas()))
	if have := fee.AmountOf(credit.Denom); have.LT(need) {
		return nil, sdkerrors.ErrInsufficientFee.Wrapf("fee of %s%s is below %s%s", have, credit.Denom, need, credit.Denom)
	}
	return credit.Coins(need), nil
}

// paidKey is the store, of one block and outside of the state, in which each transaction that has paid leaves its gas: a key of its
// own each, so that they can run at once.
const paidKey = "paid_gas"

// notePaid leaves the gas of a transaction of a block. If a later check refuses the transaction it is gone with the payment.
func notePaid(ctx sdk.Context, paid storetypes.StoreKey, gas uint64) {
	if ctx.ExecMode() == sdk.ExecModeFinalize {
		ctx.MultiStore().GetObjKVStore(paid).Set(binary.BigEndian.AppendUint64(nil, uint64(ctx.TxIndex())), gas)
	}
}

// noteGas tells the price of the gas that a block's transactions asked for and paid. It counts what is written in them and not
// what they used, so that it is the same however they are run; and not those that paid nothing, with which a proposer could raise the
// price at no cost.
func (a *App) noteGas(ctx sdk.Context) error {
	rows := ctx.MultiStore().GetObjKVStore(a.paid).Iterator(nil, nil)
	var sum uint64
	for ; rows.Valid(); rows.Next() {
		gas, _ := rows.Value().(uint64)
		sum += min(gas, gasBound)
	}
	if err := rows.Close(); err != nil {
		return fmt.Errorf("add up the gas of a block: %w", err)
	}
	return a.Keepers.Fee.EndBlock(ctx, sum)
}

// endBlock is what comes behind a block's transactions: the price first, then the modules' own work.
func (a *App) endBlock(ctx sdk.Context) (sdk.EndBlock, error) {
	if err := a.noteGas(ctx); err != nil {
		return sdk.EndBlock{}, err
	}
	return a.modules.EndBlock(ctx)
}
