package gateway

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"cosmossdk.io/math"

	"ayni.example/credit/topup"
)

// budgetBits bounds a budget, so that no sum of budgets overflows.
const budgetBits = 200

// Raise implements topup.Keys.
func (k *Keys) Raise(ctx context.Context, tx *sql.Tx, id string, amount math.Int) (before, after math.Int, err error) {
	key, err := scanKey(tx.QueryRowContext(ctx, `SELECT `+keyColumns+` FROM gateway_keys WHERE id = ?`, id).Scan)
	switch {
	case errors.Is(err, ErrNoKey):
		return before, after, fmt.Errorf("there is no api key %.40q: %w", id, topup.ErrKey)
	case err != nil:
		return before, after, err
	case !key.Revoked.IsZero() || !key.Expires.IsZero() && !k.now().Before(key.Expires):
		return before, after, fmt.Errorf("api key %s is revoked or has expired: %w", id, topup.ErrKey)
	case key.Budget == nil:
		return before, after, fmt.Errorf("api key %s has no budget and spends without bound: %w", id, topup.ErrKey)
	case !amount.IsPositive() || amount.BigInt().BitLen() > budgetBits || key.Budget.Add(amount).BigInt().BitLen() > budgetBits:
		return before, after, fmt.Errorf("api key %s would have too large a budget: %w", id, topup.ErrKey)
	}
	before, after = *key.Budget, key.Budget.Add(amount)
	if _, err := tx.ExecContext(ctx, `UPDATE gateway_keys SET budget = ? WHERE id = ?`, after.String(), id); err != nil {
		return before, after, fmt.Errorf("raise budget of api key %s: %w", id, err)
	}
	return before, after, nil
}

var _ topup.Keys = (*Keys)(nil)
