package chain

import (
	"context"

	abci "github.com/cometbft/cometbft/abci/types"

	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/x/auth/ante"

	"ayni.example/x/credit"
)

// gasBound is far above what a block may hold and keeps sums from overflowing.
const gasBound = 1 << 40

// charge is what a transaction owes, in CheckTx and in blocks alike: price · gas of what it offers, or, where it offers
// nothing, that much of its account's quota. A quota is spent here; it comes back with all else if a later check refuses.
func charge(k Keepers) ante.TxFeeChecker {
	return func(ctx sdk.Context, tx sdk.Tx) (sdk.Coins, int64, error) {
		offer, ok := tx.(sdk.FeeTx)
		if !ok {
			return nil, 0, sdkerrors.ErrTxDecode.Wrap("transaction names no fee")
		}
		if free(offer) {
			return nil, 0, k.Fee.Spend(ctx, offer.FeePayer(), offer.GetGas())
		}
		price, err := k.Fee.Price(ctx)
		if err != nil {
			return nil, 0, errorsmod.Wrap(err, "read gas price")
		}
		owed, err := checkFee(offer, price)
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

// noteGas tells the price of what a block asks for, before its transactions run. It counts what is written in them and not
// what they use, so that it is the same however they are run.
func (a *App) noteGas(ctx context.Context, request *abci.RequestFinalizeBlock) error {
	var sum uint64
	for _, raw := range request.Txs {
		sum += min(wanted(raw), gasBound)
	}
	return a.Keepers.Fee.BeginBlock(ctx, sum)
}

// wanted is the gas limit of an encoded transaction; zero of what is none.
func wanted(encoded []byte) uint64 {
	var raw tx.TxRaw
	var auth tx.AuthInfo
	if raw.Unmarshal(encoded) != nil || auth.Unmarshal(raw.AuthInfoBytes) != nil || auth.Fee == nil {
		return 0
	}
	return auth.Fee.GasLimit
}
