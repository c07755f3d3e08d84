package topup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"cosmossdk.io/math"

	"ayni.example/internal/clock"
)

const (
	openMost    = 10_000 // open orders
	openKeyMost = 20     // of one key
	refusedMost = 10_000 // payments that no order fits
)

// Errors of orders.
var (
	ErrNoOrder = errors.New("no such order")
	ErrOff     = errors.New("this way to pay is off")
)

// Keys are the API keys whose budgets are topped up.
type Keys interface {
	// Raise adds to a key's budget within a transaction; an error that is ErrKey tells why the key takes nothing.
	Raise(ctx context.Context, tx *sql.Tx, id string, amount math.Int) (before, after math.Int, err error)
}

// Config is what a Till works with.
type Config struct {
	DB       *sql.DB // in which the keys lie too
	Keys     Keys
	Settings Settings
	Now      clock.Clock
}

// Till keeps orders and takes payments. Several processes may work on the same database.
type Till struct {
	db       *sql.DB
	keys     Keys
	now      clock.Clock
	rates    map[string]math.Int
	adapters map[string]Adapter
	days     map[string]int
}

// New opens the till and makes its tables where they are absent.
func New(ctx context.Context, cfg Config) (*Till, error) {
	if cfg.DB == nil || cfg.Keys == nil || cfg.Now == nil {
		return nil, errors.New("top-ups need a database, keys and a clock")
	}
	t := &Till{db: cfg.DB, keys: cfg.Keys, now: cfg.Now}
	var err error
	if t.rates, err = cfg.Settings.rates(); err != nil {
		return nil, fmt.Errorf("top-ups: %w", err)
	}
	if t.adapters, t.days, err = cfg.Settings.adapters(cfg.Now); err != nil {
		return nil, fmt.Errorf("top-ups: %w", err)
	}
	if _, err := t.db.ExecContext(ctx, schema); err != nil {
		return nil, fmt.Errorf("open top-ups: %w", err)
	}
	return t, nil
}

// Order writes down that a key is to be topped up, and tells how to pay.
func (t *Till) Order(ctx context.Context, key string, sum Sum, by string) (Order, Ask, error) {
	adapter, on := t.adapters[by]
	if !on {
		return Order{}, Ask{}, fmt.Errorf("%w: %.40q", ErrOff, by)
	}
	if err := sum.Validate(); err != nil {
		return Order{}, Ask{}, err
	}
	rate, sold := t.rates[sum.Currency]
	if !sold {
		return Order{}, Ask{}, fmt.Errorf("no credits are sold for %s", sum.Currency)
	}
	bought, err := sum.creditsFloor(rate)
	if err != nil {
		return Order{}, Ask{}, err
	}
	now := t.now().UTC().Truncate(time.Second)
	o := Order{Key: key, Sum: sum, Credits: bought, By: by, State: Open, Created: now, Due: now.AddDate(0, 0, t.days[by])}
	err = t.transaction(ctx, func(tx *sql.Tx) error {
		if err := t.mayTake(ctx, tx, key, bought); err != nil {
			return err
		}
		o.Number, err = insertOrder(ctx, tx, o)
		return err
	})
	if err != nil {
		return Order{}, Ask{}, fmt.Errorf("order a top-up: %w", err)
	}
	return o, adapter.Ask(o), nil
}

// mayTake tries the raise and takes it back.
func (t *Till) mayTake(ctx context.Context, tx *sql.Tx, key string, amount math.Int) error {
	if _, err := tx.ExecContext(ctx, `SAVEPOINT try`); err != nil {
		return err
	}
	_, _, err := t.keys.Raise(ctx, tx, key, amount)
	_, back := tx.ExecContext(ctx, `ROLLBACK TO try; RELEASE try`)
	return errors.Join(err, back)
}

// Confirm takes an order's payment on the operator's word; the sum that came must be the order's.
func (t *Till) Confirm(ctx context.Context, number string, came Sum) (Entry, error) {
	return t.Take(ctx, Payment{By: InvoiceName, ID: number, Order: number, Sum: came})
}

// Take credits a payment to its order's key, once. One that a service reports and no order fits is written down as refused; one
// that the operator confirms is an error then.
func (t *Till) Take(ctx context.Context, p Payment) (Entry, error) {
	_, reported := t.adapters[p.By].(Reporter)
	var e Entry
	err := t.transaction(ctx, func(tx *sql.Tx) error {
		before, err := findPayment(ctx, tx, p)
		if err != nil {
			return err
		}
		if before != nil && !reported && before.Sum != p.Sum {
			return fmt.Errorf("order %s was paid with %s", p.Order, before.Sum)
		}
		if before != nil {
			e = *before
			e.Again = true
			return nil
		}
		e, err = t.match(ctx, tx, p)
		if err != nil {
			return err
		}
		if e.Outcome != Credited && !reported {
			return errors.New(e.Outcome)
		}
		return insertPayment(ctx, tx, &e, p.Event)
	})
	if err != nil {
		return Entry{}, fmt.Errorf("take payment %.40q: %w", p.ID, err)
	}
	return e, nil
}

// match finds the payment's order and credits it, or says in the outcome why not.
func (t *Till) match(ctx context.Context, tx *sql.Tx, p Payment) (Entry, error) {
	e := Entry{By: p.By, Payment: p.ID, Order: p.Order, Sum: p.Sum, Credits: math.ZeroInt(), Before: math.ZeroInt(), After: math.ZeroInt(), Time: t.now().UTC().Truncate(time.Millisecond)}
	o, err := findOrder(ctx, tx, p.Order)
	switch {
	case errors.Is(err, ErrNoOrder):
		e.Outcome = fmt.Sprintf("there is no order %.40q", p.Order)
		return e, nil
	case err != nil:
		return e, err
	case o.By != p.By:
		e.Outcome = fmt.Sprintf("order %s is paid by %s", o.Number, o.By)
		return e, nil
	case o.State != Open:
		e.Outcome = fmt.Sprintf("order %s is %s already", o.Number, o.State)
		return e, nil
	case o.Sum != p.Sum:
		e.Outcome = fmt.Sprintf("order %s is of %s, not %s", o.Number, o.Sum, p.Sum)
		return e, nil
	}
	before, after, err := t.keys.Raise(ctx, tx, o.Key, o.Credits)
	switch {
	case errors.Is(err, ErrKey):
		e.Outcome = err.Error()
		return e, nil
	case err != nil:
		return e, err
	}
	e.Outcome, e.Key, e.Credits, e.Before, e.After = Credited, o.Key, o.Credits, before, after
	return e, setState(ctx, tx, o.Number, Paid)
}

// Cancel ends an open order: money that still comes for it is refused.
func (t *Till) Cancel(ctx context.Context, number string) error {
	return t.transaction(ctx, func(tx *sql.Tx) error {
		o, err := findOrder(ctx, tx, number)
		switch {
		case err != nil:
			return err
		case o.State == Cancelled:
			return nil
		case o.State != Open:
			return fmt.Errorf("order %s is %s already", number, o.State)
		}
		return setState(ctx, tx, number, Cancelled)
	})
}

// transaction runs work in one; it takes the write lock first, so that what work reads is what it changes.
func (t *Till) transaction(ctx context.Context, work func(*sql.Tx) error) error {
	tx, err := t.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect after a commit
	if _, err := tx.ExecContext(ctx, `UPDATE topup_years SET orders = orders WHERE year = 0`); err != nil {
		return err
	}
	if err := work(tx); err != nil {
		return err
	}
	return tx.Commit()
}
