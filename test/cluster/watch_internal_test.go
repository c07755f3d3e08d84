package cluster

import (
	"errors"
	"testing"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"
)

// header is a whole one, since others have no hash.
func header(height int64, state string) *cmttypes.BlockMeta {
	h := cmttypes.Header{
		ChainID: "ayni_1-1", Height: height, Time: time.Unix(height, 0), AppHash: []byte(state),
		ValidatorsHash: make([]byte, 32), ProposerAddress: make([]byte, 20),
	}
	return &cmttypes.BlockMeta{Header: h}
}

// TestWatchFindsFork: the second block of a height, or another state in it, is found whichever node shows it.
func TestWatchFindsFork(t *testing.T) {
	w := (&Cluster{Nodes: make([]*Node, 2)}).NewWatch()
	w.add(0, "v1", []*cmttypes.BlockMeta{header(2, "b"), header(1, "a")})
	w.add(1, "v2", []*cmttypes.BlockMeta{header(1, "a")})
	if err := w.Err(); err != nil {
		t.Fatalf("equal blocks: %v", err)
	}
	if got := w.Compared(); got != 1 {
		t.Errorf("compared up to %d, want 1", got)
	}
	w.add(1, "v2", []*cmttypes.BlockMeta{header(2, "other")})
	if err := w.Err(); !errors.Is(err, ErrFork) {
		t.Errorf("error %v, want ErrFork", err)
	}
}

// TestStalled: only a stall that overlaps counts.
func TestStalled(t *testing.T) {
	w := (&Cluster{}).NewWatch()
	at := time.Unix(100, 0)
	w.stalls = []Gap{{From: at, To: at.Add(10 * time.Second)}}
	if got := w.Stalled(at.Add(5*time.Second), at.Add(20*time.Second)); got != 10*time.Second {
		t.Errorf("stalled for %s, want 10s", got)
	}
	if got := w.Stalled(at.Add(11*time.Second), at.Add(20*time.Second)); got != 0 {
		t.Errorf("stalled for %s after the stall", got)
	}
}

// TestWatchGaps: a time without a block is seen while it lasts and after it.
func TestWatchGaps(t *testing.T) {
	w := (&Cluster{Nodes: make([]*Node, 1)}).NewWatch()
	w.add(0, "v1", []*cmttypes.BlockMeta{header(1, "a")})
	w.when = w.when.Add(-2 * gapMin)
	if gaps := w.Gaps(); len(gaps) != 1 || gaps[0].To.Sub(gaps[0].From) < gapMin {
		t.Errorf("while it lasts: %v", gaps)
	}
	w.add(0, "v1", []*cmttypes.BlockMeta{header(2, "b")})
	if gaps := w.Gaps(); len(gaps) != 1 || gaps[0].Height != 2 {
		t.Errorf("after it: %v", gaps)
	}
}
