package keeper

import (
	"context"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/internal/bound"
	"ayni.example/x/provider"
)

type queryServer struct{ *Keeper }

// NewQueryServer answers the module's queries.
func NewQueryServer(k *Keeper) provider.QueryServer { return queryServer{k} }

// Params returns the rules for machines that serve.
func (s queryServer) Params(ctx context.Context, _ *provider.QueryParamsRequest) (*provider.QueryParamsResponse, error) {
	params, err := s.Keeper.Params.Get(ctx)
	return &provider.QueryParamsResponse{Params: params}, err
}

// Provider returns one provider.
func (s queryServer) Provider(
	ctx context.Context, req *provider.QueryProviderRequest,
) (*provider.QueryProviderResponse, error) {
	addr, _, err := s.address("provider", req.Address)
	if err != nil {
		return nil, err
	}
	p, err := s.Keeper.Provider(ctx, addr)
	if err != nil {
		return nil, err
	}
	return &provider.QueryProviderResponse{Provider: p}, nil
}

// Providers lists all providers.
func (s queryServer) Providers(
	ctx context.Context, req *provider.QueryProvidersRequest,
) (*provider.QueryProvidersResponse, error) {
	providers, page, err := query.CollectionPaginate(ctx, s.Keeper.Providers, bound.Page(req.Pagination),
		func(_ []byte, p provider.Provider) (provider.Provider, error) { return p, nil })
	if err != nil {
		return nil, err
	}
	return &provider.QueryProvidersResponse{Providers: providers, Pagination: page}, nil
}
