package client

import (
	"context"
	"fmt"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/credit"
)

// Authorization tells what became of the nonce of a payer's authorisation.
func (c *Client) Authorization(ctx context.Context, payer string, nonce []byte) (*credit.QueryAuthorizationResponse, error) {
	answer, err := credit.NewQueryClient(c.conn).Authorization(ctx, &credit.QueryAuthorizationRequest{Payer: payer, Nonce: nonce})
	if err != nil {
		return nil, fmt.Errorf("authorisation %x of %s: %w", nonce, payer, err)
	}
	return answer, nil
}

// Holds lists what a payer has locked for payees.
func (c *Client) Holds(ctx context.Context, payer string) ([]credit.Hold, error) {
	return pages("holds", func(page *query.PageRequest) ([]credit.Hold, *query.PageResponse, error) {
		answer, err := credit.NewQueryClient(c.conn).Holds(ctx, &credit.QueryHoldsRequest{Payer: payer, Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Holds, answer.Pagination, nil
	})
}
