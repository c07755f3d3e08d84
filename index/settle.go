package index

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"ayni.example/client"
)

// What keeps an index from going on.
var (
	// ErrForeign is an index of another network.
	ErrForeign = errors.New("the index is of another network; give this home a database of its own, or begin anew with `ayni index rebuild --force`")
	// ErrAhead is an index that knows more blocks than the ledger, whose home was perhaps restored from a backup.
	ErrAhead = errors.New("the index is ahead of the ledger; it waits until the ledger has caught up")
	// ErrOther is an index with another history than the ledger, of which no common block is left.
	ErrOther = errors.New("the index and the ledger tell different histories; begin anew with `ayni index rebuild --force`")
	// ErrHistory is a rebuild that would lose what the ledger no longer holds.
	ErrHistory = errors.New("the ledger no longer holds all blocks that the index knows; --force gives the older ones up")
)

// errDiverged is a block that does not follow the last one indexed; settling finds where they part.
var errDiverged = errors.New("the ledger's block does not follow the indexed one")

// settle makes sure that the index is of this ledger and begins with its blocks: what a restored ledger no longer says is cut off.
func (x *Index) settle(ctx context.Context, conn *sql.Conn, schema int) (head, error) {
	at, err := x.db.head(ctx, conn)
	if err != nil {
		return at, err
	}
	x.mu.Lock()
	x.head, x.schema = at, schema
	x.mu.Unlock()
	if at.first == 0 {
		return head{chain: x.config.Ledger.ChainID()}, nil
	}
	if at.chain != x.config.Ledger.ChainID() {
		return at, fmt.Errorf("%w (%s)", ErrForeign, at.chain)
	}
	status, err := x.config.Ledger.Status(ctx)
	if err != nil {
		return at, err
	}
	x.saw(status)
	common, err := x.common(ctx, conn, at, status)
	if err != nil {
		return at, err
	}
	switch common {
	case at.height:
		return at, nil
	case status.Height:
		return at, fmt.Errorf("%w (%d and %d)", ErrAhead, at.height, status.Height)
	}
	x.config.Logger.Warn("the ledger went another way, as after restoring an older backup; the index follows",
		"index_height", at.height, "common_height", common)
	return x.cut(ctx, conn, at, common)
}

// common is the highest block that index and ledger agree on.
func (x *Index) common(ctx context.Context, conn *sql.Conn, at head, status client.Status) (int64, error) {
	low, high := max(at.first, status.Earliest), min(at.height, status.Height)
	if low > high {
		if at.height < status.Earliest { // nothing to compare: the ledger dropped those blocks, or fetched only later ones
			return at.height, nil
		}
		return 0, fmt.Errorf("%w (the index has blocks %d to %d, the ledger %d to %d)", ErrOther, at.first, at.height, status.Earliest, status.Height)
	}
	found, top := int64(0), high
	for low <= high { // blocks are chained by hashes: equal at one height, equal below
		probe := high
		if found != 0 || top != high {
			probe = low + (high-low)/2
		}
		height, same, err := x.same(ctx, conn, probe)
		switch {
		case err != nil:
			return 0, err
		case same:
			found, low = probe, probe+1
		default:
			high = min(probe, height) - 1
		}
	}
	if found == 0 {
		return 0, fmt.Errorf("%w (the index has blocks %d to %d, the ledger %d to %d)", ErrOther, at.first, at.height, status.Earliest, status.Height)
	}
	return found, nil
}

// same compares the highest indexed block up to a height with the ledger's.
func (x *Index) same(ctx context.Context, conn *sql.Conn, probe int64) (int64, bool, error) {
	var height int64
	var hash []byte
	err := conn.QueryRowContext(ctx, x.db.bind(`SELECT height, hash FROM blocks WHERE height <= ? ORDER BY height DESC LIMIT 1`), probe).Scan(&height, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	held, err := x.config.Ledger.BlockHash(ctx, height)
	if errors.Is(err, client.ErrNotFound) {
		return height, false, nil
	}
	return height, bytes.Equal(hash, held), err
}

// cut takes back every block above a height.
func (x *Index) cut(ctx context.Context, conn *sql.Conn, at head, height int64) (head, error) {
	next := at
	next.height = height
	err := x.db.transaction(ctx, conn, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, x.db.bind(`SELECT height, hash FROM blocks WHERE height <= ? ORDER BY height DESC LIMIT 1`), height).
			Scan(&next.height, &next.hash); err != nil {
			return err
		}
		if err := x.db.subtract(ctx, tx, next.height); err != nil {
			return err
		}
		for _, t := range tables() {
			if _, err := tx.ExecContext(ctx, x.db.bind(`DELETE FROM `+t.name+` WHERE height > ?`), next.height); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, x.db.bind(`DELETE FROM gaps WHERE last > ?`), next.height); err != nil {
			return err
		}
		return x.db.moveHead(ctx, tx, at, next)
	})
	if err != nil {
		return at, fmt.Errorf("cut the index back to block %d: %w", height, err)
	}
	x.wrote(next)
	return next, nil
}

// subtract makes the table daily anew from the day of the first block above a height on, without those blocks.
func (d *database) subtract(ctx context.Context, tx *sql.Tx, height int64) error {
	var from sql.NullInt64
	if err := tx.QueryRowContext(ctx, d.bind(`SELECT MIN(day) FROM blocks WHERE height > ?`), height).Scan(&from); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, d.bind(`DELETE FROM daily WHERE day >= ?`), from.Int64); err != nil {
		return err
	}
	var list []row
	daily := table{name: "daily", columns: "day,reason,account,movements,received,spent", kinds: "ittitt"}
	err := d.resum(ctx, tx, span{from.Int64, forever, height}, func(key dayKey, s sums) error {
		list = append(list, row{key.day, key.reason, key.account, s.movements, s.received.String(), s.spent.String()})
		return nil
	})
	if err != nil {
		return err
	}
	return d.insert(ctx, tx, daily, list)
}

// empty removes everything, so that the index begins anew.
func (x *Index) empty(ctx context.Context, conn *sql.Conn, force bool) error {
	at, err := x.db.head(ctx, conn)
	if err != nil {
		return err
	}
	status, err := x.config.Ledger.Status(ctx)
	if err != nil {
		return err
	}
	switch {
	case force || at.first == 0:
	case at.chain != x.config.Ledger.ChainID():
		return fmt.Errorf("%w (%s)", ErrForeign, at.chain)
	case status.Earliest > at.first:
		return fmt.Errorf("%w (blocks %d to %d)", ErrHistory, at.first, status.Earliest-1)
	}
	err = x.db.transaction(ctx, conn, func(tx *sql.Tx) error {
		for _, name := range []string{"blocks", "txs", "messages", "events", "movements", "touches", "daily", "gaps", "head"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+name); err != nil { //nolint:gosec // a table of ours
				return fmt.Errorf("empty %s: %w", name, err)
			}
		}
		return nil
	})
	if err == nil {
		x.wrote(head{chain: x.config.Ledger.ChainID()})
	}
	return err
}
