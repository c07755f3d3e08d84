package chain

import (
	"context"

	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/core/header"
	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/math"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	"github.com/cosmos/cosmos-sdk/x/auth/ante"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
)

// newAnte is the SDK's order of checks; ours are the fee, which every node enforces in blocks too, and the kinds of key.
func newAnte(encoding Encoding, k Keepers) (sdk.AnteHandler, error) {
	return ante.NewAnteHandler(ante.HandlerOptions{
		AccountKeeper:   k.Account,
		BankKeeper:      k.Bank,
		SignModeHandler: encoding.Tx.SignModeHandler(),
		SigGasConsumer:  consumeSignatureGas,
		TxFeeChecker:    feeChecker(k),
	})
}

// resumed gives the checks between a start and the next block the header of the last block. The SDK keeps none then, so height
// and time would be zero: signatures would be checked as in a genesis, and a simulated message would see the year 1.
func (a *App) resumed(next sdk.AnteHandler) sdk.AnteHandler {
	return func(ctx sdk.Context, tx sdk.Tx, simulate bool) (sdk.Context, error) {
		if last := a.last; last != nil && ctx.BlockHeight() == 0 {
			ctx = ctx.WithBlockHeader(*last).WithHeaderInfo(header.Info{
				Height: last.Height, Time: last.Time, ChainID: last.ChainID, AppHash: last.AppHash,
			})
		}
		return next(ctx, tx, simulate)
	}
}

// resume tells the application which block its state was left at.
func (a *App) resume(last cmttypes.Header) { a.last = last.ToProto() }

// feeChecker refuses a transaction below the ledger's price, in CheckTx and in blocks alike.
func feeChecker(k Keepers) ante.TxFeeChecker {
	return func(ctx sdk.Context, tx sdk.Tx) (sdk.Coins, int64, error) {
		feeTx, ok := tx.(sdk.FeeTx)
		if !ok {
			return nil, 0, sdkerrors.ErrTxDecode.Wrap("transaction names no fee")
		}
		price, err := gasPrice(ctx, k)
		if err != nil {
			return nil, 0, err
		}
		if err := checkFee(feeTx, price); err != nil {
			return nil, 0, err
		}
		return feeTx.GetFee(), 0, nil
	}
}

// gasPrice is the least fee per unit of gas, in acredit, in the state of ctx.
func gasPrice(ctx context.Context, k Keepers) (math.Int, error) {
	params, err := k.Credit.Params.Get(ctx)
	if err != nil {
		return math.Int{}, errorsmod.Wrap(err, "read gas price")
	}
	return params.GasPrice, nil
}

// checkFee needs no state: the fee is in acredit alone and pays for the whole gas limit.
func checkFee(tx sdk.FeeTx, price math.Int) error {
	fee := tx.GetFee()
	for _, coin := range fee {
		if coin.Denom != credit.Denom {
			return sdkerrors.ErrInsufficientFee.Wrapf("fees are paid in %s, not in %s", credit.Denom, coin.Denom)
		}
	}
	need := price.Mul(math.NewIntFromUint64(tx.GetGas()))
	if have := fee.AmountOf(credit.Denom); have.LT(need) {
		return sdkerrors.ErrInsufficientFee.Wrapf("fee of %s%s is below %s%s", have, credit.Denom, need, credit.Denom)
	}
	return nil
}

// consumeSignatureGas charges our keys as the SDK charges its secp256k1, and leaves other kinds to the SDK.
func consumeSignatureGas(meter storetypes.GasMeter, signature signing.SignatureV2, params authtypes.Params) error {
	if _, ok := signature.PubKey.(*ethkey.PubKey); ok {
		meter.ConsumeGas(params.SigVerifyCostSecp256k1, "ante verify: eth_secp256k1")
		return nil
	}
	return ante.DefaultSigVerificationGasConsumer(meter, signature, params)
}
