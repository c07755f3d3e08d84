package chain

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtcfg "github.com/cometbft/cometbft/config"
	cmtbytes "github.com/cometbft/cometbft/libs/bytes"
	"github.com/cometbft/cometbft/light"
	cmtnode "github.com/cometbft/cometbft/node"
	cmtstate "github.com/cometbft/cometbft/state"
	"github.com/cometbft/cometbft/statesync"
)

// ErrStateSync is a new home that did not get the state of other nodes.
var ErrStateSync = errors.New("the ledger's state could not be fetched from other nodes")

const (
	// stateSyncTimeout bounds how long a new home looks for a snapshot that verifies, and then fetches it.
	stateSyncTimeout = 30 * time.Minute
	headersTimeout   = 30 * time.Second
	stateSyncLook    = 200 * time.Millisecond
	// verifyTimeout bounds how long CometBFT takes to compare a restored state with the headers.
	verifyTimeout = time.Minute
	// discoveryTime is between questions to peers about their snapshots; CometBFT accepts no less.
	discoveryTime = 5 * time.Second
	// trustPeriod is how old the trusted block may be. It must stay below the time for which keys that made blocks are answerable.
	trustPeriod = 24 * time.Hour
)

// StateSync says from where a new home fetches the state, instead of making all blocks itself. The light client believes
// one block; each header after it must be signed by most of those who signed before.
type StateSync struct {
	RPC    []string          // host:port of other nodes' RPC, for headers. A lie shows only where a second node tells the truth
	Height int64             // of the block that is believed
	Hash   cmtbytes.HexBytes // its hash
}

// enabled tells whether the state is to be fetched.
func (s StateSync) enabled() bool { return len(s.RPC) > 0 || s.Height != 0 || len(s.Hash) > 0 }

func (s StateSync) check() error {
	switch {
	case !s.enabled():
		return nil
	case len(s.RPC) == 0:
		return fmt.Errorf("%w: no RPC address to ask for headers is given", ErrStateSync)
	case s.Height < 1 || len(s.Hash) != hashSize:
		return fmt.Errorf("%w: want the height and the %d-byte hash of a block that is believed", ErrStateSync, hashSize)
	}
	return nil
}

const hashSize = 32

// comet is CometBFT's form.
func (s StateSync) comet() *cmtcfg.StateSyncConfig {
	c := cmtcfg.DefaultStateSyncConfig()
	c.Enable, c.DiscoveryTime = s.enabled(), discoveryTime
	return c
}

// headers asks the other nodes for the block that is believed, and has the node fetch all further headers from them.
func (n *Node) headers(s StateSync) (cmtnode.Option, error) {
	if !n.fetch {
		return func(*cmtnode.Node) {}, nil
	}
	servers := s.RPC
	if len(servers) == 1 { // the light client wants a witness, which then tells nothing
		servers = []string{s.RPC[0], s.RPC[0]}
	}
	ctx, cancel := context.WithTimeout(context.Background(), headersTimeout)
	defer cancel()
	provider, err := statesync.NewLightClientStateProvider(ctx, n.genesis.ChainID, cmtstate.InitStateVersion, n.genesis.InitialHeight,
		servers, light.TrustOptions{Period: trustPeriod, Height: s.Height, Hash: s.Hash}, cometLogger{n.logger})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStateSync, err)
	}
	return cmtnode.StateProvider(provider), nil
}

// restoring is the application while a snapshot may be restored into it. CometBFT only logs how that ends.
type restoring struct {
	application
	failed *atomic.Bool
}

// ApplySnapshotChunk notes that a snapshot could not become this application's state.
func (r restoring) ApplySnapshotChunk(
	ctx context.Context, request *abci.RequestApplySnapshotChunk,
) (*abci.ResponseApplySnapshotChunk, error) {
	response, err := r.application.ApplySnapshotChunk(ctx, request)
	if err == nil && response.Result == abci.ResponseApplySnapshotChunk_ABORT {
		r.failed.Store(true)
	}
	return response, err
}

// awaitState returns when the state has come, or with why it does not.
func (n *Node) awaitState(ctx context.Context) error {
	var unverified <-chan time.Time // ends the wait once the state is restored
	unheard := time.After(stateSyncTimeout)
	ticker := time.NewTicker(stateSyncLook)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-unverified:
			return fmt.Errorf("%w: the snapshot is not the state that the headers name; use other peers", ErrStateSync)
		case <-unheard:
			return fmt.Errorf("%w: no peer offered a snapshot that verifies within %s", ErrStateSync, stateSyncTimeout)
		case <-ticker.C:
		}
		height := n.app.LastBlockHeight()
		switch {
		case n.failed.Load():
			return fmt.Errorf("%w: the snapshot does not fit this program, which runs %s; the log says more", ErrStateSync, ReleaseName(n.app.release))
		case height > 0 && (n.Height() > 0 || n.comet.BlockStore().LoadSeenCommit(height) != nil):
			return n.syncing.end()
		case height > 0 && unverified == nil:
			unverified = time.After(verifyTimeout)
		}
	}
}

// syncMark is a file that lies in a home while its state is being fetched. What a home holds then is of no use: another
// attempt begins with empty databases.
type syncMark string

func newSyncMark(cfg NodeConfig) syncMark {
	return syncMark(filepath.Join(cfg.root(), "config", "fetching"))
}

// begin removes what an attempt that was cut off left, and marks the home when its state is to be fetched.
func (m syncMark) begin(cfg NodeConfig) error {
	_, err := os.Stat(string(m))
	cut := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look for a fetch that was cut off: %w", err)
	}
	data := filepath.Join(cfg.root(), cmtcfg.DefaultDataDir)
	if cut {
		for _, name := range []string{"application.db", "blockstore.db", "state.db", "tx_index.db", "evidence.db", "cs.wal"} {
			if err := os.RemoveAll(filepath.Join(data, name)); err != nil {
				return fmt.Errorf("remove what a fetch that was cut off left: %w", err)
			}
		}
	}
	_, err = os.Stat(filepath.Join(data, "application.db"))
	if fresh := errors.Is(err, fs.ErrNotExist); !cfg.StateSync.enabled() || !fresh {
		if cut {
			return m.end()
		}
		return nil
	}
	if err := os.WriteFile(string(m), nil, 0o600); err != nil {
		return fmt.Errorf("mark a fetch: %w", err)
	}
	return nil
}

func (m syncMark) end() error {
	if err := os.Remove(string(m)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("end a fetch: %w", err)
	}
	return nil
}
