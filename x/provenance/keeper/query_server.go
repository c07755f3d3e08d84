package keeper

import (
	"bytes"
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/internal/bound"
	"ayni.example/x/provenance"
)

type queryServer struct{ *Keeper }

// NewQueryServer answers the module's queries.
func NewQueryServer(k *Keeper) provenance.QueryServer { return queryServer{k} }

// Params returns the rules of assets.
func (s queryServer) Params(ctx context.Context, _ *provenance.QueryParamsRequest) (*provenance.QueryParamsResponse, error) {
	params, err := s.Keeper.Params.Get(ctx)
	return &provenance.QueryParamsResponse{Params: params}, err
}

// Asset returns one, by its id or by its content.
func (s queryServer) Asset(ctx context.Context, req *provenance.QueryAssetRequest) (*provenance.QueryAssetResponse, error) {
	if len(req.ID) == 0 {
		a, err := s.Of(ctx, req.Content)
		return &provenance.QueryAssetResponse{Asset: a}, err
	}
	a, err := s.Keeper.Asset(ctx, req.ID)
	return &provenance.QueryAssetResponse{Asset: a}, err
}

// Assets lists those of an owner, or all.
func (s queryServer) Assets(ctx context.Context, req *provenance.QueryAssetsRequest) (*provenance.QueryAssetsResponse, error) {
	if req.Owner == "" {
		list, page, err := query.CollectionPaginate(ctx, s.Keeper.Assets, bound.Page(req.Pagination),
			func(_ []byte, a provenance.Asset) (provenance.Asset, error) { return a, nil })
		return &provenance.QueryAssetsResponse{Assets: list, Pagination: page}, err
	}
	owner, _, err := s.address("owner", req.Owner)
	if err != nil {
		return nil, err
	}
	list, page, err := query.CollectionPaginate(ctx, s.ByOwner, bound.Page(req.Pagination),
		func(at pair, _ collections.NoValue) (provenance.Asset, error) { return s.Keeper.Asset(ctx, at.K2()) },
		query.WithCollectionPaginationPairPrefix[[]byte, []byte](owner))
	return &provenance.QueryAssetsResponse{Assets: list, Pagination: page}, err
}

// Parents lists the edges of an asset to its parents, of which there are few.
func (s queryServer) Parents(ctx context.Context, req *provenance.QueryParentsRequest) (*provenance.QueryParentsResponse, error) {
	a, err := s.Keeper.Asset(ctx, req.Asset)
	if err != nil {
		return nil, err
	}
	var answer provenance.QueryParentsResponse
	if answer.Edges, err = s.edges(ctx, a.ID); err != nil {
		return nil, err
	}
	return &answer, s.Keeper.Suspicions.Walk(ctx, collections.NewPrefixedPairRange[[]byte, []byte](a.ID),
		func(_ pair, p provenance.Suspicion) (bool, error) {
			answer.Suspicions = append(answer.Suspicions, p)
			return len(answer.Suspicions) >= bound.PageMax, nil
		})
}

// Children lists the edges to an asset.
func (s queryServer) Children(ctx context.Context, req *provenance.QueryChildrenRequest) (*provenance.QueryChildrenResponse, error) {
	a, err := s.Keeper.Asset(ctx, req.Asset)
	if err != nil {
		return nil, err
	}
	list, page, err := query.CollectionPaginate(ctx, s.Keeper.Children, bound.Page(req.Pagination),
		func(at pair, _ collections.NoValue) (provenance.Edge, error) {
			return s.Edges.Get(ctx, collections.Join(at.K2(), at.K1()))
		}, query.WithCollectionPaginationPairPrefix[[]byte, []byte](a.ID))
	return &provenance.QueryChildrenResponse{Edges: list, Pagination: page}, err
}

// Vector returns who has a share in an asset's income.
func (s queryServer) Vector(ctx context.Context, req *provenance.QueryVectorRequest) (*provenance.QueryVectorResponse, error) {
	a, err := s.Keeper.Asset(ctx, req.Asset)
	if err != nil {
		return nil, err
	}
	v, err := s.vector(ctx, a.ID)
	return &provenance.QueryVectorResponse{Vector: v, Serving: provenance.Serving(v.Shares, a.Terms.PPM())}, err
}

