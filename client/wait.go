package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"
)

// Wait looks for a sent transaction in the blocks from a height on, until it is in one. The blocks themselves are asked, so that
// no node needs an index of transactions.
func (c *Client) Wait(ctx context.Context, hash []byte, next int64) (TxResult, error) {
	interval := pollMin
	timer := time.NewTimer(interval)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return TxResult{Hash: hash}, fmt.Errorf("transaction %X: %w: %w", hash, ErrUnconfirmed, ctx.Err())
		case <-timer.C:
		}
		status, err := c.Status(ctx)
		if err == nil {
			next = max(next, status.Earliest)
		}
		for ; err == nil && next <= status.Height; next++ {
			var index int
			if index, err = c.contains(ctx, next, hash); err != nil {
				break // asked again
			}
			if index >= 0 {
				return c.finished(ctx, next, index, hash)
			}
		}
		interval = min(interval*3/2, pollMax)
		timer.Reset(interval)
	}
}

// contains is the place of a transaction in a block, -1 when it is not there.
func (c *Client) contains(ctx context.Context, height int64, hash []byte) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	result, err := c.rpc.Block(ctx, &height)
	if err != nil {
		return -1, absent(fmt.Sprintf("block %d", height), err)
	}
	if result.Block == nil {
		return -1, fmt.Errorf("block %d: %w", height, ErrNotFound)
	}
	for i, tx := range result.Block.Txs {
		if bytes.Equal(cmttypes.Tx(tx).Hash(), hash) {
			return i, nil
		}
	}
	return -1, nil
}

// finished is how a transaction that is in a block went, once the node has executed the block.
func (c *Client) finished(ctx context.Context, height int64, index int, hash []byte) (TxResult, error) {
	for {
		block, err := c.Executed(ctx, height)
		if err == nil {
			r := block.Results[index]
			out := TxResult{Hash: hash, Height: height, Code: r.Code, Events: r.Events, Gas: r.GasUsed, data: r.Data}
			if err := rejected(r.Codespace, r.Code, r.Log); err != nil {
				return out, fmt.Errorf("transaction %X: %w", hash, err)
			}
			return out, nil
		}
		if !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrUnreachable) {
			return TxResult{Hash: hash, Height: height}, err
		}
		if wait := sleep(ctx, pollMin); wait != nil {
			return TxResult{Hash: hash, Height: height}, fmt.Errorf("transaction %X: %w: %w", hash, ErrUnconfirmed, wait)
		}
	}
}
