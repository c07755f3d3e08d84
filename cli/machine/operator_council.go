package machine

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"ayni.example/web/operator"
	"ayni.example/x/council"
)

// Council implements operator.Ledger.
func (m *Machine) Council(ctx context.Context) (operator.Council, error) {
	answer := operator.Council{Seats: []operator.Seat{}, Proposals: []operator.Proposal{}}
	status, err := m.node.RPC().Status(ctx)
	if err != nil {
		return answer, fmt.Errorf("ask the ledger: %w", err)
	}
	seats, err := m.ledger.Seats(ctx)
	if err != nil {
		return answer, err
	}
	for _, s := range seats {
		line := operator.Seat{
			Name: s.Name, Operator: s.Operator, Key: hex.EncodeToString(s.ConsensusKey), Power: s.Power, Status: seatWord(s.Status),
			Self: string(s.ConsensusKey) == string(status.ValidatorInfo.PubKey.Bytes()),
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
			answer.Proposals = append(answer.Proposals, proposalLine(p))
		}
	}
	if beacon, err := m.ledger.Beacon(ctx); err == nil { // an older release of the ledger has none
		answer.Beacon = &operator.Beacon{Round: beacon.Last, Open: beacon.Open, Keys: beacon.Keys}
	}
	return answer, nil
}

func proposalLine(p council.Proposal) operator.Proposal {
	line := operator.Proposal{ID: p.Id, Proposer: p.Proposer, Summary: p.Summary, Messages: []string{}, Lapses: time.Unix(p.LapsesTime, 0).UTC()}
	for _, message := range p.Messages {
		line.Messages = append(line.Messages, strings.TrimPrefix(message.TypeUrl, "/"))
	}
	return line
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
