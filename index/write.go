package index

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cosmossdk.io/math"
)

// insertRows is how many rows one statement carries; SQLite takes 32,766 parameters.
const insertRows = 64

// errMoved is a head that is not where this process left it.
var errMoved = errors.New("somebody else wrote to the index")

// head is how far the index is.
type head struct {
	chain         string
	first, height int64
	hash          []byte
}

// batch is what one transaction writes.
type batch struct {
	blocks []rows
	size   int // rows
}

func (b *batch) add(r rows) {
	b.blocks = append(b.blocks, r)
	b.size += r.count()
}

// behind is the head once the batch is written behind at.
func (b *batch) behind(at head) head {
	if len(b.blocks) == 0 {
		return at
	}
	if at.first == 0 {
		at.first = b.blocks[0].height()
	}
	last := b.blocks[len(b.blocks)-1]
	at.height, at.hash = last.height(), last["blocks"][0][3].([]byte)
	return at
}

// head reads how far the index is; first is zero when there is nothing.
func (d *database) head(ctx context.Context, q querier) (head, error) {
	var h head
	err := q.QueryRowContext(ctx, `SELECT chain_id, first, height, hash FROM head`).Scan(&h.chain, &h.first, &h.height, &h.hash)
	if errors.Is(err, sql.ErrNoRows) {
		return head{}, nil
	}
	return h, err
}

// querier is a connection, a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// write adds a batch behind head in one transaction and gives the new head.
func (d *database) write(ctx context.Context, c *sql.Conn, at head, b batch) (head, error) {
	next := b.behind(at)
	err := d.transaction(ctx, c, func(tx *sql.Tx) error {
		if err := d.gap(ctx, tx, at, b); err != nil {
			return err
		}
		for _, t := range tables() {
			var all []row
			for _, block := range b.blocks {
				all = append(all, block[t.name]...)
			}
			if err := d.insert(ctx, tx, t, all); err != nil {
				return fmt.Errorf("write %s: %w", t.name, err)
			}
		}
		if err := d.sum(ctx, tx, b); err != nil {
			return fmt.Errorf("write daily: %w", err)
		}
		return d.moveHead(ctx, tx, at, next)
	})
	if err != nil {
		return at, err
	}
	return next, nil
}

func (d *database) transaction(ctx context.Context, c *sql.Conn, do func(*sql.Tx) error) error {
	tx, err := c.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	return tx.Commit()
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// gap notes the blocks between the head and the batch, which the ledger no longer had.
func (d *database) gap(ctx context.Context, tx *sql.Tx, at head, b batch) error {
	from := b.blocks[0].height()
	if at.first == 0 || from == at.height+1 {
		return nil
	}
	_, err := tx.ExecContext(ctx, d.bind(`INSERT INTO gaps (first, last) VALUES (?, ?)`), at.height+1, from-1)
	return err
}

// moveHead sets the head if it is where this process left it; with everything else in one transaction, a block is written once.
func (d *database) moveHead(ctx context.Context, tx *sql.Tx, from, to head) error {
	if from.first == 0 {
		_, err := tx.ExecContext(ctx, d.bind(`INSERT INTO head (one, chain_id, first, height, hash) VALUES (1, ?, ?, ?, ?)`),
			to.chain, to.first, to.height, to.hash)
		return err
	}
	result, err := tx.ExecContext(ctx, d.bind(`UPDATE head SET height = ?, hash = ? WHERE chain_id = ? AND height = ?`),
		to.height, to.hash, from.chain, from.height)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(errMoved, err)
	}
	return nil
}

// insert writes rows, many with each statement.
func (d *database) insert(ctx context.Context, tx *sql.Tx, t table, list []row) error {
	for chunk := range slices.Chunk(list, insertRows) {
		one := "(" + strings.TrimSuffix(strings.Repeat("?,", t.width()), ",") + "),"
		query := "INSERT INTO " + t.name + " (" + t.columns + ") VALUES " + strings.TrimSuffix(strings.Repeat(one, len(chunk)), ",")
		args := make([]any, 0, len(chunk)*t.width())
		for _, r := range chunk {
			args = append(args, r...)
		}
		if _, err := tx.ExecContext(ctx, d.bind(query), args...); err != nil {
			return err
		}
	}
	return nil
}

// dayKey is a line of the table daily.
type dayKey struct {
	day             int64
	reason, account string
}

func (a dayKey) compare(b dayKey) int {
	if a.day != b.day {
		return int(a.day - b.day)
	}
	if c := strings.Compare(a.reason, b.reason); c != 0 {
		return c
	}
	return strings.Compare(a.account, b.account)
}

// sums are what moved.
type sums struct {
	movements       int64
	received, spent math.Int
}

func (s *sums) add(amount string) error {
	value, ok := math.NewIntFromString(strings.TrimPrefix(amount, "-"))
	if !ok {
		return fmt.Errorf("amount %q", amount)
	}
	s.movements++
	if strings.HasPrefix(amount, "-") {
		s.spent = s.spent.Add(value)
	} else {
		s.received = s.received.Add(value)
	}
	return nil
}

// daySums adds up a batch's movements.
func daySums(b batch) (map[dayKey]*sums, error) {
	all := map[dayKey]*sums{}
	for _, block := range b.blocks {
		for _, m := range block["movements"] {
			key := dayKey{day: block.day(), reason: m[6].(string), account: m[movementAccount].(string)}
			if all[key] == nil {
				all[key] = &sums{received: math.ZeroInt(), spent: math.ZeroInt()}
			}
			if err := all[key].add(m[4].(string)); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// sum adds a batch's movements to the table daily. Amounts are greater than either database's integers, so the adding is done here.
func (d *database) sum(ctx context.Context, tx *sql.Tx, b batch) error {
	all, err := daySums(b)
	if err != nil || len(all) == 0 {
		return err
	}
	find, err := tx.PrepareContext(ctx, d.bind(`SELECT movements, received, spent FROM daily WHERE day = ? AND reason = ? AND account = ?`))
	if err != nil {
		return err
	}
	defer find.Close() //nolint:errcheck // ends with the transaction
	store, err := tx.PrepareContext(ctx, d.bind(`INSERT INTO daily (day, reason, account, movements, received, spent) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (day, reason, account) DO UPDATE SET movements = excluded.movements, received = excluded.received, spent = excluded.spent`))
	if err != nil {
		return err
	}
	defer store.Close() //nolint:errcheck // the same
	for _, key := range slices.SortedFunc(maps.Keys(all), dayKey.compare) {
		s := all[key]
		var movements int64
		var received, spent string
		err := find.QueryRowContext(ctx, key.day, key.reason, key.account).Scan(&movements, &received, &spent)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			movements, received, spent = 0, "0", "0"
		case err != nil:
			return err
		}
		before, ok := math.NewIntFromString(received)
		out, fine := math.NewIntFromString(spent)
		if !ok || !fine {
			return fmt.Errorf("sums of %s on day %d: %q, %q", key.account, key.day, received, spent)
		}
		if _, err := store.ExecContext(ctx, key.day, key.reason, key.account, movements+s.movements,
			before.Add(s.received).String(), out.Add(s.spent).String()); err != nil {
			return err
		}
	}
	return nil
}
