package client

import (
	"context"
	"fmt"

	"cosmossdk.io/math"

	"ayni.example/x/fee"
)

const (
	// pricePadding is how many times the present price a transaction offers: enough for eleven full blocks before its own. The
	// ledger takes only the price of the block that it comes into.
	pricePadding = 4
	// renewBlocks is after how many blocks a transaction that waits is sent again.
	renewBlocks = 4
	// chargeGas is for taking the fee or the quota, which a simulation leaves out.
	chargeGas = 10_000
)

// Price is what the next block asks for a unit of gas, in acredit.
func (c *Client) Price(ctx context.Context) (math.Int, error) {
	answer, err := fee.NewQueryClient(c.conn).Price(ctx, &fee.QueryPriceRequest{})
	if err != nil {
		return math.Int{}, fmt.Errorf("gas price: %w", err)
	}
	return answer.Price, nil
}

// FeeParams are the rules of fees.
func (c *Client) FeeParams(ctx context.Context) (fee.Params, error) {
	answer, err := fee.NewQueryClient(c.conn).Params(ctx, &fee.QueryParamsRequest{})
	if err != nil {
		return fee.Params{}, fmt.Errorf("rules of fees: %w", err)
	}
	return answer.Params, nil
}

// Quota is the gas for which an account owes no fee, and what is left of it in this period; zero where none was granted.
func (c *Client) Quota(ctx context.Context, address string) (fee.Quota, uint64, error) {
	answer, err := fee.NewQueryClient(c.conn).Quota(ctx, &fee.QueryQuotaRequest{Account: address})
	if err != nil {
		return fee.Quota{}, 0, fmt.Errorf("gas quota of %s: %w", address, err)
	}
	return answer.Quota, answer.Rest, nil
}

// offer is what to bid for a unit of gas at price: padded for blocks that fill up meanwhile and never above most, where there
// is such a bound.
func offer(price, most math.Int) (math.Int, error) {
	padded := price.MulRaw(pricePadding)
	if !most.IsNil() {
		if price.GT(most) {
			return math.Int{}, fmt.Errorf("%w (%s acredit per gas, the limit is %s)", ErrPrice, price, most)
		}
		padded = math.MinInt(padded, most)
	}
	return padded, nil
}

// renew sends a transaction that waits once more, with a higher bid where the price has outgrown the offer: nodes have dropped it
// then, and do not take it up again when the price falls. The sequence stays, so that only one of all forms can ever be in a
// block, and while a node still holds one it refuses the others.
func (c *Client) renew(ctx context.Context, s *sent) error {
	if s.price.IsPositive() {
		price, err := c.Price(ctx)
		if err != nil {
			return nil //nolint:nilerr // asked again behind the next blocks
		}
		if price.GT(s.price) {
			if s.price, err = offer(price, c.most); err != nil {
				return err
			}
		}
	}
	if err := c.broadcast(ctx, s); err != nil {
		c.logger.Debug("waiting transaction is not sent again", "error", err.Error())
	}
	return nil
}
