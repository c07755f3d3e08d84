package credit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"cosmossdk.io/math"

	"ayni.example/receipt"
)

const laneColumns = `l.side, l.channel, l.lane, l.peer, l.signer, l.receipts, l.base, l.tip, l.voucher, l.claimed,
	l.claimed_nonce, l.state, j.request, j.body, j.pending
	FROM lanes l LEFT JOIN jobs j ON j.side = l.side AND j.channel = l.channel AND j.lane = l.lane`

// lane loads one lane with its open job, or ErrNotFound.
func (s *Store) lane(ctx context.Context, key laneKey) (*lane, error) {
	row := s.reader.QueryRowContext(ctx, `SELECT `+laneColumns+` WHERE l.side = ? AND l.channel = ? AND l.lane = ?`,
		key.side, key.channel[:], key.index)
	return scanLane(row)
}

// lanes loads the lanes of one channel, or of all channels when channel is empty.
func (s *Store) lanes(ctx context.Context, of side, channel receipt.Digest) ([]*lane, error) {
	return selectLanes(ctx, s.reader, of, channel)
}

// querier is a database or a transaction: what belongs together is read in one.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func selectLanes(ctx context.Context, from querier, of side, channel receipt.Digest) ([]*lane, error) {
	query, args := `SELECT `+laneColumns+` WHERE l.side = ?`, []any{of}
	if !channel.IsZero() {
		query, args = query+` AND l.channel = ?`, append(args, channel[:])
	}
	rows, err := from.QueryContext(ctx, query+` ORDER BY l.channel, l.lane`, args...)
	if err != nil {
		return nil, storeError(err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var all []*lane
	for rows.Next() {
		l, err := scanLane(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, storeError(rows.Err())
}

// saveLane writes a lane and its open job. What was claimed is saveClaimed's alone: the watchtower works beside the jobs.
func saveLane(ctx context.Context, tx *sql.Tx, l *lane) error {
	var voucher []byte
	if l.voucher != nil {
		var err error
		if voucher, err = l.voucher.Encode(); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO lanes (side, channel, lane, peer, signer, receipts, base, tip, cumulative,
		voucher, claimed, claimed_nonce, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '0', 0, ?)
		ON CONFLICT DO UPDATE SET receipts = excluded.receipts, base = excluded.base, tip = excluded.tip,
		cumulative = excluded.cumulative, voucher = excluded.voucher, state = excluded.state`,
		l.side, l.channel[:], l.index, l.peer, l.signer[:], l.receipts, l.base.String(), l.tip[:],
		l.cumulative().String(), voucher, l.state)
	if err != nil {
		return fmt.Errorf("store lane %s: %w", l.laneKey, err)
	}
	return saveJob(ctx, tx, l)
}

// saveClaimed notes what the ledger has seen of a lane.
func saveClaimed(ctx context.Context, tx *sql.Tx, key laneKey, cumulative math.Int, nonce uint64) error {
	_, err := tx.ExecContext(ctx, `UPDATE lanes SET claimed = ?, claimed_nonce = ? WHERE side = ? AND channel = ? AND lane = ?`,
		cumulative.String(), nonce, key.side, key.channel[:], key.index)
	return err
}

func saveJob(ctx context.Context, tx *sql.Tx, l *lane) error {
	if l.job == nil {
		_, err := tx.ExecContext(ctx, `DELETE FROM jobs WHERE side = ? AND channel = ? AND lane = ?`,
			l.side, l.channel[:], l.index)
		return err
	}
	var pending []byte
	if l.job.pending != nil {
		var err error
		if pending, err = l.job.pending.Encode(); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO jobs (side, channel, lane, request, body, pending)
		VALUES (?, ?, ?, ?, ?, ?)`, l.side, l.channel[:], l.index, l.job.request, l.job.body, pending)
	return err
}

type scanner interface{ Scan(...any) error }

func scanLane(row scanner) (*lane, error) {
	var (
		l                       lane
		channel, signer, tip    []byte
		voucher, body, pending  []byte
		base, claimed           string
		request                 sql.NullString
		receipts, claimedNonces int64
	)
	err := row.Scan(&l.side, &channel, &l.index, &l.peer, &signer, &receipts, &base, &tip, &voucher, &claimed,
		&claimedNonces, &l.state, &request, &body, &pending)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, storeError(err)
	}
	if len(channel) != len(l.channel) || len(signer) != len(l.signer) || len(tip) != len(l.tip) {
		return nil, fmt.Errorf("%w: a lane's id, key or head has the wrong length", ErrStoreOpen)
	}
	l.channel, l.signer, l.tip = receipt.Digest(channel), receipt.Key(signer), receipt.Digest(tip)
	l.receipts, l.claimedNonce = uint64(receipts), uint64(claimedNonces)
	if l.base, err = parseAmount(base); err != nil {
		return nil, err
	}
	if l.claimed, err = parseAmount(claimed); err != nil {
		return nil, err
	}
	if voucher != nil {
		v, err := receipt.DecodeVoucher(voucher)
		if err != nil {
			return nil, fmt.Errorf("%w: lane %s: %w", ErrStoreOpen, l.laneKey, err)
		}
		l.voucher = &v
	}
	if request.Valid {
		l.job = &openJob{request: request.String, body: body}
		if pending != nil {
			r, err := receipt.Decode(pending)
			if err != nil {
				return nil, fmt.Errorf("%w: lane %s: %w", ErrStoreOpen, l.laneKey, err)
			}
			l.job.pending = &r
		}
	}
	return &l, nil
}

func parseAmount(s string) (math.Int, error) {
	amount, ok := math.NewIntFromString(s)
	if !ok {
		return math.Int{}, fmt.Errorf("%w: %q is no amount", ErrStoreOpen, s)
	}
	return amount, nil
}
