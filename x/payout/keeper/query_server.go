package keeper

import (
	"context"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/internal/bound"
	"ayni.example/x/payout"
)

type queryServer struct{ *Keeper }

// NewQueryServer answers the module's queries.
func NewQueryServer(k *Keeper) payout.QueryServer { return queryServer{k} }

// Params returns the rules of promises.
func (s queryServer) Params(ctx context.Context, _ *payout.QueryParamsRequest) (*payout.QueryParamsResponse, error) {
	params, err := s.Keeper.Params.Get(ctx)
	return &payout.QueryParamsResponse{Params: params}, err
}

// Promises lists those of a payer, or all.
func (s queryServer) Promises(ctx context.Context, req *payout.QueryPromisesRequest) (*payout.QueryPromisesResponse, error) {
	var of []func(*query.CollectionsPaginateOptions[name])
	if req.Payer != "" {
		payer, _, err := s.address("payer", req.Payer)
		if err != nil {
			return nil, err
		}
		of = append(of, query.WithCollectionPaginationPairPrefix[[]byte, uint64](payer))
	}
	list, page, err := query.CollectionPaginate(ctx, s.Keeper.Promises, bound.Page(req.Pagination),
		func(_ name, p payout.Promise) (payout.Promise, error) { return p, nil }, of...)
	return &payout.QueryPromisesResponse{Promises: list, Pagination: page}, err
}
