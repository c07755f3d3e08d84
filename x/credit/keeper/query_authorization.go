package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/credit"
	"ayni.example/x/internal/bound"
)

// Authorization tells what became of a nonce.
func (s queryServer) Authorization(
	ctx context.Context, req *credit.QueryAuthorizationRequest,
) (*credit.QueryAuthorizationResponse, error) {
	payer, _, err := s.address("payer", req.Payer)
	if err != nil {
		return nil, err
	}
	if err := bound.Length("nonce", req.Nonce, credit.NonceSize); err != nil {
		return nil, credit.ErrInvalid.Wrap(err.Error())
	}
	at := collections.Join(payer, req.Nonce)
	mark, err := s.Nonces.Get(ctx, at)
	if errors.Is(err, collections.ErrNotFound) {
		return &credit.QueryAuthorizationResponse{}, nil
	}
	if err != nil {
		return nil, err
	}
	n, err := credit.ReadMark(mark)
	if err != nil {
		return nil, err
	}
	res := &credit.QueryAuthorizationResponse{Burnt: true, Until: n.Until, Digest: n.Digest}
	hold, err := s.Keeper.Holds.Get(ctx, at)
	if err == nil {
		res.Hold = &hold
	}
	if errors.Is(err, collections.ErrNotFound) {
		err = nil
	}
	return res, err
}

// Holds lists what a payer has locked in holds.
func (s queryServer) Holds(ctx context.Context, req *credit.QueryHoldsRequest) (*credit.QueryHoldsResponse, error) {
	payer, _, err := s.address("payer", req.Payer)
	if err != nil {
		return nil, err
	}
	holds, page, err := query.CollectionPaginate(ctx, s.Keeper.Holds, bound.Page(req.Pagination),
		func(_ collections.Pair[[]byte, []byte], h credit.Hold) (credit.Hold, error) { return h, nil },
		query.WithCollectionPaginationPairPrefix[[]byte, []byte](payer))
	if err != nil {
		return nil, err
	}
	return &credit.QueryHoldsResponse{Holds: holds, Pagination: page}, nil
}
