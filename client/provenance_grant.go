package client

import (
	"context"
	"fmt"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/provenance"
)

// Grant is one, by its owner and commitment.
func (c *Client) Grant(ctx context.Context, owner string, commitment []byte) (provenance.Grant, error) {
	answer, err := c.provenance().Grant(ctx, &provenance.QueryGrantRequest{Owner: owner, Commitment: commitment})
	if err != nil {
		return provenance.Grant{}, fmt.Errorf("grant %x: %w", commitment, err)
	}
	return answer.Grant, nil
}

// Grants lists those of an owner.
func (c *Client) Grants(ctx context.Context, owner string) ([]provenance.Grant, error) {
	return c.grants(ctx, provenance.QueryGrantsRequest{Owner: owner})
}

// GrantsTo lists those to a grantee.
func (c *Client) GrantsTo(ctx context.Context, grantee string) ([]provenance.Grant, error) {
	return c.grants(ctx, provenance.QueryGrantsRequest{Grantee: grantee})
}

func (c *Client) grants(ctx context.Context, req provenance.QueryGrantsRequest) ([]provenance.Grant, error) {
	return pages("grants", func(page *query.PageRequest) ([]provenance.Grant, *query.PageResponse, error) {
		req.Pagination = page
		answer, err := c.provenance().Grants(ctx, &req)
		if err != nil {
			return nil, nil, err
		}
		return answer.Grants, answer.Pagination, nil
	})
}

// Tombstone says that an asset's content was erased; none: an error.
func (c *Client) Tombstone(ctx context.Context, asset []byte) (provenance.Tombstone, error) {
	answer, err := c.provenance().Tombstone(ctx, &provenance.QueryTombstoneRequest{Asset: asset})
	if err != nil {
		return provenance.Tombstone{}, fmt.Errorf("tombstone of asset %x: %w", asset, err)
	}
	return answer.Tombstone, nil
}
