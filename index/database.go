package index

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	_ "github.com/lib/pq"  // PostgreSQL
	_ "modernc.org/sqlite" // SQLite
)

const (
	// readers bounds the connections that answer queries.
	readers = 4
	// connectSeconds bounds one attempt to reach PostgreSQL, statementMS a statement that it runs.
	connectSeconds, statementMS = "10", "60000"
	// busyMS is how long a connection waits for another's lock on the file.
	busyMS = 10_000
	// lockSpace is the first half of the number of PostgreSQL's advisory lock, "ayni"; the second half is the schema's.
	lockSpace = 0x61796e69
)

// ErrAddress is an address of a database that cannot be used. It never holds the address, which may contain a password.
var ErrAddress = errors.New("the index's address is not of the form postgres://USER@HOST:PORT/DATABASE")

// ErrHeld is a database that another process writes.
var ErrHeld = errors.New("another process indexes into this database; this one waits and goes on when that one ends")

// database is either of the two.
type database struct {
	postgres bool
	name     string // for people: without a password
	writer   *sql.DB
	reader   *sql.DB
}

// IsPostgres tells whether an address names a PostgreSQL database, rather than a file.
func IsPostgres(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// CheckAddress tells whether an address can be used, without reaching it.
func CheckAddress(address string) error {
	if !IsPostgres(address) {
		return ErrAddress
	}
	u, err := url.Parse(address)
	if err != nil || u.Path == "" || u.Path == "/" || u.Fragment != "" {
		return ErrAddress // err would show the address
	}
	return nil
}

// Redact is an address without its secrets.
func Redact(address string) string {
	if !IsPostgres(address) {
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		return "postgres://…"
	}
	if _, secret := u.User.Password(); secret {
		u.User = url.User(u.User.Username())
	}
	q := u.Query()
	for _, key := range []string{"password", "sslpassword"} {
		if q.Has(key) {
			q.Set(key, "…")
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// open names the database; nothing is reached yet.
func open(address string) (*database, error) {
	if IsPostgres(address) {
		return openPostgres(address)
	}
	if err := os.MkdirAll(filepath.Dir(address), 0o700); err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	d := &database{name: address}
	var err error
	if d.writer, err = sql.Open("sqlite", fileSource(address, "_txlock=immediate")); err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	d.writer.SetMaxOpenConns(1)
	if d.reader, err = sql.Open("sqlite", fileSource(address, "_pragma=query_only(1)")); err != nil {
		return nil, errors.Join(fmt.Errorf("open index: %w", err), d.writer.Close())
	}
	d.reader.SetMaxOpenConns(readers)
	return d, nil
}

// fileSource lets a power cut cost the last blocks, never the order: the index reads them again.
func fileSource(path, extra string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	u.RawQuery = fmt.Sprintf("_pragma=busy_timeout(%d)&_pragma=journal_mode(wal)&_pragma=synchronous(normal)&%s", busyMS, extra)
	return u.String()
}

func openPostgres(address string) (*database, error) {
	if err := CheckAddress(address); err != nil {
		return nil, err
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, ErrAddress
	}
	q := u.Query()
	for key, value := range map[string]string{"connect_timeout": connectSeconds, "statement_timeout": statementMS, "application_name": "ayni index"} {
		if !q.Has(key) {
			q.Set(key, value)
		}
	}
	u.RawQuery = q.Encode()
	d := &database{postgres: true, name: Redact(address)}
	for _, target := range []**sql.DB{&d.writer, &d.reader} {
		if *target, err = sql.Open("postgres", u.String()); err != nil {
			return nil, ErrAddress
		}
		(*target).SetMaxOpenConns(readers)
	}
	d.writer.SetMaxOpenConns(1)
	return d, nil
}

func (d *database) close() error { return errors.Join(d.reader.Close(), d.writer.Close()) }

// hold takes the one connection that writes. In PostgreSQL a lock lives and ends with it, so that there is one writer.
func (d *database) hold(ctx context.Context) (*sql.Conn, error) {
	c, err := d.writer.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if !d.postgres {
		return c, os.Chmod(d.name, 0o600)
	}
	var held bool
	err = c.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1, hashtext(current_schema()))`, lockSpace).Scan(&held)
	if err == nil && !held {
		err = ErrHeld
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// release ends the connection, and the lock with it.
func (d *database) release(c *sql.Conn) {
	if d.postgres {
		_ = c.Raw(func(any) error { return driver.ErrBadConn }) // so that it is not kept for later
	}
	_ = c.Close() // it may be broken already
}

// bind writes the places of parameters as the database has them.
func (d *database) bind(query string) string {
	if !d.postgres {
		return query
	}
	var b strings.Builder
	n := 0
	for _, r := range query {
		if r != '?' {
			b.WriteRune(r)
			continue
		}
		n++
		b.WriteString("$" + strconv.Itoa(n))
	}
	return b.String()
}

// size is what the index takes on the disk, in bytes.
func (d *database) size(ctx context.Context) (int64, error) {
	query := `SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)`
	if d.postgres {
		query = `SELECT COALESCE(SUM(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c
			JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relkind = 'r'`
	}
	var size int64
	err := d.reader.QueryRowContext(ctx, query).Scan(&size)
	return size, err
}
