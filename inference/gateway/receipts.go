package gateway

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"cosmossdk.io/math"

	"ayni.example/receipt"
)

const (
	receiptsMost = 1_000_000 // kept when the configuration says nothing
	pruneEvery   = 256       // receipts between two looks at their number
	pageMost     = 500
)

// ErrNoReceipt tells that there is no receipt with that id here.
var ErrNoReceipt = errors.New("no such receipt")

// ReceiptsConfig is what Receipts works with.
type ReceiptsConfig struct {
	DB     *sql.DB
	Random io.Reader
	Most   int64 // receipts kept, the newest; 0 for a million
}

// Receipts keeps what answers were accounted by: receipt, salt and delivery note, and the content only if told to.
type Receipts struct {
	db     *sql.DB
	insert *sql.Stmt
	most   int64
	secret [32]byte // salts, seeds and request ids are derived from it

	mu     sync.Mutex
	queue  []*addition // that wait for the next commit
	commit sync.Mutex  // held by who commits for all
	added  int64       // under commit
}

// Record is one answer as it is kept.
type Record struct {
	File     receipt.File
	Key      string // id of the API key, "" for the owner
	Route    string // "local" or the provider's address
	Endpoint string
	Body     []byte // request, nil unless content is kept
	Answer   []byte // response, the same
}

// Entry is a line of the list of receipts.
type Entry struct {
	ID         receipt.ID `json:"id"`
	At         time.Time  `json:"at"`
	Endpoint   string     `json:"endpoint"`
	Model      string     `json:"model"`
	Route      string     `json:"route"`
	Status     string     `json:"status"`
	Total      math.Int   `json:"total"` // acredit
	Prompt     int64      `json:"prompt_tokens"`
	Completion int64      `json:"completion_tokens"`
	Key        string     `json:"key,omitempty"`
	Number     int64      `json:"-"`
}

// OpenReceipts opens the receipts in a database and makes the tables where they are absent.
func OpenReceipts(ctx context.Context, cfg ReceiptsConfig) (*Receipts, error) {
	if cfg.DB == nil || cfg.Random == nil {
		return nil, errors.New("receipts need a database and randomness")
	}
	if err := migrate(ctx, cfg.DB); err != nil {
		return nil, err
	}
	s := &Receipts{db: cfg.DB, most: cfg.Most}
	if s.most <= 0 {
		s.most = receiptsMost
	}
	var fresh [32]byte
	if _, err := io.ReadFull(cfg.Random, fresh[:]); err != nil {
		return nil, fmt.Errorf("make gateway secret: %w", err)
	}
	const insert = `INSERT INTO gateway_secret (one, secret) VALUES (1, ?) ON CONFLICT DO NOTHING`
	if _, err := cfg.DB.ExecContext(ctx, insert, fresh[:]); err != nil {
		return nil, fmt.Errorf("make gateway secret: %w", err)
	}
	var kept []byte
	if err := cfg.DB.QueryRowContext(ctx, `SELECT secret FROM gateway_secret`).Scan(&kept); err != nil {
		return nil, fmt.Errorf("read gateway secret: %w", err)
	}
	if copy(s.secret[:], kept) != len(s.secret) {
		return nil, fmt.Errorf("gateway secret has %d bytes, not %d", len(kept), len(s.secret))
	}
	var err error
	if s.insert, err = cfg.DB.PrepareContext(ctx, insertReceipt); err != nil {
		return nil, fmt.Errorf("prepare receipts: %w", err)
	}
	return s, nil
}

// Close lets go of what was prepared; the database is its owner's to close.
func (s *Receipts) Close() error { return s.insert.Close() }

// Record gives a stored record; of any caller when key is nil.
func (s *Receipts) Record(ctx context.Context, id string, key *string) (Record, error) {
	var record Record
	var file []byte
	query, args := `SELECT key, provider, endpoint, file, body, answer FROM gateway_receipts WHERE id = ?`, []any{id}
	if key != nil {
		query, args = query+` AND key = ?`, append(args, *key)
	}
	row := s.db.QueryRowContext(ctx, query, args...)
	err := row.Scan(&record.Key, &record.Route, &record.Endpoint, &file, &record.Body, &record.Answer)
	if errors.Is(err, sql.ErrNoRows) {
		return Record{}, ErrNoReceipt
	}
	if err != nil {
		return Record{}, fmt.Errorf("read receipt %s: %w", id, err)
	}
	if record.File, err = receipt.DecodeFile(file); err != nil {
		return Record{}, fmt.Errorf("read receipt %s: %w", id, err)
	}
	return record, nil
}

// servedBy tells who answered a request of a caller before, "" when nobody did.
func (s *Receipts) servedBy(ctx context.Context, request, key string) (string, error) {
	var who string
	const query = `SELECT provider FROM gateway_receipts WHERE request = ? AND key = ? AND status = ? ORDER BY number DESC LIMIT 1`
	err := s.db.QueryRowContext(ctx, query, request, key, string(receipt.Complete)).Scan(&who)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("look for request %s: %w", request, err)
	}
	return who, nil
}

// List gives receipts, newest first, at most limit, with numbers below before when that is positive; of any caller when key is
// nil.
func (s *Receipts) List(ctx context.Context, key *string, before int64, limit int) ([]Entry, error) {
	query := `SELECT number, id, at, endpoint, model, provider, status, total, prompt, completion, key FROM gateway_receipts WHERE 1 = 1`
	var args []any
	if before > 0 {
		query, args = query+` AND number < ?`, append(args, before)
	}
	if key != nil {
		query, args = query+` AND key = ?`, append(args, *key)
	}
	args = append(args, min(max(limit, 1), pageMost))
	rows, err := s.db.QueryContext(ctx, query+` ORDER BY number DESC LIMIT ?`, args...)
	if err != nil {
		return nil, fmt.Errorf("list receipts: %w", err)
	}
	defer func() { _ = rows.Close() }()
	entries := []Entry{}
	for rows.Next() {
		var e Entry
		var at int64
		var total string
		err := rows.Scan(&e.Number, &e.ID, &at, &e.Endpoint, &e.Model, &e.Route, &e.Status, &total, &e.Prompt, &e.Completion, &e.Key)
		if err != nil {
			return nil, fmt.Errorf("list receipts: %w", err)
		}
		if e.Total, err = parseAmount(total); err != nil {
			return nil, fmt.Errorf("read receipt %s: %w", e.ID, err)
		}
		e.At = fromMillis(at)
		entries = append(entries, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list receipts: %w", err)
	}
	return entries, nil
}
