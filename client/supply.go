package client

import (
	"context"
	"fmt"

	"cosmossdk.io/math"

	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"ayni.example/x/credit"
)

// Supply is all acredit that there is.
func (c *Client) Supply(ctx context.Context) (math.Int, error) {
	answer, err := banktypes.NewQueryClient(c.conn).SupplyOf(ctx, &banktypes.QuerySupplyOfRequest{Denom: credit.Denom})
	if err != nil {
		return math.Int{}, fmt.Errorf("supply: %w", err)
	}
	return answer.Amount.Amount, nil
}
