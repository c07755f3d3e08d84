package chain

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtcfg "github.com/cometbft/cometbft/config"
	cmttypes "github.com/cometbft/cometbft/types"

	"ayni.example/internal/clock"
)

// NodeConfig says where a node keeps its files and whom it speaks to.
type NodeConfig struct {
	Home     string               // the ledger's files go to its folder "ledger"
	Genesis  *cmttypes.GenesisDoc // none: the one that this home began with
	Listen   string               // host:port for other nodes; empty: 127.0.0.1, port 0: a free one, kept for the next start
	External string               // host:port that others should dial, when it differs from Listen
	Peers    []string             // nodes to stay connected to, as PeerAddress gives them
	RPC      string               // host:port of CometBFT's RPC for other programs; empty: none
	Memory   bool                 // keep state in memory alone, for tests
	Logger   *slog.Logger         // none: silent
	Version  string               // of the program
	Now      clock.Clock          // none: the machine's

	StateSync        StateSync // where a new home fetches the state; zero: it makes all blocks from the genesis on
	RetainBlocks     int64     // blocks that are kept at least; zero: 1,000,000; negative: all
	SnapshotInterval int64     // blocks between snapshots for StateSync of others; zero: 1,000; negative: none
	SnapshotKeep     uint32    // snapshots that are kept; zero: 2

	Workers     int   // that run a block's transactions at once; zero: they run one after the other
	Release     int   // to run; zero: the newest that this program knows
	SkipUpgrade int64 // height of a change of release that this node leaves out, when most nodes agreed to; zero: none

	TimeoutCommit time.Duration // pause after a block; zero: 250 ms
	IdleInterval  time.Duration // between blocks when there are no transactions; zero: 60 s

	redialEvery time.Duration // between looks for nodes that are not connected; zero: 15 s
	lagLook     time.Duration // between looks whether blocks come; zero: a minute

	wrap func(abci.Application) abci.Application // for tests of a validator that lies; none: as it is
}

const (
	timeoutCommitDefault = 250 * time.Millisecond
	idleIntervalDefault  = time.Minute
	redialEveryDefault   = 15 * time.Second
	// clockTolerance lets a block's time run ahead of this machine's clock. Consensus time never falls, so after a clock that
	// jumped ahead was set right, a tolerance smaller than the jump would stop the ledger until the clock caught up.
	clockTolerance = 24 * time.Hour
	// peerRedial bounds the pause between attempts to reach a known node, so that a laptop that slept is back soon.
	peerRedial = 20 * time.Second

	mempoolTxs     = 5_000
	mempoolBytes   = 32 << 20
	mempoolTxBytes = 512 << 10 // a proof for x/zkml with what it is about

	folderMode = 0o700
)

// root is the folder of the ledger's files.
func (c NodeConfig) root() string { return filepath.Join(c.Home, "ledger") }

// comet is CometBFT's configuration: few blocks when idle, no listener that was not asked for, bounded queues.
func (c NodeConfig) comet(listen string) *cmtcfg.Config {
	cc := cmtcfg.DefaultConfig().SetRoot(c.root())
	cc.Moniker = Name
	cc.Consensus.TimeoutCommit = orDefault(c.TimeoutCommit, timeoutCommitDefault)
	cc.Consensus.TimeoutPropose = time.Second
	cc.Consensus.CreateEmptyBlocks = false
	cc.Consensus.CreateEmptyBlocksInterval = orDefault(c.IdleInterval, idleIntervalDefault)
	cc.Consensus.BlockTimeTolerance = clockTolerance

	cc.P2P.ListenAddress = "tcp://" + listen
	cc.P2P.ExternalAddress = c.External
	cc.P2P.PersistentPeers = joinPeers(c.Peers)
	cc.P2P.PersistentPeersMaxDialPeriod = peerRedial
	cc.P2P.AddrBookStrict = false // homes are on private addresses
	cc.P2P.AllowDuplicateIP = true
	cc.P2P.PexReactor = false // invites name the peers; strangers' addresses are neither asked for nor kept

	cc.RPC.ListenAddress = "" // our own server offers what can be bounded, see rpc.go
	cc.RPC.GRPCListenAddress = ""
	cc.RPC.Unsafe = false
	cc.RPC.PprofListenAddress = ""
	cc.Instrumentation.Prometheus = false

	cc.StateSync = c.StateSync.comet()

	cc.TxIndex.Indexer = "null" // package index does it, with what the modules say

	cc.Mempool.Size = mempoolTxs
	cc.Mempool.CacheSize = 2 * mempoolTxs
	cc.Mempool.MaxTxsBytes = mempoolBytes
	cc.Mempool.MaxTxBytes = mempoolTxBytes
	return cc
}

// makeFolders makes the two folders that CometBFT writes to.
func (c NodeConfig) makeFolders() error {
	for _, name := range []string{cmtcfg.DefaultConfigDir, cmtcfg.DefaultDataDir} {
		if err := os.MkdirAll(filepath.Join(c.root(), name), folderMode); err != nil {
			return fmt.Errorf("make ledger folder: %w", err)
		}
	}
	return nil
}

func orDefault[T comparable](value, standard T) T {
	var zero T
	if value == zero {
		return standard
	}
	return value
}
