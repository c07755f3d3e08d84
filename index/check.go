package index

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"cosmossdk.io/math"

	"ayni.example/client"
)

// Report is what a check found.
type Report struct {
	From   int64  `json:"from"`
	To     int64  `json:"to"`
	Blocks int64  `json:"blocks"`
	Rows   int64  `json:"rows"`
	Digest string `json:"digest"` // over all rows of these blocks, the same in every index of the network
	// Derived tells whether the blocks were derived from the ledger again, and Different the first of those that differ.
	Derived   int64   `json:"derived"`
	Different []int64 `json:"different,omitempty"`
	// Days is how many sums by day, reason and account were added up again, WrongDays how many differ.
	Days      int64 `json:"days"`
	WrongDays int64 `json:"wrong_days"`
}

// OK tells that nothing differs.
func (r Report) OK() bool { return len(r.Different) == 0 && r.WrongDays == 0 }

const (
	// checkBlocks is how many blocks are read from the tables at a time, differentMax how many differences are named.
	checkBlocks, differentMax = 64, 16
)

// Check compares the index with what the ledger says: every block between two heights, 0 for the first and the last, is derived
// again as far as the ledger still holds it, and all sums by day are added up again.
func (x *Index) Check(ctx context.Context, from, to int64) (Report, error) {
	tx, err := x.db.snapshot(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("check the index: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // it only read
	at, err := x.db.head(ctx, tx)
	if err != nil {
		return Report{}, fmt.Errorf("check the index: %w", err)
	}
	if to == 0 || to > at.height {
		to = at.height
	}
	r := Report{From: max(from, at.first), To: to}
	if at.height > 0 && r.From > to {
		return r, fmt.Errorf("%w: it has blocks %d to %d", ErrQuery, at.first, at.height)
	}
	gaps, err := x.db.gaps(ctx, tx)
	if err != nil {
		return r, fmt.Errorf("check the index: %w", err)
	}
	sum := sha256.New()
	for low := r.From; low <= to && low > 0; low += checkBlocks {
		blocks, err := x.db.read(ctx, tx, low, min(to, low+checkBlocks-1))
		if err != nil {
			return r, fmt.Errorf("check the index from block %d: %w", low, err)
		}
		r.missing(blocks, gaps, low, min(to, low+checkBlocks-1))
		for _, one := range blocks {
			digest := one.digest()
			sum.Write(digest[:])
			r.Blocks++
			r.Rows += int64(one.count())
			if err := x.compare(ctx, one.height(), digest, &r); err != nil {
				return r, err
			}
		}
	}
	r.Digest = hex.EncodeToString(sum.Sum(nil))
	return r, x.db.checkDays(ctx, tx, &r)
}

func (x *Index) compare(ctx context.Context, height int64, digest [sha256.Size]byte, r *Report) error {
	block, err := x.config.Ledger.Executed(ctx, height)
	if errors.Is(err, client.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("derive block %d: %w", height, err)
	}
	r.Derived++
	if x.derive.derive(block).digest() != digest {
		r.differs(height)
	}
	return nil
}

// missing notes the blocks between two heights that the index lost: it has neither their rows nor a gap in their place.
func (r *Report) missing(blocks []rows, gaps []Gap, from, to int64) {
	for height := from; height <= to; height++ {
		if len(blocks) > 0 && blocks[0].height() == height {
			blocks = blocks[1:]
			continue
		}
		if !slices.ContainsFunc(gaps, func(g Gap) bool { return g.First <= height && height <= g.Last }) {
			r.differs(height)
		}
	}
}

func (r *Report) differs(height int64) {
	if len(r.Different) < differentMax {
		r.Different = append(r.Different, height)
	}
}

// snapshot is a transaction that sees the index as it is now, whatever is written meanwhile.
func (d *database) snapshot(ctx context.Context) (*sql.Tx, error) {
	if d.postgres {
		return d.reader.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	}
	return d.reader.BeginTx(ctx, nil) // SQLite's readers see one state by themselves
}

// read gives the rows of the blocks between two heights, in order.
func (d *database) read(ctx context.Context, q querier, from, to int64) ([]rows, error) {
	byHeight := make(map[int64]rows, to-from+1)
	for _, t := range tables() {
		found, err := q.QueryContext(ctx, d.bind(`SELECT `+t.columns+` FROM `+t.name+` WHERE height BETWEEN ? AND ? ORDER BY height,`+t.key), from, to)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", t.name, err)
		}
		for found.Next() {
			targets := t.targets()
			if err := found.Scan(targets...); err != nil {
				return nil, errors.Join(fmt.Errorf("read %s: %w", t.name, err), found.Close())
			}
			one := scanned(targets)
			height := one[0].(int64)
			if byHeight[height] == nil {
				byHeight[height] = rows{}
			}
			byHeight[height][t.name] = append(byHeight[height][t.name], one)
		}
		if err := errors.Join(found.Err(), found.Close()); err != nil {
			return nil, fmt.Errorf("read %s: %w", t.name, err)
		}
	}
	var list []rows
	for height := from; height <= to; height++ {
		one, known := byHeight[height]
		if known && len(one["blocks"]) != 1 {
			return nil, fmt.Errorf("block %d has rows and is no block", height)
		}
		if known {
			list = append(list, one)
		}
	}
	return list, nil
}

// span is a range of days, and the height up to which their blocks count.
type span struct{ from, to, height int64 }

// forever is greater than every day and height.
const forever = 1 << 62

// resum adds up the movements of some days, one line of the table daily after another.
func (d *database) resum(ctx context.Context, q querier, days span, each func(dayKey, sums) error) error {
	found, err := q.QueryContext(ctx, d.bind(`SELECT b.day, m.reason, m.account, m.amount FROM movements m JOIN blocks b ON b.height = m.height
		WHERE b.day BETWEEN ? AND ? AND b.height <= ? ORDER BY b.day, m.reason, m.account`), days.from, days.to, days.height)
	if err != nil {
		return fmt.Errorf("add up movements: %w", err)
	}
	defer found.Close() //nolint:errcheck // Err tells
	var key dayKey
	total := sums{}
	for found.Next() {
		var next dayKey
		var amount string
		if err := found.Scan(&next.day, &next.reason, &next.account, &amount); err != nil {
			return fmt.Errorf("add up movements: %w", err)
		}
		if next != key || total.movements == 0 {
			if err := finish(key, total, each); err != nil {
				return err
			}
			key, total = next, sums{received: math.ZeroInt(), spent: math.ZeroInt()}
		}
		if err := total.add(amount); err != nil {
			return fmt.Errorf("add up movements: %w", err)
		}
	}
	if err := found.Err(); err != nil {
		return fmt.Errorf("add up movements: %w", err)
	}
	return finish(key, total, each)
}

func finish(key dayKey, total sums, each func(dayKey, sums) error) error {
	if total.movements == 0 {
		return nil
	}
	return each(key, total)
}

// checkDays compares the table daily with the movements, a day at a time.
func (d *database) checkDays(ctx context.Context, tx *sql.Tx, r *Report) error {
	for last := int64(-forever); ; {
		var next sql.NullInt64
		err := tx.QueryRowContext(ctx, d.bind(`SELECT MIN(day) FROM (SELECT MIN(day) AS day FROM blocks WHERE day > ?
			UNION ALL SELECT MIN(day) AS day FROM daily WHERE day > ?) AS days`), last, last).Scan(&next)
		if err != nil {
			return fmt.Errorf("read days: %w", err)
		}
		if !next.Valid {
			return nil
		}
		if err := d.checkDay(ctx, tx, next.Int64, r); err != nil {
			return err
		}
		last = next.Int64
	}
}

func (d *database) checkDay(ctx context.Context, tx *sql.Tx, day int64, r *Report) error {
	kept := map[dayKey][sha256.Size]byte{}
	found, err := tx.QueryContext(ctx, d.bind(`SELECT reason, account, movements, received, spent FROM daily WHERE day = ?`), day)
	if err != nil {
		return fmt.Errorf("read sums by day: %w", err)
	}
	for found.Next() {
		key := dayKey{day: day}
		var movements int64
		var received, spent string
		if err := found.Scan(&key.reason, &key.account, &movements, &received, &spent); err != nil {
			return errors.Join(fmt.Errorf("read sums by day: %w", err), found.Close())
		}
		kept[key] = sumDigest(movements, received, spent)
	}
	if err := errors.Join(found.Err(), found.Close()); err != nil {
		return fmt.Errorf("read sums by day: %w", err)
	}
	err = d.resum(ctx, tx, span{day, day, forever}, func(key dayKey, s sums) error {
		r.Days++
		if kept[key] != sumDigest(s.movements, s.received.String(), s.spent.String()) {
			r.WrongDays++
		}
		delete(kept, key)
		return nil
	})
	r.WrongDays += int64(len(kept))
	return err
}

func sumDigest(movements int64, received, spent string) [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%d %s %s", movements, received, spent))
}
