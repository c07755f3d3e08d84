package machine

import (
	"context"
	"strings"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/index"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
	"ayni.example/x/credit"
)

// Index implements operator.Operator.
func (m *Machine) Index(ctx context.Context) (operator.IndexStatus, error) {
	return m.index.Status(ctx), nil
}

// CheckIndex implements operator.Operator.
func (m *Machine) CheckIndex(ctx context.Context, from, to int64) (operator.IndexReport, error) {
	return m.index.Check(ctx, from, to)
}

// RebuildIndex implements operator.Operator.
func (m *Machine) RebuildIndex(ctx context.Context, force bool) error {
	return m.index.Rebuild(ctx, force)
}

// Events implements operator.Operator.
func (m *Machine) Events(ctx context.Context, filter operator.EventFilter, page operator.Page) ([]operator.Event, error) {
	filter.Subject = plain(filter.Subject)
	return m.index.Events(ctx, filter, index.Page{Limit: page.Limit, Before: page.Before})
}

// plain is an account as the ledger writes it, whichever form it was given in; anything else stays.
func plain(account string) string {
	if raw, err := (ethkey.AddressCodec{}).StringToBytes(account); err == nil {
		return ethkey.Format(raw)
	}
	return account
}

// History implements operator.Operator.
func (m *Machine) History(ctx context.Context, account string, page operator.Page) ([]operator.Entry, error) {
	if account == "" {
		account = m.address
	}
	entries, err := m.index.History(ctx, plain(account), index.Page{Limit: page.Limit, Before: page.Before})
	if err != nil {
		return nil, err
	}
	list := make([]operator.Entry, 0, len(entries))
	for _, e := range entries {
		line := operator.Entry{
			Height: e.Height, Time: e.Time, Hash: e.Hash, Sender: e.Sender, Code: e.Code, Log: e.Log, Messages: e.Messages,
			Net: home.FormatCredits(e.Net), Movements: []operator.Movement{}, Events: e.Events, Cursor: e.Cursor,
		}
		for _, move := range e.Movements {
			line.Movements = append(line.Movements, operator.Movement{Amount: home.FormatCredits(move.Amount), Peer: move.Peer, Reason: move.Reason})
		}
		list = append(list, line)
	}
	return list, nil
}

// Activity implements operator.Operator.
func (m *Machine) Activity(ctx context.Context, days int) ([]operator.Activity, error) {
	return m.index.Activity(ctx, m.lastDays(days))
}

// earnedDays is the period that a machine's earnings are shown for.
const earnedDays = 30

// earnedLately is what each account was paid for its vouchers; nil while the index cannot tell.
func (m *Machine) earnedLately(ctx context.Context) map[string]string {
	totals, err := m.index.Received(ctx, strings.TrimPrefix(sdk.MsgTypeURL(&credit.MsgClaim{}), "/"), m.lastDays(earnedDays))
	if err != nil {
		m.config.Log.Debug("earnings are not known", "error", err.Error())
		return nil
	}
	earned := make(map[string]string, len(totals))
	for _, t := range totals {
		earned[t.Account] = home.FormatCredits(t.Received)
	}
	return earned
}

// Usage implements operator.Operator.
func (m *Machine) Usage(ctx context.Context, account string, days int) ([]operator.Used, error) {
	if account == "" {
		account = m.address
	}
	used, err := m.index.Usage(ctx, plain(account), m.lastDays(days))
	if err != nil {
		return nil, err
	}
	list := make([]operator.Used, 0, len(used))
	for _, u := range used {
		list = append(list, operator.Used{
			Day: u.Day, Reason: u.Reason, Movements: u.Movements, Received: home.FormatCredits(u.Received), Spent: home.FormatCredits(u.Spent),
		})
	}
	return list, nil
}

// lastDays are the days up to today.
func (m *Machine) lastDays(n int) index.Days {
	now := m.now().UTC()
	return index.Days{From: now.Add(-time.Duration(n-1) * 24 * time.Hour), To: now}
}
