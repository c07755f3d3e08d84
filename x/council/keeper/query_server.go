package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/council"
	"ayni.example/x/internal/bound"
)

type queryServer struct{ *Keeper }

// NewQueryServer answers the module's queries.
func NewQueryServer(k *Keeper) council.QueryServer { return queryServer{k} }

// Params returns the rules of the council.
func (s queryServer) Params(ctx context.Context, _ *council.QueryParamsRequest) (*council.QueryParamsResponse, error) {
	params, err := s.Keeper.Params.Get(ctx)
	return &council.QueryParamsResponse{Params: params}, err
}

// Seats lists all seats.
func (s queryServer) Seats(ctx context.Context, req *council.QuerySeatsRequest) (*council.QuerySeatsResponse, error) {
	seats, page, err := query.CollectionPaginate(ctx, s.ByAccount, bound.Page(req.Pagination),
		func(_ []byte, s council.Seat) (council.Seat, error) { return s, nil })
	return &council.QuerySeatsResponse{Seats: seats, Pagination: page}, err
}

// Seat returns one seat.
func (s queryServer) Seat(ctx context.Context, req *council.QuerySeatRequest) (*council.QuerySeatResponse, error) {
	seat, err := s.Keeper.Seat(ctx, req.Operator)
	return &council.QuerySeatResponse{Seat: seat}, err
}

// Keys lists the keys in use and remembered.
func (s queryServer) Keys(ctx context.Context, req *council.QueryKeysRequest) (*council.QueryKeysResponse, error) {
	keys, page, err := query.CollectionPaginate(ctx, s.Keeper.Keys, bound.Page(req.Pagination),
		func(_ []byte, k council.Key) (council.Key, error) { return k, nil })
	return &council.QueryKeysResponse{Keys: keys, Pagination: page}, err
}

// Proposals lists all proposals.
func (s queryServer) Proposals(
	ctx context.Context, req *council.QueryProposalsRequest,
) (*council.QueryProposalsResponse, error) {
	proposals, page, err := query.CollectionPaginate(ctx, s.Keeper.Proposals, bound.Page(req.Pagination),
		func(_ uint64, p council.Proposal) (council.Proposal, error) { return p, nil })
	return &council.QueryProposalsResponse{Proposals: proposals, Pagination: page}, err
}

// Proposal returns one proposal with its votes; how they count now says nothing of one that is closed.
func (s queryServer) Proposal(ctx context.Context, req *council.QueryProposalRequest) (*council.QueryProposalResponse, error) {
	p, err := s.proposal(ctx, req.Id)
	if err != nil {
		return nil, err
	}
	c, err := s.tally(ctx, p.Id)
	if err != nil {
		return nil, err
	}
	answer := &council.QueryProposalResponse{Proposal: p, Yes: c.yes, No: c.no, Total: c.total}
	return answer, s.Votes.Walk(ctx, collections.NewPrefixedPairRange[uint64, []byte](p.Id),
		func(_ ballot, v council.Vote) (bool, error) {
			answer.Votes = append(answer.Votes, v)
			return false, nil
		})
}
