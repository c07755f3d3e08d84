package chain

import (
	"context"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"
)

// lagLook is how long a node may stand still behind the others before its owner is told.
const lagLook = time.Minute

// watchLag tells the owner of a node that stands still while others go on. CometBFT does not: a node whose peers have dropped the
// blocks that it lacks takes itself for one that has caught up, and waits for ever.
func (n *Node) watchLag(ctx context.Context) error {
	ticker := time.NewTicker(orDefault(n.stores.cfg.lagLook, lagLook))
	defer ticker.Stop()
	for before := int64(-1); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		height, others := n.Height(), n.heightOfOthers()
		if height == before && others > height+1 {
			n.logger.Error("no block comes, and others are further", "height", height, "others", others, "hint", // shown as a warning
				"they may have dropped the next one: fetch the state into a new home with --state-sync, or connect to a node that keeps all blocks")
		}
		before = height
	}
}

// heightOfOthers is the highest block that a connected node says it has.
func (n *Node) heightOfOthers() (most int64) {
	for _, peer := range n.comet.Switch().Peers().Copy() {
		if state, ok := peer.Get(cmttypes.PeerStateKey).(interface{ GetHeight() int64 }); ok {
			most = max(most, state.GetHeight()-1) // it is at work on the next
		}
	}
	return most
}
