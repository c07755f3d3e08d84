package gateway

import (
	"context"
	"fmt"
	"time"

	"cosmossdk.io/math"

	"ayni.example/inference/engine"
	"ayni.example/internal/home"
)

// heldWait is when a request that found the budget held by others may try again.
const heldWait = 5 * time.Second

// Reserve holds up to most acredit of the key's budget for a request and returns what it may cost. What all requests in flight
// hold and what was spent never exceed the budget together. Each Reserve that succeeds is followed by one Settle.
func (k *Keys) Reserve(ctx context.Context, id, request string, most math.Int) (math.Int, error) {
	if !most.IsPositive() {
		return math.ZeroInt(), nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	key, err := k.Key(ctx, id) // spent grows under the same lock
	if err != nil {
		return math.Int{}, err
	}
	granted := most
	held := orZero(k.held[id])
	if key.Budget != nil {
		left := key.Budget.Sub(key.Spent)
		if !left.IsPositive() {
			return math.Int{}, engine.Errorf(engine.Unpaid, "api key %s has spent its budget of %s credits", id, home.FormatCredits(*key.Budget)).
				WithHint("the owner of this gateway can top it up: `ayni payments topup order KEY SUM`, or give another key: `ayni key create --budget CREDITS`")
		}
		free := left.Sub(held)
		if !free.IsPositive() {
			return math.Int{}, later(engine.Busy, heldWait, "the rest of the budget of api key %s is held by its requests in flight", id)
		}
		granted = math.MinInt(most, free)
	}
	const statement = `INSERT INTO gateway_reservations (request, key, amount) VALUES (?, ?, ?)
		ON CONFLICT (request) DO UPDATE SET amount = excluded.amount` // left by a settlement that could not be written
	if _, err := k.db.ExecContext(ctx, statement, request, id, granted.String()); err != nil {
		return math.Int{}, fmt.Errorf("reserve budget of api key %s: %w", id, err)
	}
	k.held[id] = held.Add(granted)
	return granted, nil
}

// Settle ends a reservation with what the request cost, which may be nothing.
func (k *Keys) Settle(ctx context.Context, id, request string, granted, cost math.Int) error {
	if !granted.IsPositive() && !cost.IsPositive() {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.charge(ctx, id, request, cost); err != nil {
		return err // still held: better too little budget than too much
	}
	if left := orZero(k.held[id]).Sub(granted); left.IsPositive() {
		k.held[id] = left
	} else {
		delete(k.held, id)
	}
	return nil
}

// Recover charges what requests held when the gateway was killed: their answers may have been paid for. It returns the ids of
// these requests and belongs before the first request.
func (k *Keys) Recover(ctx context.Context) ([]string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	type row struct{ request, key, amount string }
	rows, err := k.db.QueryContext(ctx, `SELECT request, key, amount FROM gateway_reservations ORDER BY request`)
	if err != nil {
		return nil, fmt.Errorf("read reservations: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var open []row
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.request, &r.key, &r.amount); err != nil {
			return nil, fmt.Errorf("read reservations: %w", err)
		}
		open = append(open, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read reservations: %w", err)
	}
	var requests []string
	for _, r := range open {
		amount, err := parseAmount(r.amount)
		if err != nil {
			return nil, fmt.Errorf("read reservation of request %s: %w", r.request, err)
		}
		if err := k.charge(ctx, r.key, r.request, amount); err != nil {
			return nil, err
		}
		requests = append(requests, r.request)
	}
	return requests, nil
}

// charge adds to what a key spent and drops the reservation, both or neither.
func (k *Keys) charge(ctx context.Context, id, request string, cost math.Int) error {
	tx, err := k.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("charge api key %s: %w", id, err)
	}
	defer func() { _ = tx.Rollback() }() // no effect after a commit
	// The delete takes the write lock before spent is read.
	if _, err := tx.ExecContext(ctx, `DELETE FROM gateway_reservations WHERE request = ?`, request); err != nil {
		return fmt.Errorf("charge api key %s: %w", id, err)
	}
	if cost.IsPositive() {
		var text string
		if err := tx.QueryRowContext(ctx, `SELECT spent FROM gateway_keys WHERE id = ?`, id).Scan(&text); err != nil {
			return fmt.Errorf("charge api key %s: %w", id, err)
		}
		spent, err := parseAmount(text)
		if err != nil {
			return fmt.Errorf("charge api key %s: %w", id, err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE gateway_keys SET spent = ? WHERE id = ?`, spent.Add(cost).String(), id); err != nil {
			return fmt.Errorf("charge api key %s: %w", id, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("charge api key %s: %w", id, err)
	}
	return nil
}
