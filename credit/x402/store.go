package x402

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"time"

	"cosmossdk.io/math"
)

// Bounds of what is remembered of payments.
const (
	keepFor   = 24 * time.Hour
	rowsMax   = 100_000
	answerMax = 1 << 20
)

// How far a payment got.
const (
	stateIntent   = iota // the ledger may have it
	stateTaken           // the money is moved or held
	stateAnswered        // the answer is given; a hold is to be settled
	stateSettled
)

const schema = `CREATE TABLE IF NOT EXISTS x402_purchases (
	payer TEXT NOT NULL, nonce BLOB NOT NULL, identifier TEXT NOT NULL, binding BLOB NOT NULL, digest BLOB NOT NULL, signer BLOB NOT NULL,
	scheme TEXT NOT NULL, amount TEXT NOT NULL, state INTEGER NOT NULL, paid TEXT NOT NULL DEFAULT '', tx TEXT NOT NULL DEFAULT '',
	status INTEGER NOT NULL DEFAULT 0, content TEXT NOT NULL DEFAULT '', receipt TEXT NOT NULL DEFAULT '', answer BLOB,
	path TEXT NOT NULL, ends INTEGER NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (payer, nonce)) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS x402_purchase_identifiers ON x402_purchases (payer, identifier) WHERE identifier != '';
CREATE INDEX IF NOT EXISTS x402_purchase_created ON x402_purchases (created);
CREATE INDEX IF NOT EXISTS x402_purchase_open ON x402_purchases (state) WHERE state = 2`

// record is a payment's first use.
type record struct {
	payer      string // bech32
	nonce      []byte
	identifier string
	binding    []byte // digest of method, URL and body
	digest     []byte // that was signed
	signer     []byte // who signed it: the payer, or an agent's session key
	scheme     string
	amount     math.Int
	state      int
	paid       string
	tx         string
	status     int
	content    string
	receipt    string
	answer     []byte // nil when it was too long
	path       string
	ends       int64
	created    time.Time
}

// failed tells that the money is here and the answer was a refusal, so that the payment is good for another try.
func (r *record) failed() bool { return r.state == stateTaken && r.status >= http.StatusBadRequest }

// store keeps the records of a day in SQLite.
type store struct{ db *sql.DB }

func openStore(ctx context.Context, db *sql.DB) (*store, error) {
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, fmt.Errorf("open payments: %w", err)
	}
	return &store{db}, nil
}

const columns = `payer, nonce, identifier, binding, digest, signer, scheme, amount, state, paid, tx, status, content, receipt, answer, path, ends, created`

// find gives the record of a payment or, failing that, of a purchase; nil when there is none.
func (s *store) find(ctx context.Context, payer string, nonce []byte, identifier string) (*record, error) {
	r, err := scan(s.db.QueryRowContext(ctx, `SELECT `+columns+` FROM x402_purchases WHERE payer = ? AND nonce = ?`, payer, nonce).Scan)
	if r == nil && err == nil && identifier != "" {
		r, err = scan(s.db.QueryRowContext(ctx, `SELECT `+columns+` FROM x402_purchases WHERE payer = ? AND identifier = ?`,
			payer, identifier).Scan)
	}
	return r, err
}

func scan(into func(...any) error) (*record, error) {
	var r record
	var amountText string
	var created int64
	err := into(&r.payer, &r.nonce, &r.identifier, &r.binding, &r.digest, &r.signer, &r.scheme, &amountText, &r.state, &r.paid, &r.tx, &r.status,
		&r.content, &r.receipt, &r.answer, &r.path, &r.ends, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read payment: %w", err)
	}
	r.created = time.UnixMilli(created).UTC()
	r.amount, err = amount(amountText)
	return &r, err
}

// insert stores a new record after it has forgotten old ones; false when there are too many.
func (s *store) insert(ctx context.Context, r *record) (bool, error) {
	if err := s.forget(ctx, r.created); err != nil {
		return false, err
	}
	result, err := s.db.ExecContext(ctx, `INSERT INTO x402_purchases (payer, nonce, identifier, binding, digest, signer, scheme, amount, state, path, ends, created)
		SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM x402_purchases) < ?`,
		r.payer, r.nonce, r.identifier, r.binding, r.digest, r.signer, r.scheme, r.amount.String(), r.state, r.path, r.ends, r.created.UnixMilli(), rowsMax)
	if err != nil {
		return false, fmt.Errorf("store payment: %w", err)
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// forget removes what is older than a day, some at a time; what is still to be settled stays.
func (s *store) forget(ctx context.Context, now time.Time) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM x402_purchases WHERE (payer, nonce) IN
		(SELECT payer, nonce FROM x402_purchases WHERE created < ? AND state != ? ORDER BY created LIMIT 100)`,
		now.Add(-keepFor).UnixMilli(), stateAnswered)
	if err != nil {
		return fmt.Errorf("forget payments: %w", err)
	}
	return nil
}

// update writes how far a payment got.
func (s *store) update(ctx context.Context, r *record) error {
	_, err := s.db.ExecContext(ctx, `UPDATE x402_purchases SET binding = ?, state = ?, paid = ?, tx = ?, status = ?, content = ?, receipt = ?,
		answer = ? WHERE payer = ? AND nonce = ?`,
		r.binding, r.state, r.paid, r.tx, r.status, r.content, r.receipt, r.answer, r.payer, r.nonce)
	if err != nil {
		return fmt.Errorf("store payment: %w", err)
	}
	return nil
}

func (s *store) remove(ctx context.Context, r *record) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM x402_purchases WHERE payer = ? AND nonce = ?`, r.payer, r.nonce)
	if err != nil {
		return fmt.Errorf("drop payment: %w", err)
	}
	return nil
}

// list gives records of a state, or of all where it is negative, newest first.
func (s *store) list(ctx context.Context, state, most int) ([]*record, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+columns+` FROM x402_purchases WHERE state = ? OR ? < 0 ORDER BY created DESC LIMIT ?`, state, state, most)
	if err != nil {
		return nil, fmt.Errorf("list payments: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var all []*record
	for rows.Next() {
		r, err := scan(rows.Scan)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}
