package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtcrypto "github.com/cometbft/cometbft/crypto"
	cmtnode "github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/proxy"
	"github.com/cometbft/cometbft/rpc/client"
	"github.com/cometbft/cometbft/rpc/client/local"
	cmttypes "github.com/cometbft/cometbft/types"
)

// ErrHomeBusy is a home whose ledger another process has open.
var ErrHomeBusy = errors.New("the ledger in this home is open in another process; stop that one, or use another home")

// ErrClock is a clock that shows a time before the network began.
var ErrClock = errors.New("this machine's clock is behind the beginning of the network; set the clock")

// ErrHalted is a node whose consensus failed. Its home is as of the last whole block.
var ErrHalted = errors.New("the ledger stopped making blocks; look for a full disk or an error in the log, then start again")

// clockSlack is by how much this machine's clock may be behind the one that set the genesis; a node waits as long.
const clockSlack = 30 * time.Second

// pollInterval is between looks at the height while waiting for it.
const pollInterval = 10 * time.Millisecond

// Node is a ledger node in this process.
type Node struct {
	app     *App
	comet   *cmtnode.Node
	rpc     *localRPC
	genesis *cmttypes.GenesisDoc
	stores  *databases
	signer  *signer
	address string
	expose  string // where the RPC listens for other programs; empty: nowhere
	logger  *slog.Logger
	closed  sync.Once

	listening chan struct{} // closed when others can connect

	mu    sync.Mutex
	peers []string // to stay connected to

	syncing syncMark
	fetch   bool        // the state from other nodes
	failed  atomic.Bool // to restore a snapshot
}

// ValidatorKey is the key with which the node of this home signs blocks; it is made at the first call. The first genesis needs
// it before there is a node.
func ValidatorKey(home string) (cmtcrypto.PubKey, error) {
	cfg := NodeConfig{Home: home}
	if err := cfg.makeFolders(); err != nil {
		return nil, err
	}
	key, err := firstKey(cfg)
	if err != nil {
		return nil, err
	}
	return key.GetPubKey()
}

// NewNode opens the home's ledger, creating it from the genesis if there is none. Run starts it; without Run, Close it.
func NewNode(cfg NodeConfig) (*Node, error) {
	for _, peer := range cfg.Peers {
		if err := CheckPeer(peer); err != nil {
			return nil, err
		}
	}
	if err := cfg.StateSync.check(); err != nil {
		return nil, err
	}
	if err := cfg.makeFolders(); err != nil {
		return nil, err
	}
	if err := cfg.checkDisk(); err != nil {
		return nil, err
	}
	genesis, err := settleGenesis(cfg)
	if err != nil {
		return nil, err
	}
	if ahead := time.Until(genesis.GenesisTime); ahead > clockSlack {
		return nil, fmt.Errorf("%w (it began at %s, %s from now)", ErrClock, genesis.GenesisTime, ahead.Round(time.Second))
	}
	n := &Node{
		genesis: genesis, logger: newLogger(cfg.Logger), stores: newDatabases(cfg), syncing: newSyncMark(cfg),
		listening: make(chan struct{}), peers: cfg.Peers,
	}
	if err := n.syncing.begin(cfg); err != nil {
		return nil, err
	}
	if err := n.open(cfg); err != nil {
		n.stores.close()
		return nil, err
	}
	return n, nil
}

// openApp opens the state. It is first, since its lock keeps other processes from the other files.
func (n *Node) openApp(cfg NodeConfig) error {
	db, err := n.stores.application()
	if err != nil {
		return err
	}
	beaconKey, err := BeaconKey(cfg.Home)
	if err != nil {
		return err
	}
	snapshots, err := n.stores.snapshots()
	if err != nil {
		return err
	}
	n.app, err = NewApp(AppConfig{
		ChainID: n.genesis.ChainID, DB: db, Logger: n.logger, Version: cfg.Version, Release: cfg.Release, SkipUpgrade: cfg.SkipUpgrade,
		Snapshots: snapshots, RetainBlocks: uint64(max(0, orDefault(cfg.RetainBlocks, retainDefault))),
		BeaconKey: beaconKey, Workers: cfg.Workers,
	})
	return err
}

// open builds the application and the consensus node over it.
func (n *Node) open(cfg NodeConfig) error {
	if err := n.openApp(cfg); err != nil {
		return err
	}
	listen, err := listenAddress(cfg)
	if err != nil {
		return err
	}
	cc := cfg.comet(listen)
	n.fetch = cfg.StateSync.enabled() && n.app.LastBlockHeight() == 0
	if n.signer, err = openSigner(cfg); err != nil {
		return err
	}
	nodeKey, err := p2p.LoadOrGenNodeKey(cc.NodeKeyFile())
	if err != nil {
		return fmt.Errorf("load node key: %w", err)
	}
	headers, err := n.headers(cfg.StateSync)
	if err != nil {
		return err
	}
	var app abci.Application = restoring{application{n.app.BaseApp}, &n.failed}
	if cfg.wrap != nil {
		app = cfg.wrap(app)
	}
	n.comet, err = cmtnode.NewNode(cc, n.signer, nodeKey, proxy.NewLocalClientCreator(app),
		func() (*cmttypes.GenesisDoc, error) { return n.genesis, nil }, n.database,
		cmtnode.DefaultMetricsProvider(cc.Instrumentation), cometLogger{n.logger}, headers)
	if due := n.app.upgrades.stopped(); due != nil { // in the block that the last run of this home could not make either
		return due
	}
	if err != nil {
		return fmt.Errorf("open ledger: %w", err)
	}
	n.signer.opened(n.comet.BlockStore())
	external := cfg.External
	if external == "" {
		external = listen
	}
	n.expose = cfg.RPC
	n.address = string(nodeKey.ID()) + "@" + external
	if meta := n.comet.BlockStore().LoadBlockMeta(n.app.LastBlockHeight()); meta != nil {
		n.app.resume(meta.Header)
	}
	n.rpc = &localRPC{Client: local.New(n.comet)}
	return nil
}

