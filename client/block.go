package client

import (
	"context"
	"fmt"
	"strings"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
)

// Executed is a block with what its transactions brought about.
type Executed struct {
	Height   int64
	Time     time.Time
	Hash     []byte
	Previous []byte // hash of the block before
	Proposer []byte // address of the consensus key
	Txs      [][]byte
	Results  []*abci.ExecTxResult // one for each transaction
	Events   []abci.Event         // of the block itself
}

// Executed is the block at a height. ErrNotFound tells that the node does not hold it: pruned, not there yet, or not executed yet.
func (c *Client) Executed(ctx context.Context, height int64) (Executed, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	what := fmt.Sprintf("block %d", height)
	block, err := c.rpc.Block(ctx, &height)
	if err != nil {
		return Executed{}, absent(what, err)
	}
	if block.Block == nil {
		return Executed{}, fmt.Errorf("%s: %w", what, ErrNotFound)
	}
	results, err := c.rpc.BlockResults(ctx, &height)
	if err != nil {
		return Executed{}, absent(what, err)
	}
	if len(results.TxsResults) != len(block.Block.Txs) {
		return Executed{}, fmt.Errorf("%s: %d transactions with %d results", what, len(block.Block.Txs), len(results.TxsResults))
	}
	out := Executed{
		Height: height, Time: block.Block.Time, Hash: block.BlockID.Hash, Previous: block.Block.LastBlockID.Hash,
		Proposer: block.Block.ProposerAddress,
		Results:  results.TxsResults, Events: results.FinalizeBlockEvents,
	}
	for i, tx := range block.Block.Txs {
		if results.TxsResults[i] == nil {
			return Executed{}, fmt.Errorf("%s: transaction %d has no result", what, i)
		}
		out.Txs = append(out.Txs, tx)
	}
	return out, nil
}

// BlockHash is that of the block at a height; ErrNotFound tells that the node does not hold it.
func (c *Client) BlockHash(ctx context.Context, height int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	what := fmt.Sprintf("header %d", height)
	result, err := c.rpc.Header(ctx, &height)
	if err != nil {
		return nil, absent(what, err)
	}
	if result.Header == nil {
		return nil, fmt.Errorf("%s: %w", what, ErrNotFound)
	}
	return result.Header.Hash(), nil
}

// absent tells a block that the node does not hold from a node out of reach; over HTTP an error is text alone.
func absent(what string, err error) error {
	for _, text := range []string{"could not find results for height", "is not available, lowest height", "must be less than or equal to"} {
		if strings.Contains(err.Error(), text) {
			return fmt.Errorf("%s: %w: %w", what, ErrNotFound, err)
		}
	}
	return unreachable(what, err)
}
