package machine

import (
	"context"
	"slices"
	"strings"
	"time"

	"ayni.example/x/council"
)

// seatEvery is how often a machine in a network of several looks after its seat and its peers.
const seatEvery = 5 * time.Second

// keepSeat tells the ledger what it should know of this machine's seat, and connects to the seats' nodes where those of them that
// have moved are now.
func (m *Machine) keepSeat(ctx context.Context) error {
	ticker := time.NewTicker(seatEvery)
	defer ticker.Stop()
	var known []string
	for {
		if seats, err := m.ledger.Seats(ctx); err == nil {
			known = m.dialSeats(seats, known)
			m.tell(ctx, seats)
		} else if ctx.Err() == nil {
			m.config.Log.Debug("seats not read", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// dialSeats connects to nodes that are new, and keeps all for the next start.
func (m *Machine) dialSeats(seats []council.Seat, known []string) []string {
	var peers []string
	for _, seat := range seats {
		peers = append(peers, seat.Peer)
	}
	id, _, _ := strings.Cut(m.node.PeerAddress(), "@")
	peers = others(peers, id)
	slices.Sort(peers)
	if len(peers) == 0 || slices.Equal(peers, known) {
		return known
	}
	if err := m.node.Connect(peers); err != nil {
		m.config.Log.Warn("not connected to all seats", "error", err.Error())
	}
	kept, err := readPeers(m.config.Home)
	if err == nil {
		err = keepPeers(m.config.Home, moved(kept, peers))
	}
	if err != nil {
		m.config.Log.Warn("addresses of the seats not kept", "error", err.Error())
	}
	return peers
}

// moved are the peers kept so far, each node that is among the present ones where it is now.
func moved(kept, present []string) []string {
	list := slices.Clone(present)
	for _, peer := range kept {
		id, _, _ := strings.Cut(peer, "@")
		if !slices.ContainsFunc(present, func(p string) bool { return strings.HasPrefix(p, id+"@") }) {
			list = append(list, peer)
		}
	}
	return list
}

// tell sends the ledger the address of this machine's node after a move.
func (m *Machine) tell(ctx context.Context, seats []council.Seat) {
	i := slices.IndexFunc(seats, func(s council.Seat) bool { return s.Operator == m.address })
	if i < 0 {
		return
	}
	own := seats[i]
	if m.ledgerAddress() == "" || own.Peer == m.node.PeerAddress() {
		return
	}
	if err := m.ledger.Submit(ctx, &council.MsgUpdateSeat{Operator: m.address, Name: own.Name, Peer: m.node.PeerAddress()}); err != nil && ctx.Err() == nil {
		m.config.Log.Info("the seat's entry is not up to date yet", "error", err.Error())
	}
}
