package gateway

import (
	"context"
	"database/sql"
	"fmt"
)

// schema lists the versions of the gateway's tables; a home moves from one to the next when it is opened. Amounts are acredit
// as decimal text, times are Unix milliseconds, 0 for never.
var schema = [...]string{ //nolint:gochecknoglobals // a constant that Go cannot write as one
	`CREATE TABLE gateway_keys (
		id      TEXT PRIMARY KEY,
		hash    BLOB NOT NULL UNIQUE,
		name    TEXT NOT NULL,
		budget  TEXT NOT NULL DEFAULT '',
		spent   TEXT NOT NULL DEFAULT '0',
		rate    INTEGER NOT NULL DEFAULT 0,
		models  TEXT NOT NULL DEFAULT '[]',
		admin   INTEGER NOT NULL DEFAULT 0,
		created INTEGER NOT NULL,
		expires INTEGER NOT NULL DEFAULT 0,
		revoked INTEGER NOT NULL DEFAULT 0
	) STRICT;
	CREATE TABLE gateway_reservations (
		request TEXT PRIMARY KEY,
		key     TEXT NOT NULL,
		amount  TEXT NOT NULL
	) STRICT;
	CREATE TABLE gateway_receipts (
		number     INTEGER PRIMARY KEY,
		id         TEXT NOT NULL UNIQUE,
		request    TEXT NOT NULL,
		key        TEXT NOT NULL,
		at         INTEGER NOT NULL,
		endpoint   TEXT NOT NULL,
		model      TEXT NOT NULL,
		provider   TEXT NOT NULL,
		status     TEXT NOT NULL,
		total      TEXT NOT NULL,
		prompt     INTEGER NOT NULL,
		completion INTEGER NOT NULL,
		file       BLOB NOT NULL,
		body       BLOB,
		answer     BLOB
	) STRICT;
	CREATE INDEX gateway_receipts_request ON gateway_receipts (request);
	CREATE INDEX gateway_receipts_key ON gateway_receipts (key, number);
	CREATE TABLE gateway_secret (
		one    INTEGER PRIMARY KEY CHECK (one = 1),
		secret BLOB NOT NULL
	) STRICT;`,
}

// migrate brings the gateway's tables to the newest version, each step in one transaction.
func migrate(ctx context.Context, db *sql.DB) error {
	const table = `CREATE TABLE IF NOT EXISTS gateway_schema (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL) STRICT;
		INSERT INTO gateway_schema (one, version) VALUES (1, 0) ON CONFLICT DO NOTHING`
	if _, err := db.ExecContext(ctx, table); err != nil {
		return fmt.Errorf("make gateway tables: %w", err)
	}
	for {
		done, err := migrateStep(ctx, db)
		if err != nil || done {
			return err
		}
	}
}

// migrateStep takes one step. Its update counts only if no other process took it first.
func migrateStep(ctx context.Context, db *sql.DB) (done bool, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("migrate gateway tables: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // no effect after a commit
	// Writing first takes the write lock, so that what is read below cannot be old.
	if _, err := tx.ExecContext(ctx, `UPDATE gateway_schema SET version = version`); err != nil {
		return false, fmt.Errorf("migrate gateway tables: %w", err)
	}
	var version int
	if err := tx.QueryRowContext(ctx, `SELECT version FROM gateway_schema`).Scan(&version); err != nil {
		return false, fmt.Errorf("migrate gateway tables: %w", err)
	}
	if version > len(schema) {
		return false, fmt.Errorf("gateway tables have version %d, newer than this program's %d: use the newer program", version, len(schema))
	}
	if version == len(schema) {
		return true, nil
	}
	if _, err := tx.ExecContext(ctx, schema[version]); err != nil {
		return false, fmt.Errorf("migrate gateway tables to version %d: %w", version+1, err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE gateway_schema SET version = ?`, version+1); err != nil {
		return false, fmt.Errorf("migrate gateway tables to version %d: %w", version+1, err)
	}
	if err := tx.Commit(); err != nil {
		return false, fmt.Errorf("migrate gateway tables to version %d: %w", version+1, err)
	}
	return false, nil
}
