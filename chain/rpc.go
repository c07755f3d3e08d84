package chain

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"time"

	cmtbytes "github.com/cometbft/cometbft/libs/bytes"
	"github.com/cometbft/cometbft/rpc/core"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	rpcserver "github.com/cometbft/cometbft/rpc/jsonrpc/server"
	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
	cmttypes "github.com/cometbft/cometbft/types"
)

// Bounds of the RPC. A transaction in base64 or hex within JSON is up to twice as long as it is.
const (
	rpcBodyBytes   = 2*mempoolTxBytes + 64<<10
	rpcHeaderBytes = 16 << 10
	rpcBatch       = 10

	rpcReadTimeout  = 10 * time.Second
	rpcWriteTimeout = 15 * time.Second // also how long an answer is held for a reader that does not read
	rpcIdleTimeout  = 30 * time.Second
	rpcPatience     = 3 * time.Second // in a queue for one of the places below

	rpcConnections, rpcConnectionsByHost = 256, 32
	rpcCalls, rpcCallsByHost             = 32, 4 // answers in memory at a time
	rpcQueries                           = 2     // queries and checks at a time, since consensus waits for each that is before it
	// rpcQueryBytes bounds a query: a simulation takes as long as what it simulates, and consensus waits meanwhile.
	rpcQueryBytes = 64 << 10
)

// errRPCBusy is a node that is asked more than it answers.
var errRPCBusy = errors.New("too many requests at a time; try again in a moment")

// rpcRoutes are what others need: light clients and state sync, wallets, and people who look whether a node lives. Left out are
// searches without bounds, transactions that hold a connection until they are in a block, the queue of transactions,
// subscriptions, and whatever changes or shows the node's own connections.
func rpcRoutes() []string {
	return []string{
		"abci_info", "block", "block_by_hash", "block_results", "blockchain", "commit", "consensus_params", "genesis", "genesis_chunked",
		"header", "header_by_hash", "health", "status", "validators",
	}
}

// listenRPC takes the address before the node starts, so that whoever sees its first block can connect; none: no RPC.
func (n *Node) listenRPC(ctx context.Context) (net.Listener, error) {
	if n.expose == "" {
		return nil, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", n.expose)
	if err != nil {
		return nil, fmt.Errorf("listen for the ledger's RPC: %w", err)
	}
	return listener, nil
}

// serveRPC offers CometBFT's RPC to other programs, as far as it can be bounded, until the returned function is called. The server
// is not CometBFT's, which bounds neither a host's share nor what an answer waits for. When it fails the ledger goes on.
func (n *Node) serveRPC(listener net.Listener) (func(), error) {
	if listener == nil {
		return func() {}, nil
	}
	env, err := n.comet.ConfigureRPC()
	if err != nil {
		return nil, fmt.Errorf("make the ledger's RPC: %w", err)
	}
	logger := cometLogger{n.logger}
	mux := http.NewServeMux()
	rpcserver.RegisterRPCFuncs(mux, boundedRoutes(env), logger)
	handler := newGate(rpcCalls, rpcCallsByHost, rpcPatience).guard(rpcserver.RecoverAndLogHandler(mux, logger))
	server := &http.Server{
		// This reads the whole request before it asks for a place, so that nobody holds one by sending slowly.
		Handler:     rpcserver.PreChecksHandler(handler, &rpcserver.Config{MaxBodyBytes: rpcBodyBytes, MaxRequestBatchSize: rpcBatch}),
		ReadTimeout: rpcReadTimeout, WriteTimeout: rpcWriteTimeout, IdleTimeout: rpcIdleTimeout, MaxHeaderBytes: rpcHeaderBytes,
	}
	done := make(chan struct{})
	go func() { // ends with Close
		defer close(done)
		err := server.Serve(limitConnections(listener, rpcConnections, rpcConnectionsByHost))
		if !errors.Is(err, http.ErrServerClosed) {
			n.logger.Error("the ledger's RPC failed", "error", err.Error())
		}
	}()
	return func() {
		_ = server.Close() // cuts requests off: nothing of the node depends on them
		<-done
	}, nil
}

// boundedRoutes are CometBFT's handlers of what is offered, and those that pass through the application with few at a time.
func boundedRoutes(env *core.Environment) map[string]*rpcserver.RPCFunc {
	routes := env.GetRoutes()
	for name := range routes {
		if !slices.Contains(rpcRoutes(), name) {
			delete(routes, name)
		}
	}
	few := make(places, rpcQueries)
	routes["abci_query"] = rpcserver.NewRPCFunc(func(
		ctx *rpctypes.Context, path string, data cmtbytes.HexBytes, height int64, prove bool,
	) (*coretypes.ResultABCIQuery, error) {
		if err := checkQuery(path, len(data)); err != nil {
			return nil, err
		}
		if !few.enter(ctx.Context(), rpcPatience) {
			return nil, errRPCBusy
		}
		defer few.leave()
		return env.ABCIQuery(ctx, path, data, height, prove)
	}, "path,data,height,prove")
	routes["broadcast_tx_sync"] = rpcserver.NewRPCFunc(func(ctx *rpctypes.Context, tx cmttypes.Tx) (*coretypes.ResultBroadcastTx, error) {
		if !few.enter(ctx.Context(), rpcPatience) {
			return nil, errRPCBusy
		}
		defer few.leave()
		return env.BroadcastTxSync(ctx, tx)
	}, "tx")
	return routes
}

// queryForm are the modules' queries, single keys of stores with their proofs, and simulation. The stores would also answer with
// all that is under a prefix, however much it is.
var queryForm = regexp.MustCompile(`^(/(ayni|cosmos)\.[a-z0-9.]+\.Query/[A-Za-z]+|/store/[a-z]+/key|/app/(simulate|version))$`)

func checkQuery(path string, length int) error {
	if !queryForm.MatchString(path) {
		return fmt.Errorf("path %.100q is not offered; ask modules, /store/NAME/key, /app/simulate or /app/version", path)
	}
	if length > rpcQueryBytes {
		return fmt.Errorf("query of %d bytes, more than %d", length, rpcQueryBytes)
	}
	return nil
}
