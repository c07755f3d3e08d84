package chain

import (
	"context"
	"testing"
	"time"

	"github.com/cometbft/cometbft/p2p"
)

// TestRedial: nodes that lost each other, without a word of it to CometBFT's own reconnection, are connected again; where the other
// one has moved, at its new address.
func TestRedial(t *testing.T) {
	cfg := onlyNode(t)
	maker := start(t, cfg)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := maker.WaitListening(ctx); err != nil {
		t.Fatal(err)
	}
	const nowhere = "@127.0.0.1:9"
	follower := start(t, NodeConfig{
		Home: t.TempDir(), Genesis: cfg.Genesis, Peers: []string{string(idOf(maker.PeerAddress())) + nowhere}, redialEvery: 100 * time.Millisecond,
	})
	if err := follower.WaitListening(ctx); err != nil {
		t.Fatal(err)
	}
	if err := follower.Connect([]string{maker.PeerAddress()}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		height := follower.Height()
		if err := follower.WaitHeight(ctx, height+3); err != nil {
			t.Fatal(err)
		}
		follower.comet.Switch().StopPeerGracefully(awaitPeer(ctx, t, follower, maker))
	}
	if err := follower.WaitHeight(ctx, follower.Height()+3); err != nil {
		t.Fatal(err)
	}
}

// awaitPeer waits until the node is connected to the other: it may follow for a while by blocks that it received before.
func awaitPeer(ctx context.Context, t *testing.T, node, other *Node) p2p.Peer {
	t.Helper()
	for {
		if peer := node.comet.Switch().Peers().Get(idOf(other.PeerAddress())); peer != nil {
			return peer
		}
		select {
		case <-ctx.Done():
			t.Fatal("it is not connected again")
		case <-time.After(10 * time.Millisecond):
		}
	}
}
