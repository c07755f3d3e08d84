package chain

import (
	"cmp"
	"context"
	"slices"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/cosmos/cosmos-sdk/baseapp/txnrunner"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"ayni.example/x/credit"
)

// execute chooses how a block's transactions are run: one after the other, or by workers at once with Block-STM, which runs
// again what read something that an earlier transaction wrote. Both give the same bits, so each node chooses for itself.
//
// The block's gas meter is off for both, since a meter that all transactions write would put them into a row, and nodes that
// differ here must not differ in what they refuse. What bounds a block's gas is its proposal: prepareProposal and
// processProposal add up the gas that transactions may use, and none can use more.
func (a *App) execute(workers int, s stores) {
	a.SetDisableBlockGasMeter(true)
	if workers < 1 {
		return
	}
	var keys []storetypes.StoreKey
	for _, key := range a.keys(s.kv) {
		keys = append(keys, key)
	}
	for _, key := range s.object {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(x, y storetypes.StoreKey) int { return cmp.Compare(x.Name(), y.Name()) })
	decode := a.Encoding.Tx.TxDecoder()
	a.SetBlockSTMTxRunner(parallel{decode: decode, runner: txnrunner.NewSTMRunner(decode, keys, workers, false,
		func(storetypes.MultiStore) string { return credit.Denom })})
}

// parallel runs the transactions that decode at once. The others, such as the beacon's entry, get the answer that they get
// from the SDK's sequential runner: its parallel one says that they used gas, and the next header covers that.
type parallel struct {
	decode sdk.TxDecoder
	runner sdk.TxRunner
}

// Run implements sdk.TxRunner.
func (p parallel) Run(
	ctx context.Context, state storetypes.MultiStore, txs [][]byte, deliver sdk.DeliverTxFunc,
) ([]*abci.ExecTxResult, error) {
	results := make([]*abci.ExecTxResult, len(txs))
	var good [][]byte
	var decoded []sdk.Tx
	var places []int
	for i, raw := range txs {
		tx, err := p.decode(raw)
		if err != nil {
			results[i] = sdkerrors.ResponseExecTxResultWithEvents(sdkerrors.ErrTxDecode, 0, 0, nil, false)
			continue
		}
		good, decoded, places = append(good, raw), append(decoded, tx), append(places, i)
	}
	ran, err := p.runner.Run(ctx, state, good, func(
		raw []byte, _ sdk.Tx, state storetypes.MultiStore, i int, cache map[string]any,
	) *abci.ExecTxResult {
		return deliver(raw, decoded[i], state, places[i], cache)
	})
	if err != nil {
		return nil, err
	}
	for i, result := range ran {
		results[places[i]] = result
	}
	return results, nil
}
