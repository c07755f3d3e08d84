package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/internal/bound"
	"ayni.example/x/provenance"
)

// Grant returns one.
func (s queryServer) Grant(ctx context.Context, req *provenance.QueryGrantRequest) (*provenance.QueryGrantResponse, error) {
	owner, _, err := s.address("owner", req.Owner)
	if err != nil {
		return nil, err
	}
	g, err := s.Keeper.Grants.Get(ctx, collections.Join(owner, req.Commitment))
	return &provenance.QueryGrantResponse{Grant: g}, found(err, "grant", req.Commitment)
}

// Grants lists those of an owner, or those to a grantee.
func (s queryServer) Grants(ctx context.Context, req *provenance.QueryGrantsRequest) (*provenance.QueryGrantsResponse, error) {
	if req.Owner == "" {
		grantee, _, err := s.address("grantee", req.Grantee)
		if err != nil {
			return nil, err
		}
		list, page, err := query.CollectionPaginate(ctx, s.ByGrantee, bound.Page(req.Pagination),
			func(at collections.Triple[[]byte, []byte, []byte], _ collections.NoValue) (provenance.Grant, error) {
				return s.Keeper.Grants.Get(ctx, collections.Join(at.K2(), at.K3()))
			}, func(o *query.CollectionsPaginateOptions[collections.Triple[[]byte, []byte, []byte]]) {
				prefix := collections.TriplePrefix[[]byte, []byte, []byte](grantee)
				o.Prefix = &prefix
			})
		return &provenance.QueryGrantsResponse{Grants: list, Pagination: page}, err
	}
	owner, _, err := s.address("owner", req.Owner)
	if err != nil {
		return nil, err
	}
	list, page, err := query.CollectionPaginate(ctx, s.Keeper.Grants, bound.Page(req.Pagination),
		func(_ pair, g provenance.Grant) (provenance.Grant, error) { return g, nil },
		query.WithCollectionPaginationPairPrefix[[]byte, []byte](owner))
	return &provenance.QueryGrantsResponse{Grants: list, Pagination: page}, err
}

// Tombstone tells whether an asset's content was erased.
func (s queryServer) Tombstone(ctx context.Context, req *provenance.QueryTombstoneRequest) (*provenance.QueryTombstoneResponse, error) {
	t, err := s.Tombstones.Get(ctx, req.Asset)
	return &provenance.QueryTombstoneResponse{Tombstone: t}, found(err, "tombstone of asset", req.Asset)
}
