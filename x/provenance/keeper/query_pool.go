package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/internal/bound"
	"ayni.example/x/provenance"
)

// Pool returns one, with the asset that it is.
func (s queryServer) Pool(ctx context.Context, req *provenance.QueryPoolRequest) (*provenance.QueryPoolResponse, error) {
	p, err := s.Keeper.Pools.Get(ctx, req.Pool)
	if err != nil {
		return nil, found(err, "pool", req.Pool)
	}
	a, err := s.Keeper.Asset(ctx, p.Asset)
	return &provenance.QueryPoolResponse{Pool: p, Asset: a}, err
}

// Pools lists all.
func (s queryServer) Pools(ctx context.Context, req *provenance.QueryPoolsRequest) (*provenance.QueryPoolsResponse, error) {
	list, page, err := query.CollectionPaginate(ctx, s.Keeper.Pools, bound.Page(req.Pagination),
		func(_ []byte, p provenance.Pool) (provenance.Pool, error) { return p, nil })
	return &provenance.QueryPoolsResponse{Pools: list, Pagination: page}, err
}

// Contribution returns one.
func (s queryServer) Contribution(
	ctx context.Context, req *provenance.QueryContributionRequest,
) (*provenance.QueryContributionResponse, error) {
	c, err := s.Keeper.Contributions.Get(ctx, req.Contribution)
	return &provenance.QueryContributionResponse{Contribution: c}, found(err, "contribution", req.Contribution)
}

// Contributions lists those of a pool.
func (s queryServer) Contributions(
	ctx context.Context, req *provenance.QueryContributionsRequest,
) (*provenance.QueryContributionsResponse, error) {
	if len(req.Pool) != provenance.IDSize {
		return nil, provenance.ErrInvalid.Wrapf("pool of %d bytes", len(req.Pool))
	}
	list, page, err := query.CollectionPaginate(ctx, s.ByPool, bound.Page(req.Pagination),
		func(at pair, _ collections.NoValue) (provenance.Contribution, error) {
			return s.Keeper.Contributions.Get(ctx, at.K2())
		}, query.WithCollectionPaginationPairPrefix[[]byte, []byte](req.Pool))
	return &provenance.QueryContributionsResponse{Contributions: list, Pagination: page}, err
}

// Contributors lists those of a pool.
func (s queryServer) Contributors(
	ctx context.Context, req *provenance.QueryContributorsRequest,
) (*provenance.QueryContributorsResponse, error) {
	if len(req.Pool) != provenance.IDSize {
		return nil, provenance.ErrInvalid.Wrapf("pool of %d bytes", len(req.Pool))
	}
	list, page, err := query.CollectionPaginate(ctx, s.Keeper.Contributors, bound.Page(req.Pagination),
		func(_ pair, c provenance.Contributor) (provenance.Contributor, error) { return c, nil },
		query.WithCollectionPaginationPairPrefix[[]byte, []byte](req.Pool))
	return &provenance.QueryContributorsResponse{Contributors: list, Pagination: page}, err
}
