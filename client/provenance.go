package client

import (
	"context"
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/provenance"
)

// Asset is an asset by its id.
func (c *Client) Asset(ctx context.Context, id []byte) (provenance.Asset, error) {
	answer, err := c.provenance().Asset(ctx, &provenance.QueryAssetRequest{ID: id})
	if err != nil {
		return provenance.Asset{}, fmt.Errorf("asset %x: %w", id, err)
	}
	return answer.Asset, nil
}

// AssetByContent is the asset that has a content: the digest of weights, of a proved model, or of an artifact.
func (c *Client) AssetByContent(ctx context.Context, content []byte) (provenance.Asset, error) {
	answer, err := c.provenance().Asset(ctx, &provenance.QueryAssetRequest{Content: content})
	if err != nil {
		return provenance.Asset{}, fmt.Errorf("asset of content %x: %w", content, err)
	}
	return answer.Asset, nil
}

// Assets lists those of an owner, or all where owner is empty.
func (c *Client) Assets(ctx context.Context, owner string) ([]provenance.Asset, error) {
	return pages("assets", func(page *query.PageRequest) ([]provenance.Asset, *query.PageResponse, error) {
		answer, err := c.provenance().Assets(ctx, &provenance.QueryAssetsRequest{Owner: owner, Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Assets, answer.Pagination, nil
	})
}

// Parents are the edges of an asset to what it was made from, and what is suspected of it.
func (c *Client) Parents(ctx context.Context, asset []byte) ([]provenance.Edge, []provenance.Suspicion, error) {
	answer, err := c.provenance().Parents(ctx, &provenance.QueryParentsRequest{Asset: asset})
	if err != nil {
		return nil, nil, fmt.Errorf("parents of asset %x: %w", asset, err)
	}
	return answer.Edges, answer.Suspicions, nil
}

// Children are the edges to an asset from what was made of it.
func (c *Client) Children(ctx context.Context, asset []byte) ([]provenance.Edge, error) {
	return pages("children", func(page *query.PageRequest) ([]provenance.Edge, *query.PageResponse, error) {
		answer, err := c.provenance().Children(ctx, &provenance.QueryChildrenRequest{Asset: asset, Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Edges, answer.Pagination, nil
	})
}

// Vector is who has a share in an asset's income but its owner, and how much of a million is taken of what is paid for serving it.
func (c *Client) Vector(ctx context.Context, asset []byte) (provenance.Vector, uint32, error) {
	answer, err := c.provenance().Vector(ctx, &provenance.QueryVectorRequest{Asset: asset})
	if err != nil {
		return provenance.Vector{}, 0, fmt.Errorf("shares in asset %x: %w", asset, err)
	}
	return answer.Vector, answer.Serving, nil
}

// Income is what an asset earned, and who is owed what of it.
func (c *Client) Income(ctx context.Context, asset []byte) (*provenance.QueryIncomeResponse, error) {
	answer, err := c.provenance().Income(ctx, &provenance.QueryIncomeRequest{Asset: asset})
	if err != nil {
		return nil, fmt.Errorf("income of asset %x: %w", asset, err)
	}
	return answer, nil
}

// Sources lists what an asset has from the income of others.
func (c *Client) Sources(ctx context.Context, asset []byte) ([]provenance.Account, error) {
	return pages("sources", func(page *query.PageRequest) ([]provenance.Account, *query.PageResponse, error) {
		answer, err := c.provenance().Sources(ctx, &provenance.QuerySourcesRequest{Asset: asset, Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Accounts, answer.Pagination, nil
	})
}

// Suspicions lists those that stand.
func (c *Client) Suspicions(ctx context.Context) ([]provenance.Suspicion, error) {
	return pages("suspicions", func(page *query.PageRequest) ([]provenance.Suspicion, *query.PageResponse, error) {
		answer, err := c.provenance().Suspicions(ctx, &provenance.QuerySuspicionsRequest{Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Suspicions, answer.Pagination, nil
	})
}

// Tensors tells which assets had tensors first; those that none has are left out.
func (c *Client) Tensors(ctx context.Context, digests [][]byte) ([]provenance.Tensor, error) {
	answer, err := c.provenance().Tensors(ctx, &provenance.QueryTensorsRequest{Digests: digests})
	if err != nil {
		return nil, fmt.Errorf("assets of %d tensors: %w", len(digests), err)
	}
	return answer.Tensors, nil
}

// Sketch is an asset's, by which others are compared with it.
func (c *Client) Sketch(ctx context.Context, asset []byte) ([]byte, error) {
	answer, err := c.provenance().Sketch(ctx, &provenance.QuerySketchRequest{Asset: asset})
	if err != nil {
		return nil, fmt.Errorf("sketch of asset %x: %w", asset, err)
	}
	return answer.Sketch, nil
}

// SignatureKey tells whose a P-256 key is.
func (c *Client) SignatureKey(ctx context.Context, public []byte) (provenance.Key, error) {
	answer, err := c.provenance().Key(ctx, &provenance.QueryKeyRequest{PublicKey: public})
	if err != nil {
		return provenance.Key{}, fmt.Errorf("key %x: %w", public, err)
	}
	return answer.Key, nil
}

// SignatureKeys lists those of an account.
func (c *Client) SignatureKeys(ctx context.Context, account string) ([]provenance.Key, error) {
	answer, err := c.provenance().Keys(ctx, &provenance.QueryKeysRequest{Account: account})
	if err != nil {
		return nil, fmt.Errorf("keys of %s: %w", account, err)
	}
	return answer.Keys, nil
}

// ProvenanceParams are the rules of assets.
func (c *Client) ProvenanceParams(ctx context.Context) (provenance.Params, error) {
	answer, err := c.provenance().Params(ctx, &provenance.QueryParamsRequest{})
	if err != nil {
		return provenance.Params{}, fmt.Errorf("parameters of provenance: %w", err)
	}
	return answer.Params, nil
}

// RegisterAsset is the message that enters an asset, for a transaction that is sent anyway. A manifest that the ledger would refuse is an error here.
func RegisterAsset(sender string, manifest []byte, terms provenance.Terms, order []byte) (sdk.Msg, error) {
	return checked(&provenance.MsgRegister{Sender: sender, Manifest: manifest, Terms: terms, Order: order})
}

// RegisterForeign is the message that enters an asset which was made elsewhere: nobody owns it here.
func RegisterForeign(sender string, manifest []byte, licence string) (sdk.Msg, error) {
	terms := provenance.FreeTerms()
	terms.Licence = licence
	return checked(&provenance.MsgRegister{Sender: sender, Manifest: manifest, Terms: terms, Foreign: true})
}

func checked(msg *provenance.MsgRegister) (sdk.Msg, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if _, err := provenance.DecodeManifest(msg.Manifest); err != nil {
		return nil, err
	}
	return msg, nil
}

func (c *Client) provenance() provenance.QueryClient { return provenance.NewQueryClient(c.conn) }
