package gateway

import (
	"context"
	"database/sql"
	"fmt"

	"cosmossdk.io/math"
)

const insertReceipt = `INSERT INTO gateway_receipts
	(id, request, key, at, endpoint, model, provider, status, total, prompt, completion, file, body, answer)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`

// addition is a record on its way to the disk.
type addition struct {
	record  Record
	file    []byte
	charged math.Int
	err     error
	done    bool // under commit
}

// Add stores a record and returns when it is on the disk; those that wait at the same time share one commit. A receipt that is
// here already keeps its place and takes the new delivery note; charged is then the total that was counted for it before,
// otherwise nothing.
func (s *Receipts) Add(ctx context.Context, record Record) (charged math.Int, err error) {
	file, err := record.File.Encode()
	if err != nil {
		return math.Int{}, fmt.Errorf("store receipt %s: %w", record.File.Receipt.ID, err)
	}
	own := &addition{record: record, file: file, charged: math.ZeroInt()}
	s.mu.Lock()
	s.queue = append(s.queue, own) // as many as there are requests in flight
	s.mu.Unlock()
	s.commit.Lock()
	defer s.commit.Unlock()
	if !own.done {
		s.mu.Lock()
		batch := s.queue
		s.queue = nil
		s.mu.Unlock()
		s.write(ctx, batch)
	}
	return own.charged, own.err
}

// write commits a batch. When the batch fails as a whole, each is tried alone, so that one cannot spoil the others.
func (s *Receipts) write(ctx context.Context, batch []*addition) {
	var shared error
	if len(batch) > 1 {
		shared = s.writeTogether(ctx, batch)
	}
	for _, a := range batch {
		a.done = true
		if len(batch) > 1 && shared == nil {
			continue
		}
		a.charged, a.err = s.writeOne(ctx, s.insert, s.db, a)
	}
	before := s.added / pruneEvery
	if s.added += int64(len(batch)); s.added/pruneEvery != before {
		const old = `DELETE FROM gateway_receipts WHERE number <= (SELECT max(number) FROM gateway_receipts) - ?`
		_, _ = s.db.ExecContext(ctx, old, s.most) // that it failed will show at the next one
	}
}

func (s *Receipts) writeTogether(ctx context.Context, batch []*addition) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect after a commit
	insert := tx.StmtContext(ctx, s.insert)
	defer func() { _ = insert.Close() }()
	for _, a := range batch {
		if a.charged, a.err = s.writeOne(ctx, insert, tx, a); a.err != nil {
			return a.err
		}
	}
	return tx.Commit()
}

// querier is a database or a transaction of it.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func (s *Receipts) writeOne(ctx context.Context, insert *sql.Stmt, in querier, a *addition) (math.Int, error) {
	r := a.record.File.Receipt
	result, err := insert.ExecContext(ctx, string(r.ID), r.RequestID, a.record.Key, r.FinishedMS, a.record.Endpoint, r.Model,
		a.record.Route, string(r.Status), orZero(r.Total).String(), int64(r.Usage.Prompt), int64(r.Usage.Completion), a.file,
		a.record.Body, a.record.Answer)
	if err != nil {
		return math.Int{}, fmt.Errorf("store receipt %s: %w", r.ID, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return math.ZeroInt(), nil
	}
	return s.writeAgain(ctx, in, a)
}

// writeAgain is for a receipt that is here: a client tried again and the provider gave the same answer.
func (s *Receipts) writeAgain(ctx context.Context, in querier, a *addition) (math.Int, error) {
	r := a.record.File.Receipt
	var total string
	const before = `SELECT total FROM gateway_receipts WHERE id = ? AND key = ?`
	if err := in.QueryRowContext(ctx, before, string(r.ID), a.record.Key).Scan(&total); err != nil {
		return math.Int{}, fmt.Errorf("receipt %s is another caller's: %w", r.ID, err)
	}
	charged, err := parseAmount(total)
	if err != nil {
		return math.Int{}, fmt.Errorf("read receipt %s: %w", r.ID, err)
	}
	const update = `UPDATE gateway_receipts SET status = ?, total = ?, prompt = ?, completion = ?, file = ?,
		body = coalesce(?, body), answer = coalesce(?, answer) WHERE id = ?`
	_, err = in.ExecContext(ctx, update, string(r.Status), orZero(r.Total).String(), int64(r.Usage.Prompt), int64(r.Usage.Completion),
		a.file, a.record.Body, a.record.Answer, string(r.ID))
	if err != nil {
		return math.Int{}, fmt.Errorf("store receipt %s: %w", r.ID, err)
	}
	return charged, nil
}
