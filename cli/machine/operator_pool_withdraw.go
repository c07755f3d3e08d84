package machine

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"ayni.example/web/operator"
	"ayni.example/x/provenance"
)

// WithdrawContribution implements operator.Pooling.
func (m *Machine) WithdrawContribution(ctx context.Context, text string) (operator.Contribution, error) {
	id, err := m.givenID(text)
	if err != nil {
		return operator.Contribution{}, err
	}
	c, err := m.ledger.Contribution(ctx, id)
	if err != nil {
		return operator.Contribution{}, err
	}
	if c.Owner != m.address {
		return contributed(c), advice(fmt.Errorf("contribution %x is of %s", id, c.Owner), "who gave it can take it back, on the machine of that account")
	}
	// Without its ticket the file can be contributed anew, with another salt: what was committed to once is not again.
	if err := (vaultBook{m}).Withdraw(ctx, hex.EncodeToString(id)); err != nil {
		return contributed(c), err
	}
	c, err = m.ledger.Contribution(ctx, id)
	return contributed(c), err
}

// givenID takes the id of a contribution, or the beginning of one of this machine's.
func (m *Machine) givenID(text string) ([]byte, error) {
	if id, err := hex.DecodeString(text); err == nil && len(id) == provenance.IDSize {
		return id, nil
	}
	text = strings.TrimSuffix(text, "…")
	var found []string
	for id := range m.tickets("*") {
		if len(text) >= 6 && strings.HasPrefix(id, text) {
			found = append(found, id)
		}
	}
	if len(found) != 1 {
		return nil, advice(fmt.Errorf("%d contributions of this machine begin with %q", len(found), text), "`ayni pool stats POOL --json` shows whole ids")
	}
	return hex.DecodeString(found[0])
}
