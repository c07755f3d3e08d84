package topup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"cosmossdk.io/math"
)

// schema: amounts of credits are acredit as decimal text, sums are minor units, times Unix milliseconds.
const schema = `CREATE TABLE IF NOT EXISTS topup_years (year INTEGER PRIMARY KEY, orders INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS topup_orders (number TEXT PRIMARY KEY, key TEXT NOT NULL, minor INTEGER NOT NULL, currency TEXT NOT NULL,
	credits TEXT NOT NULL, by TEXT NOT NULL, state TEXT NOT NULL, created INTEGER NOT NULL, due INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS topup_orders_key ON topup_orders (key, created);
CREATE INDEX IF NOT EXISTS topup_orders_open ON topup_orders (key) WHERE state = 'open';
CREATE TABLE IF NOT EXISTS topup_payments (n INTEGER PRIMARY KEY, by TEXT NOT NULL, id TEXT NOT NULL, event TEXT NOT NULL, ord TEXT NOT NULL,
	minor INTEGER NOT NULL, currency TEXT NOT NULL, outcome TEXT NOT NULL, key TEXT NOT NULL, credits TEXT NOT NULL, before TEXT NOT NULL,
	after TEXT NOT NULL, at INTEGER NOT NULL, UNIQUE (by, id)) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS topup_events ON topup_payments (by, event) WHERE event != '';
CREATE INDEX IF NOT EXISTS topup_payments_key ON topup_payments (key, n);
CREATE INDEX IF NOT EXISTS topup_refused ON topup_payments (n) WHERE outcome != 'credited'`

const orderColumns = `number, key, minor, currency, credits, by, state, created, due`

// insertOrder gives an order the year's next number.
func insertOrder(ctx context.Context, tx *sql.Tx, o Order) (string, error) {
	var all, own int
	if err := tx.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE key = ?) FROM topup_orders WHERE state = 'open'`, o.Key).Scan(&all, &own); err != nil {
		return "", err
	}
	if all >= openMost || own >= openKeyMost {
		return "", fmt.Errorf("too many orders are open: %d of the key, %d in all", own, all)
	}
	var number int
	const next = `INSERT INTO topup_years (year, orders) VALUES (?, 1) ON CONFLICT (year) DO UPDATE SET orders = orders + 1 RETURNING orders`
	if err := tx.QueryRowContext(ctx, next, o.Created.Year()).Scan(&number); err != nil {
		return "", err
	}
	name := fmt.Sprintf("%d-%04d", o.Created.Year(), number)
	_, err := tx.ExecContext(ctx, `INSERT INTO topup_orders (`+orderColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		name, o.Key, o.Sum.Minor, o.Sum.Currency, o.Credits.String(), o.By, o.State, o.Created.UnixMilli(), o.Due.UnixMilli())
	return name, err
}

func findOrder(ctx context.Context, tx *sql.Tx, number string) (Order, error) {
	o, err := scanOrder(tx.QueryRowContext(ctx, `SELECT `+orderColumns+` FROM topup_orders WHERE number = ?`, number).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return o, fmt.Errorf("%w: %.40q", ErrNoOrder, number)
	}
	return o, err
}

func setState(ctx context.Context, tx *sql.Tx, number, state string) error {
	_, err := tx.ExecContext(ctx, `UPDATE topup_orders SET state = ? WHERE number = ?`, state, number)
	return err
}

func scanOrder(scan func(...any) error) (Order, error) {
	var o Order
	var created, due int64
	var credits string
	if err := scan(&o.Number, &o.Key, &o.Sum.Minor, &o.Sum.Currency, &credits, &o.By, &o.State, &created, &due); err != nil {
		return o, err
	}
	o.Created, o.Due = time.UnixMilli(created).UTC(), time.UnixMilli(due).UTC()
	return o, amounts([]string{credits}, &o.Credits)
}

const paymentColumns = `n, by, id, ord, minor, currency, outcome, key, credits, before, after, at`

// findPayment finds what was taken before under the payment's id; its event must not have named another.
func findPayment(ctx context.Context, tx *sql.Tx, p Payment) (*Entry, error) {
	e, err := scanEntry(tx.QueryRowContext(ctx, `SELECT `+paymentColumns+` FROM topup_payments
		WHERE by = ? AND (id = ? OR event = ? AND event != '') ORDER BY id = ? DESC LIMIT 1`, p.By, p.ID, p.Event, p.ID).Scan)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	case e.Payment != p.ID:
		return nil, fmt.Errorf("event %.40q told of another payment before", p.Event)
	}
	return &e, nil
}

func insertPayment(ctx context.Context, tx *sql.Tx, e *Entry, event string) error {
	if e.Outcome != Credited {
		var refused int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM topup_payments WHERE outcome != 'credited'`).Scan(&refused); err != nil {
			return err
		}
		if refused >= refusedMost {
			return fmt.Errorf("there are %d refused payments already", refused)
		}
	}
	return tx.QueryRowContext(ctx, `INSERT INTO topup_payments (by, id, event, ord, minor, currency, outcome, key, credits, before, after, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING n`, e.By, e.Payment, event, e.Order, e.Sum.Minor, e.Sum.Currency, e.Outcome, e.Key,
		e.Credits.String(), e.Before.String(), e.After.String(), e.Time.UnixMilli()).Scan(&e.Number)
}

func scanEntry(scan func(...any) error) (Entry, error) {
	var e Entry
	var at int64
	var credits, before, after string
	err := scan(&e.Number, &e.By, &e.Payment, &e.Order, &e.Sum.Minor, &e.Sum.Currency, &e.Outcome, &e.Key, &credits, &before, &after, &at)
	if err != nil {
		return e, err
	}
	e.Time = time.UnixMilli(at).UTC()
	return e, amounts([]string{credits, before, after}, &e.Credits, &e.Before, &e.After)
}

func amounts(texts []string, into ...*math.Int) error {
	for i, text := range texts {
		amount, ok := math.NewIntFromString(text)
		if !ok {
			return fmt.Errorf("%q is no amount", text)
		}
		*into[i] = amount
	}
	return nil
}

// Orders lists orders, newest first: of one key, or of all where key is "".
func (t *Till) Orders(ctx context.Context, key string, most int) ([]Order, error) {
	return list(ctx, t.db, scanOrder, `SELECT `+orderColumns+` FROM topup_orders WHERE ? = '' OR key = ? ORDER BY created DESC, number DESC LIMIT ?`, key, key, most)
}

// Entries lists what raised a key's budget, newest first; of all keys where key is "".
func (t *Till) Entries(ctx context.Context, key string, most int) ([]Entry, error) {
	return list(ctx, t.db, scanEntry, `SELECT `+paymentColumns+` FROM topup_payments
		WHERE outcome = 'credited' AND (? = '' OR key = ?) ORDER BY n DESC LIMIT ?`, key, key, most)
}

// Refused lists payments that no order fitted, newest first.
func (t *Till) Refused(ctx context.Context, most int) ([]Entry, error) {
	return list(ctx, t.db, scanEntry, `SELECT `+paymentColumns+` FROM topup_payments WHERE outcome != 'credited' ORDER BY n DESC LIMIT ?`, most)
}

func list[T any](ctx context.Context, db *sql.DB, scan func(func(...any) error) (T, error), query string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list top-ups: %w", err)
	}
	defer func() { _ = rows.Close() }()
	all := []T{}
	for rows.Next() {
		one, err := scan(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("list top-ups: %w", err)
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
