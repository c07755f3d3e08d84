package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/arena"
	"ayni.example/x/internal/bound"
)

type queryServer struct{ *Keeper }

// NewQueryServer answers the module's queries.
func NewQueryServer(k *Keeper) arena.QueryServer { return queryServer{k} }

// Params returns the rules for all arenas.
func (s queryServer) Params(ctx context.Context, _ *arena.QueryParamsRequest) (*arena.QueryParamsResponse, error) {
	params, err := s.Keeper.Params.Get(ctx)
	return &arena.QueryParamsResponse{Params: params}, err
}

// Arena returns one, with the price of a seat now.
func (s queryServer) Arena(ctx context.Context, req *arena.QueryArenaRequest) (*arena.QueryArenaResponse, error) {
	a, err := s.arena(ctx, req.Id)
	if err != nil {
		return nil, err
	}
	return &arena.QueryArenaResponse{Arena: a, Price: a.PriceAt(now(ctx))}, nil
}

// Arenas lists those of an owner, or all.
func (s queryServer) Arenas(ctx context.Context, req *arena.QueryArenasRequest) (*arena.QueryArenasResponse, error) {
	if req.Owner == "" {
		all, page, err := query.CollectionPaginate(ctx, s.Keeper.Arenas, bound.Page(req.Pagination),
			func(_ []byte, a arena.Arena) (arena.Arena, error) { return a, nil })
		return &arena.QueryArenasResponse{Arenas: all, Pagination: page}, err
	}
	owner, _, err := s.account("owner", req.Owner)
	if err != nil {
		return nil, err
	}
	all, page, err := query.CollectionPaginate(ctx, s.Owners, bound.Page(req.Pagination),
		func(key pair, _ collections.NoValue) (arena.Arena, error) { return s.Keeper.Arenas.Get(ctx, key.K2()) },
		query.WithCollectionPaginationPairPrefix[[]byte, []byte](owner))
	return &arena.QueryArenasResponse{Arenas: all, Pagination: page}, err
}

// Member returns an account in an arena.
func (s queryServer) Member(ctx context.Context, req *arena.QueryMemberRequest) (*arena.QueryMemberResponse, error) {
	address, text, err := s.account("member", req.Address)
	if err != nil {
		return nil, err
	}
	m, err := s.Keeper.Members.Get(ctx, collections.Join(req.Arena, address))
	return &arena.QueryMemberResponse{Member: m}, found(err, "%s in arena %x", text, req.Arena)
}

// Members lists those of an arena.
func (s queryServer) Members(ctx context.Context, req *arena.QueryMembersRequest) (*arena.QueryMembersResponse, error) {
	all, page, err := query.CollectionPaginate(ctx, s.Keeper.Members, bound.Page(req.Pagination),
		func(_ pair, m arena.Member) (arena.Member, error) { return m, nil },
		query.WithCollectionPaginationPairPrefix[[]byte, []byte](req.Arena))
	return &arena.QueryMembersResponse{Members: all, Pagination: page}, err
}

// Delegations lists what an account has staked in an arena, or all that is staked there.
func (s queryServer) Delegations(ctx context.Context, req *arena.QueryDelegationsRequest) (*arena.QueryDelegationsResponse, error) {
	prefix := collections.TriplePrefix[[]byte, []byte, uint64](req.Arena)
	if req.Delegator != "" {
		delegator, _, err := s.account("delegator", req.Delegator)
		if err != nil {
			return nil, err
		}
		prefix = collections.TripleSuperPrefix[[]byte, []byte, uint64](req.Arena, delegator)
	}
	all, page, err := query.CollectionPaginate(ctx, s.Keeper.Delegations, bound.Page(req.Pagination),
		func(_ share, d arena.Delegation) (arena.Delegation, error) { return d, nil },
		func(o *query.CollectionsPaginateOptions[share]) { o.Prefix = &prefix })
	return &arena.QueryDelegationsResponse{Delegations: all, Pagination: page}, err
}

// Sponsors lists who has funded an arena.
func (s queryServer) Sponsors(ctx context.Context, req *arena.QuerySponsorsRequest) (*arena.QuerySponsorsResponse, error) {
	all, page, err := query.CollectionPaginate(ctx, s.Keeper.Sponsors, bound.Page(req.Pagination),
		func(_ pair, sponsor arena.Sponsor) (arena.Sponsor, error) { return sponsor, nil },
		query.WithCollectionPaginationPairPrefix[[]byte, []byte](req.Arena))
	return &arena.QuerySponsorsResponse{Sponsors: all, Pagination: page}, err
}
