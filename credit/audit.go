package credit

import (
	"context"
	"database/sql"
	"fmt"

	"cosmossdk.io/math"

	"ayni.example/receipt"
)

// LaneAudit is one lane in figures.
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

// Lanes lists the lanes of a role as the store has them; Audit also recomputes them.
func (s *Store) Lanes(ctx context.Context, role Role) ([]LaneAudit, error) {
	of, err := role.side()
	if err != nil {
		return nil, err
	}
	lanes, err := s.lanes(ctx, of, receipt.Digest{})
	if err != nil {
		return nil, err
	}
	all := make([]LaneAudit, 0, len(lanes))
	for _, l := range lanes {
		all = append(all, figures(role, l))
	}
	return all, nil
}

// Audit recomputes all lanes of a role from their receipts, as of one moment, and returns an error where anything does not
// add up: a chain that breaks, a sum that differs, money that is neither in a receipt nor in an open job. It reads and
// verifies every receipt.
func (s *Store) Audit(ctx context.Context, role Role) ([]LaneAudit, error) {
	of, err := role.side()
	if err != nil {
		return nil, err
	}
	tx, err := s.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, storeError(err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	lanes, err := selectLanes(ctx, tx, of, receipt.Digest{})
	if err != nil {
		return nil, err
	}
	all := make([]LaneAudit, 0, len(lanes))
	for _, l := range lanes {
		if err := recompute(ctx, tx, l); err != nil {
			return nil, fmt.Errorf("%s lane %s: %w", role, l.laneKey, err)
		}
		all = append(all, figures(role, l))
	}
	return all, nil
}

// recompute replays a lane's receipts and compares.
func recompute(ctx context.Context, from querier, l *lane) error {
	replay := newLane(l.laneKey, l.peer, l.signer)
	for {
		page, err := following(ctx, from, l.laneKey, replay.receipts, maxList)
		if err != nil {
			return err
		}
		for _, stored := range page {
			if err := stored.Receipt.Check(); err != nil {
				return fmt.Errorf("receipt %s: %w", stored.Receipt.ID, err)
			}
			if err := replay.append(stored.Receipt); err != nil {
				return err
			}
		}
		if len(page) < maxList {
			break
		}
	}
	if replay.receipts != l.receipts || !replay.base.Equal(l.base) || replay.tip != l.tip {
		return fmt.Errorf("%w: %d receipts of %s stored, the lane says %d of %s", receipt.ErrChain,
			replay.receipts, replay.base, l.receipts, l.base)
	}
	if open := l.paid(); open.IsNegative() || (open.IsPositive() && l.job == nil && l.state == laneOpen) {
		return fmt.Errorf("%w: %s promised, %s in receipts and no open job", receipt.ErrAmount, l.cumulative(), l.base)
	}
	return nil
}

func figures(role Role, l *lane) LaneAudit {
	f := LaneAudit{
		Role: role, Channel: l.channel, Lane: l.index, Peer: l.peer, Nonce: l.nonce(), Cumulative: l.cumulative(),
		Receipts: l.receipts, Total: l.base, Open: l.paid(), Claimed: l.claimed, Head: l.tip,
		Lost: l.state == laneLost, Closed: l.state == laneClosed,
	}
	if l.job != nil {
		f.Job = l.job.request
	}
	return f
}
