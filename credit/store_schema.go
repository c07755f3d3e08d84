package credit

import (
	"context"
	"database/sql"
	"fmt"
)

// schema is version 1. Amounts are decimal text, ids are raw bytes. side tells whose view a row is: a machine can pay,
// be paid and answer itself with one file.
const schema = `
CREATE TABLE lanes (
	side       INTEGER NOT NULL,
	channel    BLOB    NOT NULL,
	lane       INTEGER NOT NULL,
	peer       TEXT    NOT NULL, -- address of the other side
	signer     BLOB    NOT NULL, -- the channel's session key
	receipts   INTEGER NOT NULL, -- how many
	base       TEXT    NOT NULL, -- sum of their totals
	tip        BLOB    NOT NULL, -- head behind the last of them
	cumulative TEXT    NOT NULL, -- as the last voucher says
	voucher    BLOB,             -- the last voucher
	claimed    TEXT    NOT NULL, -- what the ledger has seen
	claimed_nonce INTEGER NOT NULL,
	state      INTEGER NOT NULL,
	PRIMARY KEY (side, channel, lane)
) WITHOUT ROWID;
CREATE TABLE jobs (
	side    INTEGER NOT NULL,
	channel BLOB    NOT NULL,
	lane    INTEGER NOT NULL,
	request TEXT    NOT NULL,
	body    BLOB    NOT NULL,
	pending BLOB,             -- the signed receipt that is not yet acknowledged
	PRIMARY KEY (side, channel, lane)
) WITHOUT ROWID;
CREATE TABLE receipts (
	side        INTEGER NOT NULL,
	id          TEXT    NOT NULL,
	channel     BLOB    NOT NULL,
	lane        INTEGER NOT NULL,
	seq         INTEGER NOT NULL, -- place on the lane, from 0
	digest      BLOB    NOT NULL,
	head        BLOB    NOT NULL, -- of the lane after this receipt
	request     TEXT    NOT NULL,
	payer       TEXT    NOT NULL,
	total       TEXT    NOT NULL,
	finished_ms INTEGER NOT NULL,
	body        BLOB    NOT NULL,
	salt        BLOB,
	delivery    BLOB,
	PRIMARY KEY (side, id),
	UNIQUE (side, channel, lane, seq)
) WITHOUT ROWID;
CREATE INDEX receipts_by_request ON receipts (side, request);
CREATE INDEX receipts_by_time ON receipts (side, finished_ms);
CREATE TABLE proofs (
	id   TEXT NOT NULL,
	kind TEXT NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id, kind)
) WITHOUT ROWID;
`

// migrate makes the tables in a new file and refuses a file of a later version.
func migrate(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // no effect once committed
	var version int
	if err := tx.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return err
	}
	switch {
	case version == schemaVersion:
		return nil
	case version > schemaVersion:
		return fmt.Errorf("%w: its schema is %d, this program knows %d", ErrVersion, version, schemaVersion)
	}
	if _, err := tx.ExecContext(ctx, schema); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA user_version = %d`, schemaVersion)); err != nil {
		return err
	}
	return tx.Commit()
}
