package machine

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
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
	if err := m.ledger.Submit(ctx, &provenance.MsgWithdraw{Contributor: m.address, Contribution: id}); err != nil {
		return operator.Contribution{}, err
	}
	c, err := m.ledger.Contribution(ctx, id)
	if err != nil {
		return operator.Contribution{}, err
	}
	row := contributed(c)
	// Without its ticket the file can be contributed anew, with another salt: what was committed to once is not again.
	if t, kept := m.tickets(row.Pool)[row.ID]; kept {
		err = os.Remove(m.ticketFile(t.Pool, t.Digest))
	}
	return row, err
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
