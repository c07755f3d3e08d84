package chain

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	blockindex "github.com/cometbft/cometbft/state/indexer/block/kv"
	txindex "github.com/cometbft/cometbft/state/txindex/kv"
	cmttypes "github.com/cometbft/cometbft/types"

	cmtdb "github.com/cometbft/cometbft-db"
)

// TestDropIndexed: entries of blocks that are gone go, those of the others stay; a transaction that was in a block twice stays
// until the later one goes.
func TestDropIndexed(t *testing.T) {
	db := cmtdb.NewMemDB()
	txs, blocks := txindex.NewTxIndex(db), blockindex.New(cmtdb.NewPrefixDB(db, []byte(indexBlocks)))
	twice := []byte("twice")
	for height := int64(1); height <= 12; height++ {
		list := [][]byte{fmt.Append(nil, "a", height), fmt.Append(nil, "b", height)}
		if height == 3 || height == 11 {
			list = append(list, twice)
		}
		for i, tx := range list {
			if err := txs.Index(&abci.TxResult{Height: height, Index: uint32(i), Tx: tx}); err != nil {
				t.Fatal(err)
			}
		}
		if err := blocks.Index(cmttypes.EventDataNewBlockEvents{Height: height}); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []int{4, 4, 1, 0} {
		if got, err := dropIndexed(db, 10, 4); err != nil || got != want {
			t.Fatalf("dropped %d blocks, want %d: %v", got, want, err)
		}
	}
	for height := int64(1); height <= 12; height++ {
		result, err := txs.Get(cmttypes.Tx(fmt.Append(nil, "b", height)).Hash())
		if err != nil || (result != nil) != (height >= 10) {
			t.Errorf("transaction of block %d: %v, %v", height, result, err)
		}
	}
	if result, err := txs.Get(cmttypes.Tx(twice).Hash()); err != nil || result == nil || result.Height != 11 {
		t.Errorf("transaction of blocks 3 and 11: %v, %v", result, err)
	}
	if rows, err := firstRows(db, "", math.MaxInt); err != nil || len(rows) != 3+2*(3*2+1) {
		t.Errorf("%d rows left: %v", len(rows), err)
	}
}

// TestRetain: a node forgets blocks, and the index of them, when neither it nor the age of evidence asks for them.
func TestRetain(t *testing.T) {
	cfg := onlyNode(t)
	cfg.Genesis.ConsensusParams.Evidence.MaxAgeNumBlocks = 10
	cfg.TimeoutCommit, cfg.IdleInterval, cfg.RetainBlocks, cfg.SnapshotInterval = time.Millisecond, 5*time.Millisecond, 20, -1
	node, err := NewNode(cfg)
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- node.Run(running) }() // ends with stop
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := node.WaitHeight(ctx, 40); err != nil {
		t.Fatal(err)
	}
	base := node.comet.BlockStore().Base()
	if base < 15 || base > node.Height()-19 {
		t.Errorf("blocks from %d at height %d, want the last 20", base, node.Height())
	}
	if count, err := dropIndexed(node.stores.index, base, pruneBlocks); err != nil || count != int(base)-1 {
		t.Errorf("index of %d blocks dropped, want %d: %v", count, base-1, err)
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