// Income returns what an asset earned and who is owed what of it.
func (s queryServer) Income(ctx context.Context, req *provenance.QueryIncomeRequest) (*provenance.QueryIncomeResponse, error) {
	a, err := s.Keeper.Asset(ctx, req.Asset)
	if err != nil {
		return nil, err
	}
	v, err := s.vector(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	income, err := s.Incomes.Get(ctx, a.ID)
	if income, err = or(income, err, provenance.NewIncome(a.ID, provenance.Serving(v.Shares, a.Terms.PPM()))); err != nil {
		return nil, err
	}
	received, err := s.Receipts.Get(ctx, a.ID)
	if received, err = or(received, err, provenance.Receipts{Amount: math.ZeroInt()}); err != nil {
		return nil, err
	}
	t := &till{Keeper: s.Keeper, asset: a, income: income, vector: v}
	answer := &provenance.QueryIncomeResponse{Income: income, Received: received.Amount}
	if answer.Accounts, err = t.accounts(ctx); err != nil {
		return nil, err
	}
	counted, err := t.countedAll(ctx)
	if err != nil {
		return nil, err
	}
	answer.Rest = income.Due(counted, v.Shares)
	return answer, nil
}

// Sources lists what an asset has from the income of others.
func (s queryServer) Sources(ctx context.Context, req *provenance.QuerySourcesRequest) (*provenance.QuerySourcesResponse, error) {
	a, err := s.Keeper.Asset(ctx, req.Asset)
	if err != nil {
		return nil, err
	}
	list, page, err := query.CollectionPaginate(ctx, s.Keeper.Sources, bound.Page(req.Pagination),
		func(at pair, _ collections.NoValue) (provenance.Account, error) {
			return s.Accounts.Get(ctx, collections.Join(at.K2(), at.K1()))
		}, query.WithCollectionPaginationPairPrefix[[]byte, []byte](a.ID))
	return &provenance.QuerySourcesResponse{Accounts: list, Pagination: page}, err
}

// Suspicions lists those that stand.
func (s queryServer) Suspicions(ctx context.Context, req *provenance.QuerySuspicionsRequest) (*provenance.QuerySuspicionsResponse, error) {
	list, page, err := query.CollectionPaginate(ctx, s.Standing, bound.Page(req.Pagination),
		func(at pair, _ collections.NoValue) (provenance.Suspicion, error) {
			return s.Keeper.Suspicions.Get(ctx, at)
		})
	return &provenance.QuerySuspicionsResponse{Suspicions: list, Pagination: page}, err
}

// Tensors tells which assets had tensors first.
func (s queryServer) Tensors(ctx context.Context, req *provenance.QueryTensorsRequest) (*provenance.QueryTensorsResponse, error) {
	if len(req.Digests) > provenance.TensorsMax {
		return nil, provenance.ErrBound.Wrapf("%d tensors, more than %d", len(req.Digests), provenance.TensorsMax)
	}
	var answer provenance.QueryTensorsResponse
	for _, digest := range req.Digests {
		asset, err := s.Keeper.Tensors.Get(ctx, digest)
		if errors.Is(err, collections.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		answer.Tensors = append(answer.Tensors, provenance.Tensor{Digest: digest, Asset: asset})
	}
	return &answer, nil
}

// Sketch returns an asset's.
func (s queryServer) Sketch(ctx context.Context, req *provenance.QuerySketchRequest) (*provenance.QuerySketchResponse, error) {
	b, err := s.Sketches.Get(ctx, req.Asset)
	return &provenance.QuerySketchResponse{Sketch: bytes.Clone(b)}, found(err, "sketch of asset", req.Asset)
}

// Key tells whose a key is.
func (s queryServer) Key(ctx context.Context, req *provenance.QueryKeyRequest) (*provenance.QueryKeyResponse, error) {
	key, err := s.Keeper.Keys.Get(ctx, req.PublicKey)
	return &provenance.QueryKeyResponse{Key: key}, found(err, "key", req.PublicKey)
}

// Keys lists those of an account, of which there are few.
func (s queryServer) Keys(ctx context.Context, req *provenance.QueryKeysRequest) (*provenance.QueryKeysResponse, error) {
	account, _, err := s.address("account", req.Account)
	if err != nil {
		return nil, err
	}
	keys, err := s.keysOf(ctx, account)
	return &provenance.QueryKeysResponse{Keys: keys}, err
}
