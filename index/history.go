package index

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"cosmossdk.io/math"
)

// shownMost bounds the movements, messages and events of one entry; Net counts all of them.
const shownMost = 32

// Entry is a transaction, or what a block did by itself, as it concerns one account.
type Entry struct {
	Height    int64      `json:"height"`
	Time      time.Time  `json:"time"`
	Tx        int64      `json:"tx"`               // place in the block; -1: the block itself
	Hash      string     `json:"hash,omitempty"`   // of the transaction
	Sender    string     `json:"sender,omitempty"` // who signed it
	Code      int64      `json:"code"`             // 0: it took effect
	Log       string     `json:"log,omitempty"`    // why it did not
	Messages  []string   `json:"messages"`
	Net       math.Int   `json:"net"` // acredit, with the fee; negative when the account paid more than it got
	Movements []Movement `json:"movements"`
	Events    []Event    `json:"events"` // those that name the account
	Cursor    string     `json:"cursor"`
}

// Movement is a change of an account's balance.
type Movement struct {
	Amount math.Int `json:"amount"` // acredit, negative when spent
	Peer   string   `json:"peer,omitempty"`
	Reason string   `json:"reason"` // type of the message, or fee, or block
}

// History lists what concerns an account, newest first.
func (x *Index) History(ctx context.Context, account string, page Page) ([]Entry, error) {
	at, err := page.before()
	if err != nil {
		return nil, err
	}
	if !subject(account) {
		return nil, fmt.Errorf("%w: %q is no account", ErrQuery, account)
	}
	tx, err := x.db.snapshot(ctx)
	if err != nil {
		return nil, x.asked("list history", err)
	}
	defer tx.Rollback() //nolint:errcheck // it only read
	list, err := x.db.entries(ctx, tx, account, at, page.limit())
	if err != nil {
		return nil, x.asked("list history", err)
	}
	for i := range list {
		if err := x.db.fill(ctx, tx, account, &list[i]); err != nil {
			return nil, x.asked("list history", err)
		}
	}
	return list, nil
}

// entries finds the transactions that concern an account.
func (d *database) entries(ctx context.Context, tx *sql.Tx, account string, at position, limit int) ([]Entry, error) {
	found, err := tx.QueryContext(ctx, d.bind(`SELECT t.height, t.tx, b.time_ns FROM touches t JOIN blocks b ON b.height = t.height
		WHERE t.subject = ? AND (t.height, t.tx) < (?, ?) ORDER BY t.height DESC, t.tx DESC LIMIT ?`), account, at.height, at.tx, limit)
	if err != nil {
		return nil, err
	}
	defer found.Close() //nolint:errcheck // Err tells
	list := []Entry{}
	for found.Next() {
		e := Entry{Net: math.ZeroInt(), Messages: []string{}, Movements: []Movement{}, Events: []Event{}}
		var ns int64
		if err := found.Scan(&e.Height, &e.Tx, &ns); err != nil {
			return nil, err
		}
		e.Time, e.Cursor = time.Unix(0, ns).UTC(), position{e.Height, e.Tx, 0}.String()
		list = append(list, e)
	}
	return list, found.Err()
}

// fill adds what happened in an entry's transaction.
func (d *database) fill(ctx context.Context, tx *sql.Tx, account string, e *Entry) error {
	var hash []byte
	err := tx.QueryRowContext(ctx, d.bind(`SELECT hash, sender, code, log FROM txs WHERE height = ? AND tx = ?`), e.Height, e.Tx).
		Scan(&hash, &e.Sender, &e.Code, &e.Log)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	e.Hash = hex.EncodeToString(hash)
	err = d.each(ctx, tx, `SELECT type FROM messages WHERE height = ? AND tx = ? ORDER BY msg LIMIT 32`, e, func(found *sql.Rows) error {
		var name string
		err := found.Scan(&name)
		e.Messages = append(e.Messages, name)
		return err
	})
	if err != nil {
		return err
	}
	err = d.each(ctx, tx, `SELECT account, amount, peer, reason FROM movements WHERE height = ? AND tx = ? ORDER BY seq`, e, func(found *sql.Rows) error {
		var whose, amount string
		var m Movement
		err := found.Scan(&whose, &amount, &m.Peer, &m.Reason)
		if err != nil || whose != account {
			return err
		}
		m.Amount = parseAmount(amount)
		e.Net = e.Net.Add(m.Amount)
		if len(e.Movements) < shownMost {
			e.Movements = append(e.Movements, m)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.each(ctx, tx, `SELECT e.height, e.tx, e.seq, e.type, e.attributes, b.time_ns FROM events e JOIN blocks b ON b.height = e.height
		WHERE e.height = ? AND e.tx = ? ORDER BY e.seq`, e, func(found *sql.Rows) error {
		event, err := scanEvent(found)
		if err == nil && len(e.Events) < shownMost && strings.Contains(string(event.Attributes), account) {
			e.Events = append(e.Events, event)
		}
		return err
	})
}

// each runs a query about an entry's transaction.
func (d *database) each(ctx context.Context, tx *sql.Tx, query string, e *Entry, do func(*sql.Rows) error) error {
	found, err := tx.QueryContext(ctx, d.bind(query), e.Height, e.Tx)
	if err != nil {
		return err
	}
	defer found.Close() //nolint:errcheck // Err tells
	for found.Next() {
		if err := do(found); err != nil {
			return err
		}
	}
	return found.Err()
}
