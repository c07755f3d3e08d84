package chain

import (
	"context"
	"sync"

	cmtdb "github.com/cometbft/cometbft-db"
	cmtcfg "github.com/cometbft/cometbft/config"
	cmttypes "github.com/cometbft/cometbft/types"
)

// database opens one of CometBFT's databases, and shows the signer those that it reads.
func (n *Node) database(request *cmtcfg.DBContext) (cmtdb.DB, error) {
	db, err := n.stores.comet(request)
	if err == nil {
		n.signer.reads(request.ID, db)
	}
	return db, err
}

// votesWaiting bounds the votes that wait to be looked at; what is lost beyond it shows in the block.
const votesWaiting = 1_000

// hear shows the signer all votes that come by, until stop.
func (n *Node) hear(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var listener sync.WaitGroup
	listener.Go(func() {
		for ctx.Err() == nil {
			votes, err := n.comet.EventBus().Subscribe(ctx, "signer", cmttypes.EventQueryVote, votesWaiting)
			if err != nil {
				return // the node stops
			}
			n.signer.watch(ctx, votes)
		}
	})
	return func() {
		cancel()
		listener.Wait()
	}
}
