package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/artifact"
	"ayni.example/x/internal/bound"
)

type queryServer struct{ *Keeper }

// NewQueryServer answers the module's queries.
func NewQueryServer(k *Keeper) artifact.QueryServer { return queryServer{k} }

// Params returns the rules of pledges.
func (s queryServer) Params(ctx context.Context, _ *artifact.QueryParamsRequest) (*artifact.QueryParamsResponse, error) {
	params, err := s.Keeper.Params.Get(ctx)
	return &artifact.QueryParamsResponse{Params: params}, err
}

// Holders lists the pledges of an artifact.
func (s queryServer) Holders(ctx context.Context, req *artifact.QueryHoldersRequest) (*artifact.QueryHoldersResponse, error) {
	if len(req.Digest) != artifact.DigestSize {
		return nil, artifact.ErrInvalid.Wrapf("digest of %d bytes", len(req.Digest))
	}
	list, page, err := query.CollectionPaginate(ctx, s.Keeper.Holders, bound.Page(req.Pagination),
		func(key collections.Pair[[]byte, []byte], _ collections.NoValue) (artifact.Pledge, error) {
			return s.pledge(ctx, key.K2(), key.K1())
		}, query.WithCollectionPaginationPairPrefix[[]byte, []byte](req.Digest))
	return &artifact.QueryHoldersResponse{Pledges: list, Pagination: page}, err
}

// Pledges lists the pledges of a holder, or all.
func (s queryServer) Pledges(ctx context.Context, req *artifact.QueryPledgesRequest) (*artifact.QueryPledgesResponse, error) {
	var of []func(*query.CollectionsPaginateOptions[collections.Pair[[]byte, []byte]])
	if req.Holder != "" {
		holder, _, err := s.address("holder", req.Holder)
		if err != nil {
			return nil, err
		}
		of = append(of, query.WithCollectionPaginationPairPrefix[[]byte, []byte](holder))
	}
	list, page, err := query.CollectionPaginate(ctx, s.Keeper.Pledges, bound.Page(req.Pagination),
		func(_ collections.Pair[[]byte, []byte], p artifact.Pledge) (artifact.Pledge, error) { return p, nil }, of...)
	return &artifact.QueryPledgesResponse{Pledges: list, Pagination: page}, err
}

// Challenges lists what a holder is asked for, or everybody.
func (s queryServer) Challenges(ctx context.Context, req *artifact.QueryChallengesRequest) (*artifact.QueryChallengesResponse, error) {
	var of []func(*query.CollectionsPaginateOptions[asked])
	if req.Holder != "" {
		holder, _, err := s.address("holder", req.Holder)
		if err != nil {
			return nil, err
		}
		of = append(of, func(o *query.CollectionsPaginateOptions[asked]) {
			prefix := collections.TriplePrefix[[]byte, []byte, uint64](holder)
			o.Prefix = &prefix
		})
	}
	list, page, err := query.CollectionPaginate(ctx, s.Keeper.Challenges, bound.Page(req.Pagination),
		func(_ asked, c artifact.Challenge) (artifact.Challenge, error) { return c, nil }, of...)
	return &artifact.QueryChallengesResponse{Challenges: list, Pagination: page}, err
}

// Record is what became of a holder's pledges; one without any has an empty record.
func (s queryServer) Record(ctx context.Context, req *artifact.QueryRecordRequest) (*artifact.QueryRecordResponse, error) {
	holder, text, err := s.address("holder", req.Holder)
	if err != nil {
		return nil, err
	}
	record, err := s.Records.Get(ctx, holder)
	if errors.Is(err, collections.ErrNotFound) {
		record, err = artifact.Record{Holder: text}, nil
	}
	return &artifact.QueryRecordResponse{Record: record}, err
}
