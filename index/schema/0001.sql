-- Times are nanoseconds since 1970 and days count from then, in UTC; amounts are decimal text, in acredit; tx -1 is the block itself.
-- CLUSTERED is WITHOUT ROWID in SQLite and nothing in PostgreSQL.
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
