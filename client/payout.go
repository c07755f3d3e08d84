package client

import (
	"context"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/payout"
)

// Promises lists what a payer has promised to pay by verified values, or what everybody has where payer is empty.
func (c *Client) Promises(ctx context.Context, payer string) ([]payout.Promise, error) {
	return pages("promises", func(page *query.PageRequest) ([]payout.Promise, *query.PageResponse, error) {
		answer, err := payout.NewQueryClient(c.conn).Promises(ctx, &payout.QueryPromisesRequest{Payer: payer, Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Promises, answer.Pagination, nil
	})
}
