package chain

import (
	"context"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/cosmos/cosmos-sdk/baseapp"
)

// application gives BaseApp the contexts that consensus passes. The SDK's own adapter is in a package that links its whole
// server, which this program does not use.
type application struct{ *baseapp.BaseApp }

var _ abci.Application = application{}

func (a application) Info(_ context.Context, r *abci.RequestInfo) (*abci.ResponseInfo, error) {
	return a.BaseApp.Info(r)
}

func (a application) CheckTx(_ context.Context, r *abci.RequestCheckTx) (*abci.ResponseCheckTx, error) {
	return a.BaseApp.CheckTx(r)
}

func (a application) InsertTx(_ context.Context, r *abci.RequestInsertTx) (*abci.ResponseInsertTx, error) {
	return a.BaseApp.InsertTx(r)
}

func (a application) ReapTxs(_ context.Context, r *abci.RequestReapTxs) (*abci.ResponseReapTxs, error) {
	return a.BaseApp.ReapTxs(r)
}

func (a application) InitChain(_ context.Context, r *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
	return a.BaseApp.InitChain(r)
}

func (a application) PrepareProposal(
	_ context.Context, r *abci.RequestPrepareProposal,
) (*abci.ResponsePrepareProposal, error) {
	return a.BaseApp.PrepareProposal(r)
}

func (a application) ProcessProposal(
	_ context.Context, r *abci.RequestProcessProposal,
) (*abci.ResponseProcessProposal, error) {
	return a.BaseApp.ProcessProposal(r)
}

func (a application) FinalizeBlock(_ context.Context, r *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	return a.BaseApp.FinalizeBlock(r)
}

func (a application) VerifyVoteExtension(
	_ context.Context, r *abci.RequestVerifyVoteExtension,
) (*abci.ResponseVerifyVoteExtension, error) {
	return a.BaseApp.VerifyVoteExtension(r)
}

func (a application) Commit(context.Context, *abci.RequestCommit) (*abci.ResponseCommit, error) {
	return a.BaseApp.Commit()
}

func (a application) ListSnapshots(_ context.Context, r *abci.RequestListSnapshots) (*abci.ResponseListSnapshots, error) {
	return a.BaseApp.ListSnapshots(r)
}

func (a application) OfferSnapshot(_ context.Context, r *abci.RequestOfferSnapshot) (*abci.ResponseOfferSnapshot, error) {
	return a.BaseApp.OfferSnapshot(r)
}

func (a application) LoadSnapshotChunk(
	_ context.Context, r *abci.RequestLoadSnapshotChunk,
) (*abci.ResponseLoadSnapshotChunk, error) {
	return a.BaseApp.LoadSnapshotChunk(r)
}

func (a application) ApplySnapshotChunk(
	_ context.Context, r *abci.RequestApplySnapshotChunk,
) (*abci.ResponseApplySnapshotChunk, error) {
	return a.BaseApp.ApplySnapshotChunk(r)
}
