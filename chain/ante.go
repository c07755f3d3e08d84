package chain

import (
	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/core/header"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	"github.com/cosmos/cosmos-sdk/x/auth/ante"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/internal/ethkey"
)

// newAnte is the SDK's order of checks; ours are the fee, which every node enforces in blocks too, and the kinds of key.
func newAnte(encoding Encoding, k Keepers, paid storetypes.StoreKey) (sdk.AnteHandler, error) {
	return ante.NewAnteHandler(ante.HandlerOptions{
		AccountKeeper:   k.Account,
		BankKeeper:      k.Bank,
		SignModeHandler: encoding.Tx.SignModeHandler(),
		SigGasConsumer:  consumeSignatureGas,
		TxFeeChecker:    charge(k, paid),
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

// measured gives a simulation no more gas than a block has. The SDK sets it no bound, anybody may ask for one without paying, and
// consensus waits meanwhile.
func measured(next sdk.AnteHandler) sdk.AnteHandler {
	return func(ctx sdk.Context, tx sdk.Tx, simulate bool) (sdk.Context, error) {
		checked, err := next(ctx, tx, simulate)
		if !simulate || err != nil {
			return checked, err
		}
		meter := storetypes.NewGasMeter(BlockMaxGas)
		used := checked.GasMeter().GasConsumed()
		checked = checked.WithGasMeter(meter)
		meter.ConsumeGas(used, "checks")
		return checked, nil
	}
}

// resume tells the application which block its state was left at.
func (a *App) resume(last cmttypes.Header) { a.last = last.ToProto() }

// consumeSignatureGas charges our keys as the SDK charges its secp256k1, and leaves other kinds to the SDK.
func consumeSignatureGas(meter storetypes.GasMeter, signature signing.SignatureV2, params authtypes.Params) error {
	if _, ok := signature.PubKey.(*ethkey.PubKey); ok {
		meter.ConsumeGas(params.SigVerifyCostSecp256k1, "ante verify: eth_secp256k1")
		return nil
	}
	return ante.DefaultSigVerificationGasConsumer(meter, signature, params)
}
