package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/internal/bound"
	"ayni.example/x/schedule"
)

type queryServer struct{ *Keeper }

// NewQueryServer answers the module's queries.
func NewQueryServer(k *Keeper) schedule.QueryServer { return queryServer{k} }

// Params returns the bounds of the schedule.
func (s queryServer) Params(ctx context.Context, _ *schedule.QueryParamsRequest) (*schedule.QueryParamsResponse, error) {
	params, err := s.Keeper.Params.Get(ctx)
	return &schedule.QueryParamsResponse{Params: params}, err
}

// Item returns one item.
func (s queryServer) Item(ctx context.Context, req *schedule.QueryItemRequest) (*schedule.QueryItemResponse, error) {
	item, err := s.Keeper.Item(ctx, req.Kind, req.Name)
	if err != nil {
		return nil, err
	}
	return &schedule.QueryItemResponse{Item: item}, nil
}

// Items lists all items, or those of one kind.
func (s queryServer) Items(ctx context.Context, req *schedule.QueryItemsRequest) (*schedule.QueryItemsResponse, error) {
	var opts []func(*query.CollectionsPaginateOptions[id])
	if req.Kind != "" {
		opts = append(opts, query.WithCollectionPaginationPairPrefix[string, []byte](req.Kind))
	}
	items, page, err := query.CollectionPaginate(ctx, s.Keeper.Items, bound.Page(req.Pagination),
		func(_ collections.Pair[string, []byte], i schedule.Item) (schedule.Item, error) { return i, nil }, opts...)
	if err != nil {
		return nil, err
	}
	return &schedule.QueryItemsResponse{Items: items, Pagination: page}, nil
}
