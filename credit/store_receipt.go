package credit

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"ayni.example/internal/canon"
	"ayni.example/receipt"
)

// maxList bounds one page of receipts.
const maxList = 1000

// Role tells on which side of a receipt this machine stood.
type Role string

// The roles; a machine can have more than one with one store.
const (
	AsPayer Role = "payer"
	AsPayee Role = "payee"
	AsLocal Role = "local" // it answered itself
)

func (r Role) side() (side, error) {
	switch r {
	case AsPayer:
		return payerSide, nil
	case AsPayee:
		return payeeSide, nil
	case AsLocal:
		return localSide, nil
	default:
		return 0, fmt.Errorf("role %q is unknown", r)
	}
}

// Stored is a receipt with what this machine keeps beside it.
type Stored struct {
	Role     Role
	Sequence uint64 // place on the lane, from 0
	Head     receipt.Digest
	Receipt  receipt.Receipt
	Salt     *receipt.Salt
	Delivery *receipt.Delivery
}

const storedColumns = `side, seq, head, body, salt, delivery FROM receipts`

// Receipt finds a receipt by its id: the payer's view first, since it knows more, then the local one, then the payee's.
func (s *Store) Receipt(ctx context.Context, id receipt.ID) (Stored, error) {
	row := s.reader.QueryRowContext(ctx, `SELECT `+storedColumns+` WHERE id = ?
		ORDER BY CASE side WHEN 1 THEN 0 WHEN 3 THEN 1 ELSE 2 END LIMIT 1`, string(id))
	return scanStored(row)
}

// ReceiptByRequest finds the last receipt for a payer's request id.
func (s *Store) ReceiptByRequest(ctx context.Context, role Role, payer, request string) (Stored, error) {
	of, err := role.side()
	if err != nil {
		return Stored{}, err
	}
	return scanStored(s.reader.QueryRowContext(ctx, `SELECT `+storedColumns+` WHERE side = ? AND request = ? AND payer = ?
		ORDER BY finished_ms DESC, seq DESC LIMIT 1`, of, request, payer))
}

// Receipts lists the newest first, those finished before beforeMS (0: all), at most limit.
func (s *Store) Receipts(ctx context.Context, role Role, beforeMS int64, limit int) ([]Stored, error) {
	of, err := role.side()
	if err != nil {
		return nil, err
	}
	query, args := `SELECT `+storedColumns+` WHERE side = ?`, []any{of}
	if beforeMS > 0 {
		query, args = query+` AND finished_ms < ?`, append(args, beforeMS)
	}
	args = append(args, max(0, min(limit, maxList)))
	return selectStored(ctx, s.reader, query+` ORDER BY finished_ms DESC, channel, lane, seq DESC LIMIT ?`, args...)
}

// Chain lists the digests of the receipts after id on its lane up to head: what leads from a receipt to a claim. It is
// empty when id's own head is the claimed one, and receipt.ErrChain when head is not on the lane.
func (s *Store) Chain(ctx context.Context, id receipt.ID, head receipt.Digest) ([]receipt.Digest, error) {
	from, err := s.Receipt(ctx, id)
	if err != nil {
		return nil, err
	}
	of, err := from.Role.side()
	if err != nil || from.Head == head {
		return nil, err
	}
	rows, err := s.reader.QueryContext(ctx, `SELECT digest, head FROM receipts WHERE side = ? AND channel = ? AND lane = ?
		AND seq > ? ORDER BY seq`, of, from.Receipt.Channel[:], from.Receipt.Lane, from.Sequence)
	if err != nil {
		return nil, storeError(err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var chain []receipt.Digest
	for rows.Next() {
		var digest, at []byte
		if err := rows.Scan(&digest, &at); err != nil {
			return nil, storeError(err)
		}
		chain = append(chain, receipt.Digest(digest))
		if receipt.Digest(at) == head {
			return chain, nil
		}
	}
	if err := rows.Err(); err != nil {
		return nil, storeError(err)
	}
	return nil, fmt.Errorf("head %s does not follow receipt %s: %w", head, id, receipt.ErrChain)
}

// SaveDelivery keeps the gateway's note on a receipt that it paid for or that its own machine answered.
func (s *Store) SaveDelivery(ctx context.Context, id receipt.ID, d receipt.Delivery) error {
	body, err := canon.Marshal(d)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE receipts SET delivery = ? WHERE id = ? AND side <> ?`, body, string(id), payeeSide)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("receipt %s: %w", id, ErrNotFound))
		}
		return nil
	})
}

// PaidLanes tells of each lane on which this machine paid, how many receipts it has.
func (s *Store) PaidLanes(ctx context.Context, each func(channel receipt.Digest, lane uint32, receipts uint64)) error {
	lanes, err := s.lanes(ctx, payerSide, receipt.Digest{})
	for _, l := range lanes {
		each(l.channel, l.index, l.receipts)
	}
	return err
}

// PaidOn lists receipts of such a lane from a place on, at most limit.
func (s *Store) PaidOn(ctx context.Context, channel receipt.Digest, lane uint32, from uint64, limit int) ([]receipt.Receipt, error) {
	stored, err := following(ctx, s.reader, laneKey{side: payerSide, channel: channel, index: lane}, from, max(0, min(limit, maxList)))
	if err != nil {
		return nil, err
	}
	list := make([]receipt.Receipt, 0, len(stored))
	for _, r := range stored {
		list = append(list, r.Receipt)
	}
	return list, nil
}

// Place is where a receipt stands on its lane, from 0.
func (s *Store) Place(ctx context.Context, id receipt.ID) (uint64, error) {
	stored, err := s.Receipt(ctx, id)
	return stored.Sequence, err
}

// SaveProof keeps a proof bundle; kind is "registered" or "settled", and the subject is what it proves something of.
func (s *Store) SaveProof(ctx context.Context, subject, kind string, bundle json.RawMessage) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO proofs (id, kind, body) VALUES (?, ?, ?)`, subject, kind, []byte(bundle))
		return err
	})
}

