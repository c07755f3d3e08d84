package keeper

import (
	"context"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/internal/bound"
	"ayni.example/x/zkml"
)

type queryServer struct{ *Keeper }

// NewQueryServer answers the module's queries.
func NewQueryServer(k *Keeper) zkml.QueryServer { return queryServer{k} }

// Params returns the rules of proofs.
func (s queryServer) Params(ctx context.Context, _ *zkml.QueryParamsRequest) (*zkml.QueryParamsResponse, error) {
	params, err := s.Keeper.Params.Get(ctx)
	return &zkml.QueryParamsResponse{Params: params}, err
}

// Model returns one model.
func (s queryServer) Model(ctx context.Context, req *zkml.QueryModelRequest) (*zkml.QueryModelResponse, error) {
	m, err := s.Keeper.Model(ctx, req.Id)
	return &zkml.QueryModelResponse{Model: m}, err
}

// Models lists all models.
func (s queryServer) Models(ctx context.Context, req *zkml.QueryModelsRequest) (*zkml.QueryModelsResponse, error) {
	list, page, err := query.CollectionPaginate(ctx, s.Keeper.Models, bound.Page(req.Pagination),
		func(_ []byte, m zkml.Model) (zkml.Model, error) { return m, nil })
	return &zkml.QueryModelsResponse{Models: list, Pagination: page}, err
}

// Circuit returns a model's circuit.
func (s queryServer) Circuit(ctx context.Context, req *zkml.QueryCircuitRequest) (*zkml.QueryCircuitResponse, error) {
	m, err := s.Keeper.Model(ctx, req.Model)
	if err != nil {
		return nil, err
	}
	circuit, err := s.Circuits.Get(ctx, m.Circuit)
	return &zkml.QueryCircuitResponse{Circuit: circuit}, err
}

// Quote tells what a proof of a model costs.
func (s queryServer) Quote(ctx context.Context, req *zkml.QueryQuoteRequest) (*zkml.QueryQuoteResponse, error) {
	m, err := s.Keeper.Model(ctx, req.Model)
	if err != nil {
		return nil, err
	}
	return &zkml.QueryQuoteResponse{Price: m.Price, Gas: m.Cost.Gas(), Cost: m.Cost}, nil
}

// Prover returns what is remembered of an account.
func (s queryServer) Prover(ctx context.Context, req *zkml.QueryProverRequest) (*zkml.QueryProverResponse, error) {
	submitter, text, err := s.address("submitter", req.Submitter)
	if err != nil {
		return nil, err
	}
	m, err := s.Keeper.Model(ctx, req.Model)
	if err != nil {
		return nil, err
	}
	p, err := s.prover(ctx, m.Id, submitter, text)
	return &zkml.QueryProverResponse{Prover: p}, err
}

// Value returns one verified value.
func (s queryServer) Value(ctx context.Context, req *zkml.QueryValueRequest) (*zkml.QueryValueResponse, error) {
	submitter, _, err := s.address("submitter", req.Submitter)
	if err != nil {
		return nil, err
	}
	v, err := s.value(ctx, req.Model, submitter, req.Context)
	return &zkml.QueryValueResponse{Value: v}, err
}

// Values lists the verified values of a model.
func (s queryServer) Values(ctx context.Context, req *zkml.QueryValuesRequest) (*zkml.QueryValuesResponse, error) {
	if len(req.Model) != zkml.DigestSize {
		return nil, zkml.ErrInvalid.Wrapf("model of %d bytes", len(req.Model))
	}
	list, page, err := query.CollectionPaginate(ctx, s.Keeper.Values, bound.Page(req.Pagination),
		func(_ pair, v zkml.Verified) (zkml.Verified, error) { return v, nil },
		query.WithCollectionPaginationPairPrefix[[]byte, []byte](req.Model))
	return &zkml.QueryValuesResponse{Values: list, Pagination: page}, err
}
