package keeper

import (
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/collections/indexes"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/credit"
	"ayni.example/x/internal/bound"
)

type queryServer struct{ *Keeper }

// NewQueryServer answers the module's queries.
func NewQueryServer(k *Keeper) credit.QueryServer { return queryServer{k} }

// Params returns the rules of money.
func (s queryServer) Params(ctx context.Context, _ *credit.QueryParamsRequest) (*credit.QueryParamsResponse, error) {
	params, err := s.Keeper.Params.Get(ctx)
	return &credit.QueryParamsResponse{Params: params, VoucherFormat: s.voucherFormat(), Authorizations: s.scheduler != nil}, err
}

// Issuers lists all issuers.
func (s queryServer) Issuers(ctx context.Context, req *credit.QueryIssuersRequest) (*credit.QueryIssuersResponse, error) {
	issuers, page, err := query.CollectionPaginate(ctx, s.Keeper.Issuers, bound.Page(req.Pagination),
		func(_ []byte, i credit.Issuer) (credit.Issuer, error) { return i, nil })
	if err != nil {
		return nil, err
	}
	return &credit.QueryIssuersResponse{Issuers: issuers, Pagination: page}, nil
}

// Channel returns a channel with its claimed lanes.
func (s queryServer) Channel(ctx context.Context, req *credit.QueryChannelRequest) (*credit.QueryChannelResponse, error) {
	channel, err := s.channel(ctx, req.Id)
	if err != nil {
		return nil, err
	}
	res := &credit.QueryChannelResponse{Channel: channel}
	lanes := collections.NewPrefixedPairRange[[]byte, uint32](req.Id)
	err = s.Lanes.Walk(ctx, lanes, func(_ collections.Pair[[]byte, uint32], l credit.Lane) (bool, error) {
		res.Lanes = append(res.Lanes, l)
		return false, nil
	})
	return res, err
}

// Channels lists the channels of a payer or of a payee.
func (s queryServer) Channels(ctx context.Context, req *credit.QueryChannelsRequest) (*credit.QueryChannelsResponse, error) {
	if (req.Payer == "") == (req.Payee == "") {
		return nil, credit.ErrInvalid.Wrap("exactly one of payer and payee must be given")
	}
	index, role, text := s.Keeper.Channels.Indexes.Payer, "payer", req.Payer
	if req.Payee != "" {
		index, role, text = s.Keeper.Channels.Indexes.Payee, "payee", req.Payee
	}
	party, _, err := s.address(role, text)
	if err != nil {
		return nil, err
	}
	return s.channelsOf(ctx, index, party, req.Pagination)
}

func (s queryServer) channelsOf(
	ctx context.Context, index *indexes.Multi[[]byte, []byte, credit.Channel], party []byte, page *query.PageRequest,
) (*credit.QueryChannelsResponse, error) {
	channels, next, err := query.CollectionPaginate(ctx, index, bound.Page(page),
		func(key collections.Pair[[]byte, []byte], _ collections.NoValue) (credit.Channel, error) {
			return s.Keeper.Channels.Get(ctx, key.K2())
		}, query.WithCollectionPaginationPairPrefix[[]byte, []byte](party))
	if err != nil {
		return nil, err
	}
	return &credit.QueryChannelsResponse{Channels: channels, Pagination: next}, nil
}
