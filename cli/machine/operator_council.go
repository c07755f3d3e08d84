package machine

import (
	"bytes"
	"context"
	"encoding/hex"
	"time"

	"ayni.example/web/operator"
	"ayni.example/x/council"
)

// Council implements operator.Ledger.
func (m *Machine) Council(ctx context.Context) (operator.Council, error) {
	answer := operator.Council{Seats: []operator.Seat{}, Proposals: []operator.Proposal{}}
	own := m.node.Signing().Key
	seats, err := m.ledger.Seats(ctx)
	if err != nil {
		return answer, err
	}
	for _, s := range seats {
		line := operator.Seat{
			Name: s.Name, Operator: s.Operator, Key: hex.EncodeToString(s.ConsensusKey), Power: s.Power, Status: seatWord(s.Status),
			Self: bytes.Equal(s.ConsensusKey, own), Peer: s.Peer,
		}
		if s.AbsentTime != 0 {
			line.AbsentSince = time.Unix(s.AbsentTime, 0).UTC()
		}
		answer.Seats = append(answer.Seats, line)
	}
	proposals, err := m.ledger.Proposals(ctx)
	if err != nil {
		return answer, err
	}
	for _, p := range proposals {
		if p.Status == council.ProposalOpen {
			line, err := m.proposal(ctx, p.Id)
			if err != nil {
				return answer, err
			}
			answer.Proposals = append(answer.Proposals, line)
		}
	}
	if beacon, err := m.ledger.Beacon(ctx); err == nil { // an older release of the ledger has none
		answer.Beacon = &operator.Beacon{Round: beacon.Last, Open: beacon.Open, Keys: beacon.Keys}
	}
	return answer, nil
}

func seatWord(s council.Status) string {
	switch s {
	case council.StatusActive:
		return "active"
	case council.StatusAbsent:
		return "absent"
	case council.StatusCondemned:
		return "condemned"
	default:
		return "unknown"
	}
}
