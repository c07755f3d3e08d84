package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/inference"
	"ayni.example/x/internal/bound"
)

type queryServer struct{ *Keeper }

// NewQueryServer answers the module's queries.
func NewQueryServer(k *Keeper) inference.QueryServer { return queryServer{k} }

// Params returns the bounds of the register.
func (s queryServer) Params(ctx context.Context, _ *inference.QueryParamsRequest) (*inference.QueryParamsResponse, error) {
	params, err := s.Keeper.Params.Get(ctx)
	return &inference.QueryParamsResponse{Params: params}, err
}

// Model returns one model.
func (s queryServer) Model(ctx context.Context, req *inference.QueryModelRequest) (*inference.QueryModelResponse, error) {
	m, err := s.model(ctx, req.Digest)
	if err != nil {
		return nil, err
	}
	return &inference.QueryModelResponse{Model: m}, nil
}

// Models lists all models.
func (s queryServer) Models(ctx context.Context, req *inference.QueryModelsRequest) (*inference.QueryModelsResponse, error) {
	models, page, err := query.CollectionPaginate(ctx, s.Keeper.Models, bound.Page(req.Pagination),
		func(_ []byte, m inference.Model) (inference.Model, error) { return m, nil })
	if err != nil {
		return nil, err
	}
	return &inference.QueryModelsResponse{Models: models, Pagination: page}, nil
}

// Offer returns one offer.
func (s queryServer) Offer(ctx context.Context, req *inference.QueryOfferRequest) (*inference.QueryOfferResponse, error) {
	addr, _, err := s.address("provider", req.Provider)
	if err != nil {
		return nil, err
	}
	o, err := s.offer(ctx, addr, req.Model)
	if err != nil {
		return nil, err
	}
	return &inference.QueryOfferResponse{Offer: o}, nil
}

// Offers lists all offers, those of a provider, or those of a model.
func (s queryServer) Offers(ctx context.Context, req *inference.QueryOffersRequest) (*inference.QueryOffersResponse, error) {
	switch {
	case req.Provider != "" && len(req.Model) > 0:
		return nil, inference.ErrInvalid.Wrap("at most one of provider and model may be given")
	case len(req.Model) > 0:
		return s.offersOfModel(ctx, req)
	case req.Provider == "":
		return s.offers(ctx, req)
	}
	addr, _, err := s.address("provider", req.Provider)
	if err != nil {
		return nil, err
	}
	return s.offers(ctx, req, query.WithCollectionPaginationPairPrefix[[]byte, []byte](addr))
}

func (s queryServer) offers(
	ctx context.Context, req *inference.QueryOffersRequest, opts ...func(*query.CollectionsPaginateOptions[offerKey]),
) (*inference.QueryOffersResponse, error) {
	offers, page, err := query.CollectionPaginate(ctx, s.Keeper.Offers, bound.Page(req.Pagination),
		func(_ offerKey, o inference.Offer) (inference.Offer, error) { return o, nil }, opts...)
	if err != nil {
		return nil, err
	}
	return &inference.QueryOffersResponse{Offers: offers, Pagination: page}, nil
}

func (s queryServer) offersOfModel(
	ctx context.Context, req *inference.QueryOffersRequest,
) (*inference.QueryOffersResponse, error) {
	offers, page, err := query.CollectionPaginate(ctx, s.Keeper.Offers.Indexes.Model, bound.Page(req.Pagination),
		func(key collections.Pair[[]byte, offerKey], _ collections.NoValue) (inference.Offer, error) {
			return s.Keeper.Offers.Get(ctx, key.K2())
		}, query.WithCollectionPaginationPairPrefix[[]byte, offerKey](req.Model))
	if err != nil {
		return nil, err
	}
	return &inference.QueryOffersResponse{Offers: offers, Pagination: page}, nil
}
