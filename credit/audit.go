package credit

import (
	"context"
	"fmt"

	"cosmossdk.io/math"

	"ayni.example/receipt"
)

// LaneAudit is one lane in figures, recomputed from its receipts.
type LaneAudit struct {
	Role       Role           `json:"role"`
	Channel    receipt.Digest `json:"channel"`
	Lane       uint32         `json:"lane"`
	Peer       string         `json:"peer"`
	Nonce      uint64         `json:"nonce,string"`
	Cumulative math.Int       `json:"cumulative"` // promised by the last voucher
	Receipts   uint64         `json:"receipts"`   // how many
	Total      math.Int       `json:"total"`      // sum of the receipts
	Open       math.Int       `json:"open"`       // paid for the open job: cumulative - total
	Job        string         `json:"job"`        // request id of the open job
	Claimed    math.Int       `json:"claimed"`    // seen by the ledger, payee's side
	Head       receipt.Digest `json:"head"`
	Lost       bool           `json:"lost"`
	Closed     bool           `json:"closed"`
}

// Audit recomputes all lanes of a role from their receipts and returns an error where anything does not add up: a chain that
// breaks, a sum that differs, money that is neither in a receipt nor in an open job.
func (s *Store) Audit(ctx context.Context, role Role) ([]LaneAudit, error) {
	of, err := role.side()
	if err != nil {
		return nil, err
	}
	lanes, err := s.lanes(ctx, of, receipt.Digest{})
	if err != nil {
		return nil, err
	}
	var all []LaneAudit
	for _, l := range lanes {
		audit, err := s.auditLane(ctx, role, l)
		if err != nil {
			return nil, fmt.Errorf("%s lane %s: %w", role, l.laneKey, err)
		}
		all = append(all, audit)
	}
	return all, nil
}

func (s *Store) auditLane(ctx context.Context, role Role, l *lane) (LaneAudit, error) {
	replay := newLane(l.laneKey, l.peer, l.signer)
	for {
		page, err := s.following(ctx, l.laneKey, replay.receipts, maxList)
		if err != nil {
			return LaneAudit{}, err
		}
		for _, stored := range page {
			if err := stored.Receipt.Check(); err != nil {
				return LaneAudit{}, fmt.Errorf("receipt %s: %w", stored.Receipt.ID, err)
			}
			if err := replay.append(stored.Receipt); err != nil {
				return LaneAudit{}, err
			}
		}
		if len(page) < maxList {
			break
		}
	}
	if replay.receipts != l.receipts || !replay.base.Equal(l.base) || replay.tip != l.tip {
		return LaneAudit{}, fmt.Errorf("%w: %d receipts of %s stored, the lane says %d of %s", receipt.ErrChain,
			replay.receipts, replay.base, l.receipts, l.base)
	}
	open := l.paid()
	if open.IsNegative() || (open.IsPositive() && l.job == nil && l.state == laneOpen) {
		return LaneAudit{}, fmt.Errorf("%w: %s promised, %s in receipts and no open job", receipt.ErrAmount, l.cumulative(), l.base)
	}
	audit := LaneAudit{
		Role: role, Channel: l.channel, Lane: l.index, Peer: l.peer, Nonce: l.nonce(), Cumulative: l.cumulative(),
		Receipts: l.receipts, Total: l.base, Open: open, Claimed: l.claimed, Head: l.tip,
		Lost: l.state == laneLost, Closed: l.state == laneClosed,
	}
	if l.job != nil {
		audit.Job = l.job.request
	}
	return audit, nil
}
