package council

import (
	"crypto/ed25519"
	"encoding/hex"
	"strings"

	"ayni.example/x/internal/bound"
)

const (
	// PowerMax bounds a seat's power; all seats together stay far below what consensus can add up.
	PowerMax = 1_000_000
	nameMax  = 64
	peerMax  = 160
)

// Active tells whether the seat makes blocks and votes.
func (s Seat) Active() bool { return s.Status == StatusActive }

// Event tells of the seat as it is.
func (s Seat) Event() *EventSeat {
	return &EventSeat{
		Operator: s.Operator, Name: s.Name, ConsensusKey: hex.EncodeToString(s.ConsensusKey), Power: s.Power, Status: s.Status,
		Peer: s.Peer,
	}
}

// Validate checks the seat without any state.
func (s Seat) Validate() error {
	if s.Operator == "" {
		return ErrInvalid.Wrap("seat has no operator")
	}
	if err := checkLabels(s.Name, s.Peer); err != nil {
		return err
	}
	if err := checkKey(s.ConsensusKey); err != nil {
		return err
	}
	if err := checkPower(s.Power); err != nil {
		return err
	}
	switch {
	case s.Status < StatusActive || s.Status > StatusCondemned:
		return ErrInvalid.Wrapf("seat of %s has status %d", s.Operator, s.Status)
	case s.SinceHeight < 0, s.JailedHeight < 0, s.JailedTime < 0, s.AbsentHeight < 0, s.AbsentTime < 0:
		return ErrInvalid.Wrapf("seat of %s has a height or time below zero", s.Operator)
	case !s.Active() && s.AbsentHeight != 0:
		return ErrInvalid.Wrapf("seat of %s is jailed and counted as absent", s.Operator)
	}
	return nil
}

// checkLabels takes a name, and a peer in visible characters without space: whoever dials it checks the rest.
func checkLabels(name, peer string) error {
	if name == "" {
		return ErrInvalid.Wrap("seat has no name")
	}
	if err := bound.Text("name", name, nameMax); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	if len(peer) > peerMax || strings.ContainsFunc(peer, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ErrInvalid.Wrapf("peer %q is not up to %d visible characters", peer, peerMax)
	}
	return nil
}

func checkKey(key []byte) error {
	if err := bound.Length("consensus key", key, ed25519.PublicKeySize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}

func checkPower(power uint64) error {
	if power < 1 || power > PowerMax {
		return ErrInvalid.Wrapf("power %d is not 1 to %d", power, PowerMax)
	}
	return nil
}
