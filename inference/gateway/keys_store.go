package gateway

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"cosmossdk.io/math"

	"ayni.example/inference/engine"
)

const keyColumns = `id, name, budget, spent, rate, models, admin, created, expires, revoked`

// List gives all keys, oldest first, revoked ones too.
func (k *Keys) List(ctx context.Context) ([]Key, error) {
	rows, err := k.db.QueryContext(ctx, `SELECT `+keyColumns+` FROM gateway_keys ORDER BY created, id`)
	if err != nil {
		return nil, fmt.Errorf("list api keys: %w", err)
	}
	defer func() { _ = rows.Close() }()
	keys := []Key{}
	for rows.Next() {
		key, err := scanKey(rows.Scan)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list api keys: %w", err)
	}
	return keys, nil
}

// Key gives one key, ErrNoKey when there is none with that id.
func (k *Keys) Key(ctx context.Context, id string) (Key, error) {
	return scanKey(k.db.QueryRowContext(ctx, `SELECT `+keyColumns+` FROM gateway_keys WHERE id = ?`, id).Scan)
}

func (k *Keys) byHash(ctx context.Context, hash []byte) (Key, error) {
	return scanKey(k.db.QueryRowContext(ctx, `SELECT `+keyColumns+` FROM gateway_keys WHERE hash = ?`, hash).Scan)
}

// insert stores a new key, in the same statement that bounds their number.
func (k *Keys) insert(ctx context.Context, key Key, hash []byte) error {
	models, err := json.Marshal(append([]string{}, key.Models...))
	if err != nil {
		return fmt.Errorf("store api key: %w", err)
	}
	const statement = `INSERT INTO gateway_keys (id, hash, name, budget, rate, models, admin, created, expires)
		SELECT ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM gateway_keys) < ?`
	result, err := k.db.ExecContext(ctx, statement, key.ID, hash, key.Name, amountText(key.Budget), key.Rate, string(models),
		key.Admin, millis(key.Created), millis(key.Expires), maxKeys)
	if err != nil {
		return fmt.Errorf("store api key: %w", err)
	}
	if n, err := result.RowsAffected(); err == nil && n == 0 {
		return engine.Errorf(engine.Busy, "there are %d api keys already", maxKeys)
	}
	return nil
}

func (k *Keys) update(ctx context.Context, id string, spec KeySpec) error {
	models, err := json.Marshal(append([]string{}, spec.Models...))
	if err != nil {
		return fmt.Errorf("change api key %s: %w", id, err)
	}
	const statement = `UPDATE gateway_keys SET name = ?, budget = ?, rate = ?, models = ?, admin = ?, expires = ? WHERE id = ?`
	result, err := k.db.ExecContext(ctx, statement, spec.Name, amountText(spec.Budget), spec.Rate, string(models), spec.Admin,
		millis(spec.Expires), id)
	return changedOne(result, err, "change", id)
}

func (k *Keys) revoke(ctx context.Context, id string) error {
	const statement = `UPDATE gateway_keys SET revoked = ? WHERE id = ? AND revoked = 0`
	result, err := k.db.ExecContext(ctx, statement, millis(k.now()), id)
	err = changedOne(result, err, "revoke", id)
	if !errors.Is(err, ErrNoKey) {
		return err
	}
	_, err = k.Key(ctx, id) // revoked before is as good
	return err
}

func changedOne(result sql.Result, err error, what, id string) error {
	if err != nil {
		return fmt.Errorf("%s api key %s: %w", what, id, err)
	}
	if n, err := result.RowsAffected(); err == nil && n == 0 {
		return fmt.Errorf("%s api key %s: %w", what, id, ErrNoKey)
	}
	return nil
}

func scanKey(scan func(...any) error) (Key, error) {
	var key Key
	var budget, spent, models string
	var created, expires, revoked int64
	err := scan(&key.ID, &key.Name, &budget, &spent, &key.Rate, &models, &key.Admin, &created, &expires, &revoked)
	if errors.Is(err, sql.ErrNoRows) {
		return Key{}, ErrNoKey
	}
	if err != nil {
		return Key{}, fmt.Errorf("read api key: %w", err)
	}
	if budget != "" {
		amount, err := parseAmount(budget)
		if err != nil {
			return Key{}, fmt.Errorf("read budget of api key %s: %w", key.ID, err)
		}
		key.Budget = &amount
	}
	if key.Spent, err = parseAmount(spent); err != nil {
		return Key{}, fmt.Errorf("read spending of api key %s: %w", key.ID, err)
	}
	if err := json.Unmarshal([]byte(models), &key.Models); err != nil {
		return Key{}, fmt.Errorf("read models of api key %s: %w", key.ID, err)
	}
	key.Created, key.Expires, key.Revoked = fromMillis(created), fromMillis(expires), fromMillis(revoked)
	return key, nil
}

func parseAmount(text string) (math.Int, error) {
	amount, ok := math.NewIntFromString(text)
	if !ok {
		return math.Int{}, fmt.Errorf("%q is no amount", text)
	}
	return amount, nil
}

func amountText(amount *math.Int) string {
	if amount == nil || amount.IsNil() {
		return ""
	}
	return amount.String()
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
