package chain

import (
	"encoding/json"
	"fmt"

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

// Connect adds nodes to stay connected to, and dials those that are not.
func (n *Node) Connect(peers []string) error {
	if err := n.comet.Switch().AddPersistentPeers(peers); err != nil {
		return fmt.Errorf("connect to nodes: %w", err)
	}
	if err := n.comet.Switch().DialPeersAsync(peers); err != nil {
		return fmt.Errorf("connect to nodes: %w", err)
	}
	return nil
}
