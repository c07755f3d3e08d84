package client

import (
	"context"
	"fmt"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/provenance"
)

// Pool is a pool, and the asset that it is.
func (c *Client) Pool(ctx context.Context, id []byte) (provenance.Pool, provenance.Asset, error) {
	answer, err := c.provenance().Pool(ctx, &provenance.QueryPoolRequest{Pool: id})
	if err != nil {
		return provenance.Pool{}, provenance.Asset{}, fmt.Errorf("pool %x: %w", id, err)
	}
	return answer.Pool, answer.Asset, nil
}

// Pools lists all.
func (c *Client) Pools(ctx context.Context) ([]provenance.Pool, error) {
	return pages("pools", func(page *query.PageRequest) ([]provenance.Pool, *query.PageResponse, error) {
		answer, err := c.provenance().Pools(ctx, &provenance.QueryPoolsRequest{Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Pools, answer.Pagination, nil
	})
}

// Contribution is one.
func (c *Client) Contribution(ctx context.Context, id []byte) (provenance.Contribution, error) {
	answer, err := c.provenance().Contribution(ctx, &provenance.QueryContributionRequest{Contribution: id})
	if err != nil {
		return provenance.Contribution{}, fmt.Errorf("contribution %x: %w", id, err)
	}
	return answer.Contribution, nil
}

// Contributions lists those of a pool.
func (c *Client) Contributions(ctx context.Context, pool []byte) ([]provenance.Contribution, error) {
	return pages("contributions", func(page *query.PageRequest) ([]provenance.Contribution, *query.PageResponse, error) {
		answer, err := c.provenance().Contributions(ctx, &provenance.QueryContributionsRequest{Pool: pool, Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Contributions, answer.Pagination, nil
	})
}

// Contributors lists those of a pool.
func (c *Client) Contributors(ctx context.Context, pool []byte) ([]provenance.Contributor, error) {
	return pages("contributors", func(page *query.PageRequest) ([]provenance.Contributor, *query.PageResponse, error) {
		answer, err := c.provenance().Contributors(ctx, &provenance.QueryContributorsRequest{Pool: pool, Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Contributors, answer.Pagination, nil
	})
}
