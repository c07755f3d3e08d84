package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Wait looks for a sent transaction in the blocks from a height on, until it is in one. The blocks themselves are asked, so that
// no node needs an index of transactions.
func (c *Client) Wait(ctx context.Context, hash []byte, next int64) (TxResult, error) {
	return c.await(ctx, &sent{hashes: [][]byte{hash}}, next)
}

// await waits for any form of a transaction, and renews one of our own.
func (c *Client) await(ctx context.Context, s *sent, next int64) (TxResult, error) {
	interval, renewed := pollMin, next
	timer := time.NewTimer(interval)
	defer timer.Stop()
	var dear error
	for {
		select {
		case <-ctx.Done():
			return TxResult{Hash: s.hashes[0]}, fmt.Errorf("transaction %X: %w", s.hashes[0], errors.Join(ErrUnconfirmed, dear, ctx.Err()))
		case <-timer.C:
		}
		status, err := c.Status(ctx)
		if err == nil {
			next = max(next, status.Earliest)
		}
		for ; err == nil && next <= status.Height; next++ {
			var index int
			var hash []byte
			if index, hash, err = c.contains(ctx, next, s.hashes); err != nil {
				break // asked again
			}
			if index >= 0 {
				return c.finished(ctx, next, index, hash)
			}
		}
		if own := len(s.order.Messages) > 0; own && next >= renewed+renewBlocks {
			renewed, dear = next, c.renew(ctx, s)
		}
		interval = min(interval*3/2, pollMax)
		timer.Reset(interval)
	}
}

// contains is the place in a block of one of some transactions, and which it is; -1 when none is there.
func (c *Client) contains(ctx context.Context, height int64, hashes [][]byte) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	result, err := c.rpc.Block(ctx, &height)
	if err != nil {
		return -1, nil, absent(fmt.Sprintf("block %d", height), err)
	}
	if result.Block == nil {
		return -1, nil, fmt.Errorf("block %d: %w", height, ErrNotFound)
	}
	for i, tx := range result.Block.Txs {
		hash := tx.Hash()
		if slices.ContainsFunc(hashes, func(h []byte) bool { return bytes.Equal(h, hash) }) {
			return i, hash, nil
		}
	}
	return -1, nil, nil
}

// finished is how a transaction that is in a block went, once the node has executed the block and answers from the state after it.
func (c *Client) finished(ctx context.Context, height int64, index int, hash []byte) (TxResult, error) {
	for {
		block, err := c.Executed(ctx, height)
		if err == nil {
			err = c.committed(ctx, height)
		}
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

// committed is ErrNotFound until queries see the state after a block: a node tells a block's results just before it commits them.
func (c *Client) committed(ctx context.Context, height int64) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	info, err := c.rpc.ABCIInfo(ctx)
	if err != nil {
		return unreachable("ask how far the state is", err)
	}
	if info.Response.LastBlockHeight < height {
		return fmt.Errorf("state after block %d: %w", height, ErrNotFound)
	}
	return nil
}
