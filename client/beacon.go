package client

import (
	"context"
	"fmt"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/beacon"
)

// BeaconSeats lists what the beacon knows of each seat.
func (c *Client) BeaconSeats(ctx context.Context) ([]beacon.Seat, error) {
	return pages("seats of the beacon", func(page *query.PageRequest) ([]beacon.Seat, *query.PageResponse, error) {
		answer, err := beacon.NewQueryClient(c.conn).Seats(ctx, &beacon.QuerySeatsRequest{Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Seats, answer.Pagination, nil
	})
}

// Round is a round with its proofs, while they are kept; number zero is the last.
func (c *Client) Round(ctx context.Context, number uint64) (beacon.Round, error) {
	answer, err := beacon.NewQueryClient(c.conn).Round(ctx, &beacon.QueryRoundRequest{Number: number})
	if err != nil {
		return beacon.Round{}, fmt.Errorf("round %d: %w", number, err)
	}
	return answer.Round, nil
}
