package index

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cosmossdk.io/math"
)

const (
	// pageDefault and pageMost bound what one query gives.
	pageDefault, pageMost = 50, 500
	// daysMost bounds a range of days, totalsMost the accounts that are added up.
	daysMost, totalsMost = 366, 10_000
)

// ErrQuery is a question that cannot be answered as it was put.
var ErrQuery = errors.New("the index cannot answer this")

// Page asks for at most Limit entries before a cursor, newest first.
type Page struct {
	Limit  int
	Before string // the cursor of the last entry that is known; empty: from the newest
}

func (p Page) limit() int {
	if p.Limit <= 0 {
		return pageDefault
	}
	return min(p.Limit, pageMost)
}

// position is a place in the order of everything.
type position struct{ height, tx, seq int64 }

func (p position) String() string { return fmt.Sprintf("%d.%d.%d", p.height, p.tx, p.seq) }

// before reads the page's cursor; without one it is behind everything.
func (p Page) before() (position, error) {
	if p.Before == "" {
		return position{forever, 0, 0}, nil
	}
	parts := strings.Split(p.Before, ".")
	if len(parts) != 3 {
		return position{}, fmt.Errorf("%w: %q is no cursor", ErrQuery, p.Before)
	}
	var numbers [3]int64
	for i, part := range parts {
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return position{}, fmt.Errorf("%w: %q is no cursor", ErrQuery, p.Before)
		}
		numbers[i] = n
	}
	return position{numbers[0], numbers[1], numbers[2]}, nil
}

// Event is one event of a module.
type Event struct {
	Height     int64           `json:"height"`
	Time       time.Time       `json:"time"`
	Tx         int64           `json:"tx"` // place in the block; -1: the block itself
	Type       string          `json:"type"`
	Attributes json.RawMessage `json:"attributes"`
	Cursor     string          `json:"cursor"`
}

// EventFilter narrows Events; empty fields do not.
type EventFilter struct {
	Type     string // such as ayni.credit.v1.EventClaimed
	Subject  string // an account, or an id in hexadecimal
	From, To int64  // heights, both included
}

// Events lists events, newest first.
func (x *Index) Events(ctx context.Context, filter EventFilter, page Page) ([]Event, error) {
	at, err := page.before()
	if err != nil {
		return nil, err
	}
	if filter.To == 0 {
		filter.To = forever
	}
	query := `SELECT e.height, e.tx, e.seq, e.type, e.attributes, b.time_ns FROM events e JOIN blocks b ON b.height = e.height`
	args := []any{}
	where := ` WHERE (e.height, e.tx, e.seq) < (?, ?, ?) AND e.height BETWEEN ? AND ?`
	if filter.Subject != "" {
		if !subject(filter.Subject) { // so that it holds no wildcard
			return nil, fmt.Errorf("%w: %q is neither an account nor an id", ErrQuery, filter.Subject)
		}
		query += ` JOIN touches t ON t.subject = ? AND t.height = e.height AND t.tx = e.tx`
		args = append(args, filter.Subject)
		where += ` AND e.attributes LIKE ?`
	}
	args = append(args, at.height, at.tx, at.seq, filter.From, filter.To)
	if filter.Subject != "" {
		args = append(args, "%"+filter.Subject+"%")
	}
	if filter.Type != "" {
		where += ` AND e.type = ?`
		args = append(args, clean(filter.Type))
	}
	found, err := x.db.reader.QueryContext(ctx, x.db.bind(query+where+` ORDER BY e.height DESC, e.tx DESC, e.seq DESC LIMIT ?`), append(args, page.limit())...)
	if err != nil {
		return nil, x.asked("list events", err)
	}
	defer found.Close() //nolint:errcheck // Err tells
	list := []Event{}
	for found.Next() {
		e, err := scanEvent(found)
		if err != nil {
			return nil, x.asked("list events", err)
		}
		list = append(list, e)
	}
	return list, x.asked("list events", found.Err())
}

func scanEvent(found *sql.Rows) (Event, error) {
	var e Event
	var at position
	var attributes string
	var ns int64
	err := found.Scan(&at.height, &at.tx, &at.seq, &e.Type, &attributes, &ns)
	e.Height, e.Tx, e.Attributes, e.Time, e.Cursor = at.height, at.tx, json.RawMessage(attributes), time.Unix(0, ns).UTC(), at.String()
	return e, err
}

