package chain

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// told is a log in which a test waits for a line.
type told struct {
	slog.Handler
	lines chan string
}

func (h told) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		select {
		case h.lines <- r.Message:
		default:
		}
	}
	return nil
}

func (h told) Enabled(context.Context, slog.Level) bool { return true }
func (h told) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h told) WithGroup(string) slog.Handler            { return h }

// TestLag: a node whose peers have dropped the blocks that it lacks says so.
func TestLag(t *testing.T) {
	cfg := onlyNode(t)
	cfg.Genesis.ConsensusParams.Evidence.MaxAgeNumBlocks = 5
	cfg.RetainBlocks, cfg.SnapshotInterval = 5, -1
	maker := start(t, cfg)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for maker.First() < 5 {
		if err := maker.WaitHeight(ctx, maker.Height()+1); err != nil {
			t.Fatal(err)
		}
	}
	log := told{lines: make(chan string, 1_000)}
	start(t, NodeConfig{Home: t.TempDir(), Genesis: cfg.Genesis, Peers: []string{maker.PeerAddress()}, lagLook: 500 * time.Millisecond, Logger: slog.New(log)})
	for {
		select {
		case line := <-log.lines:
			if strings.Contains(line, "no block comes, and others are further") {
				return
			}
		case <-ctx.Done():
			t.Fatal("nothing was said")
		}
	}
}
