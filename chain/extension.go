package chain

import (
	"crypto/ed25519"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/internal/vrf"
	"ayni.example/x/beacon"
)

// extendVote adds this seat's proof to its vote while the beacon waits for it. The function that is proved has one output and
// its proof one form, so a node that was killed after it voted adds the same again.
func (a *App) extendVote(ctx sdk.Context, _ *abci.RequestExtendVote) (*abci.ResponseExtendVote, error) {
	none := &abci.ResponseExtendVote{}
	if !a.runs(beacon.ModuleName) || a.beaconKey == nil {
		return none, nil
	}
	duty, due, err := a.Keepers.Beacon.Duty(ctx, a.beaconKey.Public().(ed25519.PublicKey))
	if err != nil || !due {
		return none, err
	}
	_, proof, err := vrf.Prove(a.beaconKey, duty.Alpha)
	if err != nil {
		return none, err
	}
	return &abci.ResponseExtendVote{VoteExtension: beacon.EncodeExtension(duty.Round, beacon.Proof{
		Entrant: duty.Entrant, Proof: [vrf.ProofSize]byte(proof),
	})}, nil
}

// verifyVoteExtension refuses a vote whose extension is neither empty nor a proof that the round waits for. All nodes read it
// in the state of the same block, so an honest vote is refused by none.
func (a *App) verifyVoteExtension(
	ctx sdk.Context, request *abci.RequestVerifyVoteExtension,
) (*abci.ResponseVerifyVoteExtension, error) {
	if len(request.VoteExtension) == 0 {
		return &abci.ResponseVerifyVoteExtension{Status: abci.ResponseVerifyVoteExtension_ACCEPT}, nil
	}
	if !a.runs(beacon.ModuleName) || a.Keepers.Beacon.CheckExtension(ctx, request.VoteExtension) != nil {
		return &abci.ResponseVerifyVoteExtension{Status: abci.ResponseVerifyVoteExtension_REJECT}, nil
	}
	return &abci.ResponseVerifyVoteExtension{Status: abci.ResponseVerifyVoteExtension_ACCEPT}, nil
}

// newEntry is the first entry of the next block, with the proofs that came with the votes for the last one; none where no round
// is open. The votes' signatures are not carried along: each proof is nobody's but its seat's, whoever brings it.
func (a *App) newEntry(ctx sdk.Context, votes []abci.ExtendedVoteInfo, room int64) ([]byte, error) {
	if !a.runs(beacon.ModuleName) {
		return nil, nil
	}
	extensions := make([][]byte, 0, len(votes))
	for _, v := range votes {
		extensions = append(extensions, v.VoteExtension)
	}
	return a.Keepers.Beacon.Entry(ctx, extensions, room)
}

// splitEntry parts the entry of proofs, if there is one, from a block's transactions.
func splitEntry(txs [][]byte) (entry []byte, rest [][]byte) {
	if len(txs) > 0 && beacon.IsEntry(txs[0]) {
		return txs[0], txs[1:]
	}
	return nil, txs
}

// takesEntry tells whether a block may begin with the entry. A block without one is as good: a proposer that leaves proofs out
// delays them until the next.
func (a *App) takesEntry(ctx sdk.Context, entry []byte) bool {
	return entry == nil || a.runs(beacon.ModuleName) && a.Keepers.Beacon.CheckEntry(ctx, entry) == nil
}

// extendVotes has votes carry extensions from the next block on, for a ledger that began without a beacon.
func extendVotes(ctx sdk.Context, a *App) error {
	params, err := a.Keepers.Consensus.ParamsStore.Get(ctx)
	if err != nil {
		return err
	}
	params.Abci = &cmtproto.ABCIParams{VoteExtensionsEnableHeight: ctx.BlockHeight() + 1}
	return a.Keepers.Consensus.ParamsStore.Set(ctx, params)
}

// preBlock is what comes before a block's transactions: the change to another release first, then the modules' own work, then
// the beacon's, which alone reads the block's first entry.
func (a *App) preBlock(ctx sdk.Context, request *abci.RequestFinalizeBlock) (*sdk.ResponsePreBlock, error) {
	response, err := a.modules.PreBlock(ctx)
	if err != nil {
		return nil, err
	}
	if a.runs(beacon.ModuleName) {
		entry, _ := splitEntry(request.Txs)
		a.Keepers.Beacon.PreBlock(ctx, entry)
	}
	return response, nil
}
