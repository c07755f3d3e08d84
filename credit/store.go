package credit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// schemaVersion is written into the file; a greater one is refused.
const schemaVersion = 1

// busyTimeoutMS is how long a connection waits for another's lock: readers never hold one for long.
const busyTimeoutMS = 10_000

// maxReaders bounds the connections that only read.
const maxReaders = 4

// Store keeps lanes, open jobs, vouchers and receipts in one SQLite file. Every write is one transaction that is on the disk
// when it returns. It is safe for concurrent use by one process.
type Store struct {
	path   string
	writer *sql.DB // one connection
	reader *sql.DB
	mu     sync.Mutex // orders writers, so that none waits for SQLite's lock by polling
}

// OpenStore opens the file, or makes it; its folder is made too.
func OpenStore(ctx context.Context, path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStoreOpen, err)
	}
	writer, err := sql.Open("sqlite", dataSource(path, "_txlock=immediate"))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStoreOpen, err)
	}
	writer.SetMaxOpenConns(1)
	if err := migrate(ctx, writer); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, storeError(err)), writer.Close())
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrStoreOpen, err), writer.Close())
	}
	reader, err := sql.Open("sqlite", dataSource(path, "_pragma=query_only(1)"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrStoreOpen, err), writer.Close())
	}
	reader.SetMaxOpenConns(maxReaders)
	return &Store{path: path, writer: writer, reader: reader}, nil
}

// Close waits for the write in progress and closes the file.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.reader.Close(), s.writer.Close())
}

// Snapshot writes a consistent copy to path, which must not exist, while the store is in use.
func (s *Store) Snapshot(ctx context.Context, path string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.writer.ExecContext(ctx, `VACUUM INTO ?`, path); err != nil {
		return fmt.Errorf("copy the store to %s: %w", path, storeError(err))
	}
	return os.Chmod(path, 0o600)
}

// write runs fn in a transaction that is on the disk when write returns nil. It ignores cancellation: a caller that gives up
// half-way could not tell whether the promise was stored.
func (s *Store) write(ctx context.Context, fn func(context.Context, *sql.Tx) error) error {
	ctx = context.WithoutCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return storeError(err)
	}
	if err := fn(ctx, tx); err != nil {
		if rollback := tx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
			return errors.Join(storeError(err), rollback)
		}
		return storeError(err)
	}
	return storeError(tx.Commit())
}

// dataSource names the file with what every connection must set: a write-ahead log, and a sync at each commit.
func dataSource(path, extra string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	u.RawQuery = fmt.Sprintf("_pragma=busy_timeout(%d)&_pragma=journal_mode(wal)&_pragma=synchronous(full)"+
		"&_pragma=foreign_keys(1)&%s", busyTimeoutMS, extra)
	return u.String()
}

// storeError gives the errors a person can act on their types.
func storeError(err error) error {
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return err
	}
	switch failure.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: free some space on the disk that holds the home folder: %w", ErrDiskFull, err)
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return fmt.Errorf("%w: %w", ErrStoreOpen, err)
	default:
		return err
	}
}
