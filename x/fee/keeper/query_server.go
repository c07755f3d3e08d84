package keeper

import (
	"context"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/fee"
	"ayni.example/x/internal/bound"
)

type queryServer struct{ *Keeper }

// NewQueryServer answers the module's queries.
func NewQueryServer(k *Keeper) fee.QueryServer { return queryServer{k} }

// Params returns the rules of fees.
func (s queryServer) Params(ctx context.Context, _ *fee.QueryParamsRequest) (*fee.QueryParamsResponse, error) {
	params, err := s.Keeper.Params.Get(ctx)
	return &fee.QueryParamsResponse{Params: params}, err
}

// Price returns what the next block asks for a unit of gas.
func (s queryServer) Price(ctx context.Context, _ *fee.QueryPriceRequest) (*fee.QueryPriceResponse, error) {
	params, err := s.Keeper.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	price, err := s.Keeper.Price(ctx)
	return &fee.QueryPriceResponse{Price: price, Floor: params.PriceFloor, Ceiling: params.PriceCeiling}, err
}

// Quota returns an account's quota.
func (s queryServer) Quota(ctx context.Context, req *fee.QueryQuotaRequest) (*fee.QueryQuotaResponse, error) {
	account, _, err := s.address("account", req.Account)
	if err != nil {
		return nil, err
	}
	quota, err := s.Keeper.Quota(ctx, account)
	return &fee.QueryQuotaResponse{Quota: quota, Rest: quota.Rest()}, err
}

// Quotas lists all quotas, as they were last used.
func (s queryServer) Quotas(ctx context.Context, req *fee.QueryQuotasRequest) (*fee.QueryQuotasResponse, error) {
	quotas, page, err := query.CollectionPaginate(ctx, s.Keeper.Quotas, bound.Page(req.Pagination),
		func(_ []byte, q fee.Quota) (fee.Quota, error) { return q, nil })
	if err != nil {
		return nil, err
	}
	return &fee.QueryQuotasResponse{Quotas: quotas, Pagination: page}, nil
}
