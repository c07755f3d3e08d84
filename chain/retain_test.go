package chain

import (
	"context"
	"testing"
	"time"
)

// TestRetain: a node forgets blocks when neither it nor the age of evidence asks for them.
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
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
