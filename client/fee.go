package client

import (
	"context"
	"fmt"

	"cosmossdk.io/math"

	"ayni.example/x/fee"
)

const (
	// pricePadding is how many times the present price a transaction offers: enough for six full blocks before its own. The
	// ledger takes only the price of the block that it comes into.
	pricePadding = 2
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

// Quota is the gas for which an account owes no fee, and what is left of it in this period; zero where none was granted.
func (c *Client) Quota(ctx context.Context, address string) (fee.Quota, uint64, error) {
	answer, err := fee.NewQueryClient(c.conn).Quota(ctx, &fee.QueryQuotaRequest{Account: address})
	if err != nil {
		return fee.Quota{}, 0, fmt.Errorf("gas quota of %s: %w", address, err)
	}
	return answer.Quota, answer.Rest, nil
}

// offer is the fee for gas at price, padded for blocks that fill up meanwhile and never above most, where there is such a bound.
func offer(gas uint64, price, most math.Int) (math.Int, error) {
	padded := price.MulRaw(pricePadding)
	if !most.IsNil() {
		if price.GT(most) {
			return math.Int{}, fmt.Errorf("%w (%s acredit per gas, the limit is %s)", ErrPrice, price, most)
		}
		padded = math.MinInt(padded, most)
	}
	return padded.Mul(math.NewIntFromUint64(gas)), nil
}