// Run makes or follows blocks until ctx ends; then it stops cleanly and closes the home. When it ends by itself, others in
// this process may go on with queries until Close.
func (n *Node) Run(ctx context.Context) error {
	defer func() {
		if ctx.Err() != nil {
			n.Close()
		}
	}()
	select { // CometBFT would sleep without regard to ctx
	case <-ctx.Done():
		return nil
	case <-time.After(time.Until(n.genesis.GenesisTime)):
	}
	listener, err := n.listenRPC(ctx)
	if err != nil {
		return err
	}
	if listener != nil {
		defer func() { _ = listener.Close() }() // twice where it was served
	}
	if err := n.comet.Start(); err != nil {
		return fmt.Errorf("start ledger: %w", err)
	}
	close(n.listening)
	defer n.hear(ctx)()
	halted, err := n.halted()
	if err != nil {
		return err
	}
	closeRPC, err := n.serveRPC(listener) //nolint:contextcheck // requests bring their own
	if err != nil {
		n.rpc.stop()
		return errors.Join(err, n.comet.Stop())
	}
	defer closeRPC()
	failed, stop := n.watch(ctx)
	defer stop()
	select {
	case <-ctx.Done():
		err = nil
	case err = <-failed:
	case <-halted:
		if err = n.app.upgrades.stopped(); err == nil {
			err = ErrHalted
		}
	}
	n.rpc.stop()
	if stopErr := n.comet.Stop(); stopErr != nil {
		return errors.Join(err, fmt.Errorf("stop ledger: %w", stopErr))
	}
	n.comet.Wait()
	return err
}

// watch does beside consensus what it leaves to the node. It tells when the disk fills up, and when the state that is being fetched
// does not come.
func (n *Node) watch(ctx context.Context) (failed <-chan error, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	watches := []func(context.Context) error{n.stores.cfg.awaitDisk, n.redial, n.watchLag}
	if n.fetch {
		watches = append(watches, n.awaitState)
	}
	fails := make(chan error, len(watches))
	var work sync.WaitGroup
	for _, watch := range watches {
		work.Go(func() {
			if err := watch(ctx); err != nil {
				fails <- err
			}
		})
	}
	return fails, func() {
		cancel()
		work.Wait()
	}
}

// halted closes when consensus has ended. CometBFT ends it after a failure, such as a full disk, and lets the rest go on.
func (n *Node) halted() (<-chan struct{}, error) {
	environment, err := n.comet.ConfigureRPC()
	if err != nil {
		return nil, fmt.Errorf("watch consensus: %w", err)
	}
	consensus, ok := environment.ConsensusState.(interface{ Wait() })
	if !ok {
		return nil, errors.New("watch consensus: it cannot be waited for")
	}
	done := make(chan struct{})
	go func() { // ends with consensus; in a node that never caught up it stays until the process ends
		consensus.Wait()
		close(done)
	}()
	return done, nil
}

// Close frees the home of a node that does not run.
func (n *Node) Close() {
	n.closed.Do(func() {
		n.app.finishSnapshot()
		n.stores.close()
	})
}

// RPC speaks to this node without a network.
func (n *Node) RPC() client.Client { return n.rpc }

// App is the state machine, for reads of tools and tests.
func (n *Node) App() *App { return n.app }

// Genesis is what the network began with.
func (n *Node) Genesis() *cmttypes.GenesisDoc { return n.genesis }

// PeerAddress is what another node's Peers needs to reach this one: ID@HOST:PORT.
func (n *Node) PeerAddress() string { return n.address }

// Height is that of the last block stored here; zero before the first.
func (n *Node) Height() int64 { return n.comet.BlockStore().Height() }

// First is the height of the first block that is still stored here; zero before there is one.
func (n *Node) First() int64 { return n.comet.BlockStore().Base() }

// WaitListening returns when other nodes, and programs where the RPC was asked for, can connect.
func (n *Node) WaitListening(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return fmt.Errorf("wait for the ledger to listen: %w", ctx.Err())
	case <-n.listening:
		return nil
	}
}

// WaitHeight returns when this node's state has reached height.
func (n *Node) WaitHeight(ctx context.Context, height int64) error {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for n.app.LastBlockHeight() < height {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for height %d: %w", height, ctx.Err())
		case <-ticker.C:
		}
	}
	return nil
}
