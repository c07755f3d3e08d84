package machine

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"cosmossdk.io/math"

	"ayni.example/internal/home"
	"ayni.example/provenance/pool/desk"
	"ayni.example/web/operator"
	"ayni.example/x/provenance"
)

// PoolStats implements operator.Pooling.
func (m *Machine) PoolStats(ctx context.Context, text string) (operator.PoolStats, error) {
	id, err := m.poolID(ctx, text)
	if err != nil {
		return operator.PoolStats{}, err
	}
	p, asset, err := m.ledger.Pool(ctx, id)
	if err != nil {
		return operator.PoolStats{}, err
	}
	view, err := m.poolView(ctx, p, asset)
	if err != nil {
		return operator.PoolStats{}, err
	}
	stats := operator.PoolStats{Pool: view}
	if rules, err := m.poolRules(ctx, asset); err == nil { // the pool's machine may be off
		stats.Schema = rules.Schema
	}
	people, err := m.ledger.Contributors(ctx, id)
	if err != nil {
		return stats, err
	}
	for _, c := range people {
		stats.Contributors = append(stats.Contributors, operator.Contributor{
			Address: c.Address, Points: c.Points.String(), Owed: home.FormatCredits(c.Owed), Paid: home.FormatCredits(c.Paid),
		})
	}
	list, err := m.ledger.Contributions(ctx, id)
	if err != nil {
		return stats, err
	}
	own := m.tickets(hex.EncodeToString(id))
	for _, c := range list {
		row := contributed(c)
		if t, mine := own[row.ID]; mine {
			m.found(ctx, view.Owner, t, &row)
		}
		stats.Contributions = append(stats.Contributions, row)
	}
	return stats, nil
}

// contribution is one of this machine's.
func (m *Machine) contribution(ctx context.Context, owner string, t desk.Ticket) (operator.Contribution, error) {
	id, err := hex.DecodeString(t.Contribution)
	if err != nil {
		return operator.Contribution{}, err
	}
	c, err := m.ledger.Contribution(ctx, id)
	if err != nil {
		return operator.Contribution{}, err
	}
	row := contributed(c)
	row.Given = true
	m.found(ctx, owner, t, &row)
	return row, nil
}

// found adds what the pool's machine tells the contributor alone.
func (m *Machine) found(ctx context.Context, owner string, t desk.Ticket, row *operator.Contribution) {
	s, err := m.poolStream(ctx, owner)
	if err != nil {
		return
	}
	v, known, err := desk.Found(ctx, s, t)
	if err = errors.Join(err, s.Close()); err == nil && known {
		row.Given, row.Detail = true, v.Detail
	}
}

// tickets are this machine's to a pool, by contribution.
func (m *Machine) tickets(pool string) map[string]desk.Ticket {
	out := map[string]desk.Ticket{}
	names, _ := filepath.Glob(m.ticketFile(pool, "*")) // the pattern is well formed
	for _, name := range names {
		var t desk.Ticket
		if text, err := os.ReadFile(name); err == nil && json.Unmarshal(text, &t) == nil && t.Contribution != "" {
			out[t.Contribution] = t
		}
	}
	return out
}

func contributed(c provenance.Contribution) operator.Contribution {
	return operator.Contribution{
		ID: hex.EncodeToString(c.ID), Pool: hex.EncodeToString(c.Pool), Epoch: c.Epoch, Owner: c.Owner, Bytes: c.Bytes, Points: c.Points,
		Reason: c.Reason, Height: c.Height, State: strings.ToLower(strings.TrimPrefix(c.State.String(), "CONTRIBUTION_")),
	}
}

// poolEarned is what a pool's contributors have earned, in credits.
func (m *Machine) poolEarned(ctx context.Context, id []byte) (string, error) {
	people, err := m.ledger.Contributors(ctx, id)
	total := math.ZeroInt()
	for _, c := range people {
		total = total.Add(c.Owed).Add(c.Paid)
	}
	return home.FormatCredits(total), err
}