// Proof is a kept proof bundle, or ErrNotFound.
func (s *Store) Proof(ctx context.Context, subject, kind string) (json.RawMessage, error) {
	var body []byte
	err := s.reader.QueryRowContext(ctx, `SELECT body FROM proofs WHERE id = ? AND kind = ?`, subject, kind).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%s proof of %s: %w", kind, subject, ErrNotFound)
	}
	return body, storeError(err)
}

// following lists receipts of a lane from a place on, at most limit.
func following(ctx context.Context, at querier, key laneKey, from uint64, limit int) ([]Stored, error) {
	return selectStored(ctx, at, `SELECT `+storedColumns+` WHERE side = ? AND channel = ? AND lane = ? AND seq >= ?
		ORDER BY seq LIMIT ?`, key.side, key.channel[:], key.index, from, limit)
}

// after finds the place that follows a head on a lane.
func (s *Store) after(ctx context.Context, key laneKey, head receipt.Digest) (uint64, error) {
	if head.IsZero() {
		return 0, nil
	}
	var seq int64
	err := s.reader.QueryRowContext(ctx, `SELECT seq FROM receipts WHERE side = ? AND channel = ? AND lane = ? AND head = ?`,
		key.side, key.channel[:], key.index, head[:]).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, ErrNotFound
	}
	return uint64(seq) + 1, storeError(err)
}

// saveReceipt appends a receipt to its lane; seq is its place.
func saveReceipt(ctx context.Context, tx *sql.Tx, of side, seq uint64, r receipt.Receipt, salt *receipt.Salt) error {
	body, err := r.Encode()
	if err != nil {
		return err
	}
	digest, err := r.Digest()
	if err != nil {
		return err
	}
	head := receipt.Head(r.Prev, digest)
	var opening []byte
	if salt != nil {
		opening = salt[:]
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO receipts (side, id, channel, lane, seq, digest, head, request, payer, total,
		finished_ms, body, salt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		of, string(r.ID), r.Channel[:], r.Lane, seq, digest[:], head[:], r.RequestID, r.Payer, r.Total.String(),
		r.FinishedMS, body, opening)
	if err != nil {
		return fmt.Errorf("store receipt %s: %w", r.ID, err)
	}
	return nil
}

func selectStored(ctx context.Context, from querier, query string, args ...any) ([]Stored, error) {
	rows, err := from.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, storeError(err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var all []Stored
	for rows.Next() {
		stored, err := scanStored(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, stored)
	}
	return all, storeError(rows.Err())
}

func scanStored(row scanner) (Stored, error) {
	var (
		stored                     Stored
		of                         side
		seq                        int64
		head, body, salt, delivery []byte
	)
	err := row.Scan(&of, &seq, &head, &body, &salt, &delivery)
	if errors.Is(err, sql.ErrNoRows) {
		return stored, ErrNotFound
	}
	if err != nil {
		return stored, storeError(err)
	}
	stored.Role = map[side]Role{payerSide: AsPayer, payeeSide: AsPayee, localSide: AsLocal}[of]
	stored.Sequence, stored.Head = uint64(seq), receipt.Digest(head)
	if stored.Receipt, err = receipt.Decode(body); err != nil {
		return stored, fmt.Errorf("%w: %w", ErrStoreOpen, err)
	}
	if salt != nil {
		opened := receipt.Salt(salt)
		stored.Salt = &opened
	}
	if delivery != nil {
		stored.Delivery = new(receipt.Delivery)
		if err := json.Unmarshal(delivery, stored.Delivery); err != nil {
			return stored, fmt.Errorf("%w: %w", ErrStoreOpen, err)
		}
	}
	return stored, nil
}