// asked says what was asked when the database did not answer.
func (x *Index) asked(what string, err error) error {
	if err == nil {
		return nil
	}
	if cause := x.snapshot().Cause; cause != "" {
		return fmt.Errorf("%s: %w (the index is %s: %s)", what, err, x.snapshot().State, cause)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// Days is a range of days in UTC, both included.
type Days struct{ From, To time.Time }

func (d Days) numbers() (from, to int64, err error) {
	from, to = day(d.From), day(d.To)
	if from > to || to-from >= daysMost {
		return 0, 0, fmt.Errorf("%w: ask for 1 to %d days", ErrQuery, daysMost)
	}
	return from, to, nil
}

// Used is what an account's credits did on one day for one reason.
type Used struct {
	Day       string   `json:"day"` // 2006-01-02, UTC
	Reason    string   `json:"reason"`
	Movements int64    `json:"movements"`
	Received  math.Int `json:"received"` // acredit
	Spent     math.Int `json:"spent"`    // acredit
}

// Usage lists what moved on an account, newest day first.
func (x *Index) Usage(ctx context.Context, account string, days Days) ([]Used, error) {
	from, to, err := days.numbers()
	if err != nil {
		return nil, err
	}
	found, err := x.db.reader.QueryContext(ctx, x.db.bind(`SELECT day, reason, movements, received, spent FROM daily
		WHERE account = ? AND day BETWEEN ? AND ? ORDER BY day DESC, reason LIMIT ?`), clean(account), from, to, totalsMost)
	if err != nil {
		return nil, x.asked("list usage", err)
	}
	defer found.Close() //nolint:errcheck // Err tells
	list := []Used{}
	for found.Next() {
		var u Used
		var number int64
		var received, spent string
		if err := found.Scan(&number, &u.Reason, &u.Movements, &received, &spent); err != nil {
			return nil, x.asked("list usage", err)
		}
		u.Day, u.Received, u.Spent = dayText(number), parseAmount(received), parseAmount(spent)
		list = append(list, u)
	}
	return list, x.asked("list usage", found.Err())
}

func dayText(number int64) string {
	return time.Unix(number*secondsPerDay, 0).UTC().Format(time.DateOnly)
}

// parseAmount reads what this package wrote.
func parseAmount(s string) math.Int {
	amount, ok := math.NewIntFromString(s)
	if !ok {
		return math.ZeroInt()
	}
	return amount
}

// Total is what an account got for one reason.
type Total struct {
	Account   string   `json:"account"`
	Movements int64    `json:"movements"`
	Received  math.Int `json:"received"` // acredit
}

// Received adds up what each account got for one reason, the most first.
func (x *Index) Received(ctx context.Context, reason string, days Days) ([]Total, error) {
	from, to, err := days.numbers()
	if err != nil {
		return nil, err
	}
	found, err := x.db.reader.QueryContext(ctx, x.db.bind(`SELECT account, movements, received FROM daily
		WHERE day BETWEEN ? AND ? AND reason = ?`), from, to, clean(reason))
	if err != nil {
		return nil, x.asked("add up", err)
	}
	defer found.Close() //nolint:errcheck // Err tells
	byAccount := map[string]*Total{}
	for found.Next() {
		var t Total
		var received string
		if err := found.Scan(&t.Account, &t.Movements, &received); err != nil {
			return nil, x.asked("add up", err)
		}
		sum := byAccount[t.Account]
		if sum == nil {
			if len(byAccount) == totalsMost {
				return nil, fmt.Errorf("%w: more than %d accounts; ask for fewer days", ErrQuery, totalsMost)
			}
			sum = &Total{Account: t.Account, Received: math.ZeroInt()}
			byAccount[t.Account] = sum
		}
		sum.Movements += t.Movements
		sum.Received = sum.Received.Add(parseAmount(received))
	}
	if err := found.Err(); err != nil {
		return nil, x.asked("add up", err)
	}
	list := make([]Total, 0, len(byAccount))
	for _, t := range byAccount {
		if t.Received.IsPositive() {
			list = append(list, *t)
		}
	}
	slices.SortFunc(list, func(a, b Total) int {
		if a.Received.Equal(b.Received) {
			return strings.Compare(a.Account, b.Account)
		}
		return b.Received.BigInt().Cmp(a.Received.BigInt())
	})
	return list, nil
}

// Activity is one day of the network.
type Activity struct {
	Day    string `json:"day"` // 2006-01-02, UTC
	Blocks int64  `json:"blocks"`
	Txs    int64  `json:"txs"`
	Events int64  `json:"events"`
}

// Activity counts by day, newest first.
func (x *Index) Activity(ctx context.Context, days Days) ([]Activity, error) {
	from, to, err := days.numbers()
	if err != nil {
		return nil, err
	}
	found, err := x.db.reader.QueryContext(ctx, x.db.bind(`SELECT day, COUNT(*), CAST(SUM(txs) AS BIGINT), CAST(SUM(events) AS BIGINT) FROM blocks
		WHERE day BETWEEN ? AND ? GROUP BY day ORDER BY day DESC`), from, to)
	if err != nil {
		return nil, x.asked("count by day", err)
	}
	defer found.Close() //nolint:errcheck // Err tells
	list := []Activity{}
	for found.Next() {
		var a Activity
		var number int64
		if err := found.Scan(&number, &a.Blocks, &a.Txs, &a.Events); err != nil {
			return nil, x.asked("count by day", err)
		}
		a.Day = dayText(number)
		list = append(list, a)
	}
	return list, x.asked("count by day", found.Err())
}
