package chain

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmttypes "github.com/cometbft/cometbft/types"

	cmtdb "github.com/cometbft/cometbft-db"
	"github.com/cosmos/gogoproto/proto"
)

// CometBFT's index of transactions is how a client learns that its transaction is in a block. It grows for ever, so the node
// keeps it to the blocks that it has: entries by hash alone, removed after their blocks were.

const (
	// indexedEvents names an attribute that no event has: the SDK takes an empty list to mean all.
	indexedEvents = "none.none"
	indexName     = "tx_index"
	indexBlocks   = "block_events" // prefix of the entries of blocks, in the order of heights
	pruneEvery    = time.Minute
	pruneBlocks   = 10_000 // at once
)

// pruneIndex removes entries of blocks that are gone, now and then until ctx ends.
func (n *Node) pruneIndex(ctx context.Context) {
	ticker := time.NewTicker(pruneEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		count, err := dropIndexed(n.stores.index, n.comet.BlockStore().Base(), pruneBlocks)
		if err != nil {
			n.logger.Error("entries of old transactions stay", "error", err.Error())
		} else if count > 0 {
			n.logger.Debug("entries of old transactions are gone", "blocks", count)
		}
	}
}

// dropIndexed removes the entries of at most limit blocks below height and tells of how many.
func dropIndexed(index cmtdb.DB, height int64, limit int) (count int, err error) {
	batch := index.NewBatch()
	defer func() { err = errors.Join(err, batch.Close()) }()
	blocks, err := firstRows(index, indexBlocks, limit)
	if err != nil {
		return 0, err
	}
	for _, row := range blocks {
		at, size := binary.Varint(row.value)
		if size <= 0 {
			return 0, fmt.Errorf("index names no height at %x", row.key)
		}
		if at >= height {
			break
		}
		if err := errors.Join(batch.Delete(row.key), dropTransactions(index, batch, at)); err != nil {
			return 0, fmt.Errorf("drop index of block %d: %w", at, err)
		}
		count++
	}
	return count, batch.WriteSync()
}

// dropTransactions removes the entries of the transactions of one block.
func dropTransactions(index cmtdb.DB, batch cmtdb.Batch, height int64) error {
	rows, err := firstRows(index, fmt.Sprintf("%s/%d/%d/", cmttypes.TxHeightKey, height, height), math.MaxInt)
	if err != nil {
		return err
	}
	for _, row := range rows {
		raw, err := index.Get(row.value)
		if err != nil {
			return err
		}
		var last abci.TxResult // of the last block that the transaction was in
		if err := proto.Unmarshal(raw, &last); err != nil {
			return err
		}
		if last.Height == height {
			err = batch.Delete(row.value)
		}
		if err := errors.Join(err, batch.Delete(row.key)); err != nil {
			return err
		}
	}
	return nil
}

type indexRow struct{ key, value []byte }

func firstRows(index cmtdb.DB, prefix string, limit int) (rows []indexRow, err error) {
	found, err := cmtdb.IteratePrefix(index, []byte(prefix))
	if err != nil {
		return nil, fmt.Errorf("read index: %w", err)
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	for ; found.Valid() && len(rows) < limit; found.Next() {
		rows = append(rows, indexRow{slices.Clone(found.Key()), slices.Clone(found.Value())})
	}
	return rows, found.Error()
}
