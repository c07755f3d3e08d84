package chain

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cometbft/cometbft/p2p"
	cmttypes "github.com/cometbft/cometbft/types"

	"ayni.example/x/council"
)

// GenesisSeats are the seats with which a network begins.
func GenesisSeats(doc *cmttypes.GenesisDoc) ([]council.Seat, error) {
	encoding, err := newEncoding()
	if err != nil {
		return nil, err
	}
	var state map[string]json.RawMessage
	if err := json.Unmarshal(doc.AppState, &state); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	council.RegisterInterfaces(encoding.Registry)
	var seats council.GenesisState
	if err := encoding.Codec.UnmarshalJSON(state[council.ModuleName], &seats); err != nil {
		return nil, fmt.Errorf("%w: seats: %w", ErrGenesis, err)
	}
	return seats.Seats, nil
}

// Connect names more nodes to stay connected to, or where one of them is now, and dials those that are not.
func (n *Node) Connect(peers []string) error {
	n.mu.Lock()
	n.peers = slices.DeleteFunc(slices.Clone(n.peers), func(peer string) bool {
		return slices.ContainsFunc(peers, func(p string) bool { return idOf(p) == idOf(peer) })
	})
	n.peers = append(n.peers, peers...)
	n.mu.Unlock()
	if err := n.comet.Switch().AddPersistentPeers(peers); err != nil {
		return fmt.Errorf("connect to nodes: %w", err)
	}
	return n.dial()
}

// dial dials those of the nodes that are not connected.
func (n *Node) dial() error {
	n.mu.Lock()
	gone := slices.DeleteFunc(slices.Clone(n.peers), func(peer string) bool {
		return n.comet.Switch().Peers().Has(idOf(peer))
	})
	n.mu.Unlock()
	if len(gone) == 0 {
		return nil
	}
	if err := n.comet.Switch().DialPeersAsync(gone); err != nil {
		return fmt.Errorf("connect to nodes: %w", err)
	}
	return nil
}

func idOf(peer string) p2p.ID {
	id, _, _ := strings.Cut(peer, "@")
	return p2p.ID(id)
}

// redial dials now and then. CometBFT does so by itself after most losses, but not where the other side ends a connection just as
// it begins, as it does while it holds the one before for alive.
func (n *Node) redial(ctx context.Context) error {
	ticker := time.NewTicker(orDefault(n.stores.cfg.redialEvery, redialEveryDefault))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if err := n.dial(); err != nil {
			n.logger.Warn("not connected to all nodes", "error", err.Error())
		}
	}
}
