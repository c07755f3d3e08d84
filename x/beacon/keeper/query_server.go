package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/beacon"
	"ayni.example/x/internal/bound"
)

type queryServer struct{ *Keeper }

// NewQueryServer answers the module's queries.
func NewQueryServer(k *Keeper) beacon.QueryServer { return queryServer{k} }

// Params returns the rules of the rounds.
func (s queryServer) Params(ctx context.Context, _ *beacon.QueryParamsRequest) (*beacon.QueryParamsResponse, error) {
	params, err := s.Keeper.Params.Get(ctx)
	return &beacon.QueryParamsResponse{Params: params}, err
}

// Status tells where the beacon stands.
func (s queryServer) Status(ctx context.Context, _ *beacon.QueryStatusRequest) (*beacon.QueryStatusResponse, error) {
	r, err := s.current(ctx)
	if err != nil {
		return nil, err
	}
	wanted, err := orZero(s.Wanted.Get(ctx))
	if err != nil {
		return nil, err
	}
	entrants, err := s.entrants(ctx, r.Number+1)
	if err != nil {
		return nil, err
	}
	return &beacon.QueryStatusResponse{Last: r.Number, Open: r.Open(), Wanted: wanted, Keys: uint32(len(entrants))}, nil
}

// Round returns one round, or the last.
func (s queryServer) Round(ctx context.Context, req *beacon.QueryRoundRequest) (*beacon.QueryRoundResponse, error) {
	number := req.Number
	if number == 0 {
		last, err := orZero(s.Last.Get(ctx))
		if err != nil {
			return nil, err
		}
		number = last
	}
	r, err := orZero(s.Rounds.Get(ctx, number))
	if err != nil {
		return nil, err
	}
	if r.Number == 0 {
		return nil, beacon.ErrNotFound.Wrapf("proofs of round %d", number)
	}
	return &beacon.QueryRoundResponse{Round: r}, nil
}

// Output returns what a round gave.
func (s queryServer) Output(ctx context.Context, req *beacon.QueryOutputRequest) (*beacon.QueryOutputResponse, error) {
	output, err := s.Keeper.Output(ctx, req.Round)
	if err != nil || req.Domain == "" {
		return &beacon.QueryOutputResponse{Output: output}, err
	}
	draw, err := s.At(ctx, req.Round, req.Domain)
	return &beacon.QueryOutputResponse{Output: output, Draw: draw[:]}, err
}

// Seats lists what is known of each seat.
func (s queryServer) Seats(ctx context.Context, req *beacon.QuerySeatsRequest) (*beacon.QuerySeatsResponse, error) {
	seats, page, err := query.CollectionPaginate(ctx, s.Keeper.Seats, bound.Page(req.Pagination),
		func(_ []byte, seat beacon.Seat) (beacon.Seat, error) { return seat, nil })
	if err != nil {
		return nil, err
	}
	return &beacon.QuerySeatsResponse{Seats: seats, Pagination: page}, nil
}

// Withholdings lists those of all seats, or of one.
func (s queryServer) Withholdings(
	ctx context.Context, req *beacon.QueryWithholdingsRequest,
) (*beacon.QueryWithholdingsResponse, error) {
	var opts []func(*query.CollectionsPaginateOptions[collections.Pair[[]byte, uint64]])
	if req.Operator != "" {
		operator, _, err := s.address("operator", req.Operator)
		if err != nil {
			return nil, err
		}
		opts = append(opts, query.WithCollectionPaginationPairPrefix[[]byte, uint64](operator))
	}
	list, page, err := query.CollectionPaginate(ctx, s.Keeper.Withholdings, bound.Page(req.Pagination),
		func(_ collections.Pair[[]byte, uint64], w beacon.Withholding) (beacon.Withholding, error) {
			return w, nil
		}, opts...)
	if err != nil {
		return nil, err
	}
	return &beacon.QueryWithholdingsResponse{Withholdings: list, Pagination: page}, nil
}
