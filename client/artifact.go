package client

import (
	"context"
	"fmt"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/artifact"
)

// Holders lists the pledges of an artifact.
func (c *Client) Holders(ctx context.Context, digest []byte) ([]artifact.Pledge, error) {
	return pages("holders", func(page *query.PageRequest) ([]artifact.Pledge, *query.PageResponse, error) {
		answer, err := artifact.NewQueryClient(c.conn).Holders(ctx, &artifact.QueryHoldersRequest{Digest: digest, Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Pledges, answer.Pagination, nil
	})
}

// Pledges lists the pledges of a holder, or all.
func (c *Client) Pledges(ctx context.Context, holder string) ([]artifact.Pledge, error) {
	return pages("pledges", func(page *query.PageRequest) ([]artifact.Pledge, *query.PageResponse, error) {
		answer, err := artifact.NewQueryClient(c.conn).Pledges(ctx, &artifact.QueryPledgesRequest{Holder: holder, Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Pledges, answer.Pagination, nil
	})
}

// Challenges lists what a holder is asked for, or everybody.
func (c *Client) Challenges(ctx context.Context, holder string) ([]artifact.Challenge, error) {
	return pages("challenges", func(page *query.PageRequest) ([]artifact.Challenge, *query.PageResponse, error) {
		answer, err := artifact.NewQueryClient(c.conn).Challenges(ctx, &artifact.QueryChallengesRequest{Holder: holder, Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Challenges, answer.Pagination, nil
	})
}

// ArtifactParams are the rules of pledges.
func (c *Client) ArtifactParams(ctx context.Context) (artifact.Params, error) {
	answer, err := artifact.NewQueryClient(c.conn).Params(ctx, &artifact.QueryParamsRequest{})
	if err != nil {
		return artifact.Params{}, fmt.Errorf("parameters of pledges: %w", err)
	}
	return answer.Params, nil
}
