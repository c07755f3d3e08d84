package index

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// ErrNewer is a database that a later program made.
var ErrNewer = errors.New("the index was written by a newer program")

// migrations bring the schema from one version to the next; the version is how many were done. One that is released is never edited.
// Times are nanoseconds since 1970 and days count from then, in UTC; amounts are decimal text, in acredit; tx -1 is the block itself.
func migrations() []string {
	return []string{`
CREATE TABLE head ( -- one row once anything is indexed
	one      BIGINT PRIMARY KEY CHECK (one = 1),
	chain_id TEXT NOT NULL,
	first    BIGINT NOT NULL,
	height   BIGINT NOT NULL,
	hash     BYTEA  NOT NULL
);
CREATE TABLE gaps ( -- blocks that the ledger had dropped before they were read
	first BIGINT PRIMARY KEY,
	last  BIGINT NOT NULL
);
CREATE TABLE blocks (
	height   BIGINT PRIMARY KEY,
	time_ns  BIGINT NOT NULL,
	day      BIGINT NOT NULL,
	hash     BYTEA  NOT NULL,
	proposer BYTEA  NOT NULL,
	txs      BIGINT NOT NULL,
	events   BIGINT NOT NULL
) CLUSTERED;
CREATE INDEX blocks_by_day ON blocks (day);
CREATE TABLE txs (
	height     BIGINT NOT NULL,
	tx         BIGINT NOT NULL,
	hash       BYTEA  NOT NULL,
	sender     TEXT NOT NULL,
	code       BIGINT NOT NULL,
	codespace  TEXT NOT NULL,
	log        TEXT NOT NULL, -- empty when it took effect
	gas_wanted BIGINT NOT NULL,
	gas_used   BIGINT NOT NULL,
	fee        TEXT NOT NULL,
	bytes      BIGINT NOT NULL,
	PRIMARY KEY (height, tx)
) CLUSTERED;
CREATE TABLE messages (
	height BIGINT NOT NULL,
	tx     BIGINT NOT NULL,
	msg    BIGINT NOT NULL,
	type   TEXT NOT NULL,
	body   TEXT NOT NULL, -- JSON
	PRIMARY KEY (height, tx, msg)
) CLUSTERED;
CREATE TABLE events ( -- the bank's and the envelope's are in movements, txs and messages
	height     BIGINT NOT NULL,
	tx         BIGINT NOT NULL,
	seq        BIGINT NOT NULL,
	msg        BIGINT NOT NULL,
	type       TEXT NOT NULL,
	attributes TEXT NOT NULL, -- JSON
	PRIMARY KEY (height, tx, seq)
) CLUSTERED;
CREATE INDEX events_by_type ON events (type, height, tx, seq);
CREATE TABLE movements ( -- every change of a balance
	height  BIGINT NOT NULL,
	tx      BIGINT NOT NULL,
	seq     BIGINT NOT NULL,
	account TEXT NOT NULL,
	amount  TEXT NOT NULL, -- with a minus when it was spent
	peer    TEXT NOT NULL,
	reason  TEXT NOT NULL, -- type of the message, or fee, or block
	PRIMARY KEY (height, tx, seq)
) CLUSTERED;
CREATE TABLE touches ( -- which accounts and ids a transaction concerns
	subject TEXT NOT NULL,
	height  BIGINT NOT NULL,
	tx      BIGINT NOT NULL,
	PRIMARY KEY (subject, height, tx)
) CLUSTERED;
CREATE INDEX touches_by_height ON touches (height, tx, subject);
CREATE TABLE daily ( -- sums of movements
	day       BIGINT NOT NULL,
	reason    TEXT NOT NULL,
	account   TEXT NOT NULL,
	movements BIGINT NOT NULL,
	received  TEXT NOT NULL,
	spent     TEXT NOT NULL,
	PRIMARY KEY (day, reason, account)
) CLUSTERED;
CREATE INDEX daily_by_account ON daily (account, day);
`}
}

// migrate brings the schema up to date in one transaction and tells its version.
func (d *database) migrate(ctx context.Context, c *sql.Conn) (int, error) {
	if _, err := c.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)`); err != nil {
		return 0, err
	}
	tx, err := c.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback() //nolint:errcheck // no effect once committed
	var version int
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM schema_version`).Scan(&version); err != nil {
		return 0, err
	}
	list := migrations()
	if version > len(list) {
		return version, fmt.Errorf("%w: its schema is %d, this program knows %d", ErrNewer, version, len(list))
	}
	for _, script := range list[version:] {
		for statement := range strings.SplitSeq(script, ";\n") {
			if strings.TrimSpace(statement) == "" {
				continue
			}
			if _, err := tx.ExecContext(ctx, d.dialect(statement)); err != nil {
				return version, fmt.Errorf("migrate the index to schema %d: %w", version+1, err)
			}
		}
		version++
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM schema_version`); err != nil {
		return version, err
	}
	if _, err := tx.ExecContext(ctx, d.bind(`INSERT INTO schema_version VALUES (?)`), version); err != nil {
		return version, err
	}
	return version, tx.Commit()
}

// dialect writes a statement of the schema for one of the databases. Text sorts by its bytes in both.
func (d *database) dialect(statement string) string {
	if d.postgres {
		return strings.NewReplacer(" TEXT ", ` TEXT COLLATE "C" `, " CLUSTERED", "").Replace(statement)
	}
	return strings.NewReplacer("BYTEA ", "BLOB ", " CLUSTERED", " WITHOUT ROWID").Replace(statement)
}
