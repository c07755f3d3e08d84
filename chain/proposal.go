package chain

import (
	abci "github.com/cometbft/cometbft/abci/types"
	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// BlockMaxGas and BlockMaxBytes bound a block of a new network; consensus parameters hold them from then on.
const (
	BlockMaxGas   = 50_000_000
	BlockMaxBytes = 4 << 20
)

// budget is what a block may still hold.
type budget struct {
	bytes  int64
	gas    uint64
	price  math.Int          // least fee per unit of gas, acredit
	quotas map[string]uint64 // gas that is left to accounts whose transactions offered no fee
}

// prepareProposal fills a block in the mempool's order. It leaves out what processProposal of any node would refuse, so a
// bad transaction costs its own place and never the round.
func (a *App) prepareProposal(ctx sdk.Context, request *abci.RequestPrepareProposal) (*abci.ResponsePrepareProposal, error) {
	room, err := a.budget(ctx)
	if err != nil {
		return nil, err
	}
	room.bytes = min(room.bytes, request.MaxTxBytes)
	txs := make([][]byte, 0, len(request.Txs)+1)
	entry, err := a.newEntry(ctx, request.LocalLastCommit.Votes, room.bytes-frameMax)
	if err != nil {
		return nil, err
	}
	if len(entry) > 0 {
		txs = append(txs, entry)
		room.bytes -= framed(entry)
	}
	for _, raw := range request.Txs {
		if a.take(ctx, &room, raw) {
			txs = append(txs, raw)
		}
	}
	return &abci.ResponsePrepareProposal{Txs: txs}, nil
}

// processProposal votes against a block that does not decode, exceeds its bounds or holds a transaction below the least fee.
// Signatures and balances are left to execution, where a failing transaction pays its fee.
func (a *App) processProposal(ctx sdk.Context, request *abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
	reject := &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_REJECT}
	room, err := a.budget(ctx)
	if err != nil {
		return nil, err
	}
	entry, txs := splitEntry(request.Txs)
	if !a.takesEntry(ctx, entry) {
		return reject, nil
	}
	if entry != nil {
		room.bytes -= framed(entry)
	}
	for _, raw := range txs {
		if !a.take(ctx, &room, raw) {
			return reject, nil
		}
	}
	return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
}

// framed is what an entry takes of a block: its bytes and the frame around them, of frameMax at most. Consensus counts both, and a
// node that proposes more than it was given room for stops.
func framed(raw []byte) int64 { return cmttypes.ComputeProtoSizeForTxs([]cmttypes.Tx{raw}) }

// frameMax is a tag and a length of up to 28 bits.
const frameMax = 5

// take spends room on a transaction, or tells that it may not be in the block. Accessors of a transaction may panic on what
// its checks have let through; the SDK would then propose the whole mempool, hence the recovery.
func (a *App) take(ctx sdk.Context, room *budget, raw []byte) (taken bool) {
	defer func() {
		if recover() != nil {
			taken = false
		}
	}()
	size := framed(raw)
	if size > room.bytes {
		return false
	}
	tx, err := a.Encoding.Tx.TxDecoder()(raw)
	if err != nil {
		return false
	}
	if form, ok := tx.(sdk.HasValidateBasic); !ok || form.ValidateBasic() != nil {
		return false
	}
	offer, ok := tx.(sdk.FeeTx)
	if !ok || offer.GetGas() == 0 || offer.GetGas() > room.gas || !a.pays(ctx, room, offer) {
		return false
	}
	room.bytes -= size
	room.gas -= offer.GetGas()
	return true
}

// pays tells whether a transaction offers the price, or nothing with enough left of its account's quota, which it takes: all
// transactions of an account in a block share what the state before the block says.
func (a *App) pays(ctx sdk.Context, room *budget, offer sdk.FeeTx) bool {
	if !free(offer) {
		_, err := checkFee(offer, room.price)
		return err == nil
	}
	payer := offer.FeePayer()
	rest, known := room.quotas[string(payer)]
	if !known {
		quota, err := a.Keepers.Fee.Quota(ctx, payer)
		if err != nil {
			return false
		}
		rest = quota.Rest()
	}
	if offer.GetGas() > rest {
		return false
	}
	room.quotas[string(payer)] = rest - offer.GetGas()
	return true
}

// budget is the whole room of the next block under the state's parameters.
func (a *App) budget(ctx sdk.Context) (budget, error) {
	price, err := a.Keepers.Fee.Price(ctx)
	if err != nil {
		return budget{}, err
	}
	room := budget{bytes: BlockMaxBytes, gas: BlockMaxGas, price: price, quotas: map[string]uint64{}}
	if block := ctx.ConsensusParams().Block; block != nil {
		if block.MaxBytes > 0 {
			room.bytes = block.MaxBytes
		}
		if block.MaxGas > 0 {
			room.gas = uint64(block.MaxGas)
		}
	}
	return room, nil
}
