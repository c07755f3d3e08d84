package chain

import (
	"context"
	"errors"
	"sync"

	"github.com/cometbft/cometbft/rpc/client"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
)

// errStopped is a read of blocks in a node that has ended.
var errStopped = errors.New("the ledger of this home is stopped")

// localRPC speaks to a node in this process. CometBFT closes its stores when it stops, and they panic when they are read then,
// as by whoever follows the ledger and is in the middle of a look. Queries go on until the home is closed.
type localRPC struct {
	client.Client
	mu      sync.RWMutex // held by each read of the stores
	stopped bool
}

// stop waits for the reads under way; later ones fail.
func (l *localRPC) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
}

// whileRunning does a read of the stores.
func whileRunning[T any](l *localRPC, read func() (T, error)) (T, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.stopped {
		var none T
		return none, errStopped
	}
	return read()
}

func (l *localRPC) Status(ctx context.Context) (*coretypes.ResultStatus, error) {
	return whileRunning(l, func() (*coretypes.ResultStatus, error) { return l.Client.Status(ctx) })
}

func (l *localRPC) Header(ctx context.Context, height *int64) (*coretypes.ResultHeader, error) {
	return whileRunning(l, func() (*coretypes.ResultHeader, error) { return l.Client.Header(ctx, height) })
}

func (l *localRPC) Commit(ctx context.Context, height *int64) (*coretypes.ResultCommit, error) {
	return whileRunning(l, func() (*coretypes.ResultCommit, error) { return l.Client.Commit(ctx, height) })
}

func (l *localRPC) Block(ctx context.Context, height *int64) (*coretypes.ResultBlock, error) {
	return whileRunning(l, func() (*coretypes.ResultBlock, error) { return l.Client.Block(ctx, height) })
}

func (l *localRPC) BlockResults(ctx context.Context, height *int64) (*coretypes.ResultBlockResults, error) {
	return whileRunning(l, func() (*coretypes.ResultBlockResults, error) { return l.Client.BlockResults(ctx, height) })
}

func (l *localRPC) Validators(ctx context.Context, height *int64, page, perPage *int) (*coretypes.ResultValidators, error) {
	return whileRunning(l, func() (*coretypes.ResultValidators, error) { return l.Client.Validators(ctx, height, page, perPage) })
}
