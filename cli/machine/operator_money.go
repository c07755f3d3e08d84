package machine

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"cosmossdk.io/math"

	"ayni.example/credit"
	"ayni.example/inference/gateway"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
	x "ayni.example/x/credit"
)

// Wallet implements operator.Operator.
func (m *Machine) Wallet(ctx context.Context) (operator.Wallet, error) {
	balance, err := m.ledger.Balance(ctx, m.address)
	if err != nil {
		return operator.Wallet{}, err
	}
	w := operator.Wallet{
		Address: m.address, Hex: "0x" + hex.EncodeToString(accountKey(m.keys.Wallet()).PubKey().Address()), Balance: home.FormatCredits(balance),
		Bonded: "0", Fees: home.FormatCredits(m.ledger.paid()),
	}
	if p, err := m.ledger.Provider(ctx, m.address); err == nil {
		w.Bonded = home.FormatCredits(p.Bond)
	}
	deposited, promised, receivable := math.ZeroInt(), math.ZeroInt(), math.ZeroInt()
	channels, err := m.channels(ctx)
	if err != nil {
		return w, err
	}
	for _, c := range channels {
		if c.payer {
			deposited = deposited.Add(c.on.Deposit.Sub(c.on.Claimed))
			promised = promised.Add(c.signed.Sub(c.on.Claimed))
		} else {
			receivable = receivable.Add(math.MaxInt(math.ZeroInt(), c.signed.Sub(c.on.Claimed)))
		}
	}
	price, err := m.ledger.Price(ctx)
	if err != nil {
		return w, err
	}
	quota, left, err := m.ledger.Quota(ctx, m.address)
	if err != nil {
		return w, err
	}
	w.GasPrice, w.Quota, w.QuotaLeft = price.String(), quota.Gas, left
	w.Deposited, w.Promised, w.Receivable = home.FormatCredits(deposited), home.FormatCredits(promised), home.FormatCredits(receivable)
	return w, nil
}

// part is this machine's part in a channel.
type part struct {
	on     x.Channel
	payer  bool
	signed math.Int // in the latest vouchers that this machine knows
}

// channels lists the open and closing channels of this machine with what is signed in each.
func (m *Machine) channels(ctx context.Context) ([]part, error) {
	var list []part
	for _, payer := range []bool{true, false} {
		role, from, to := credit.AsPayee, "", m.address
		if payer {
			role, from, to = credit.AsPayer, m.address, ""
		}
		on, err := m.ledger.Channels(ctx, from, to)
		if err != nil {
			return nil, err
		}
		lanes, err := m.store.Lanes(ctx, role)
		if err != nil {
			return nil, err
		}
		for _, c := range on {
			if c.State == x.ChannelClosed {
				continue
			}
			p := part{on: c, payer: payer, signed: math.ZeroInt()}
			for _, l := range lanes {
				if string(l.Channel[:]) == string(c.Id) {
					p.signed = p.signed.Add(l.Cumulative)
				}
			}
			list = append(list, p)
		}
	}
	return list, nil
}

// Channels implements operator.Operator.
func (m *Machine) Channels(ctx context.Context) ([]operator.Channel, error) {
	parts, err := m.channels(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]operator.Channel, 0, len(parts))
	for _, p := range parts {
		line := operator.Channel{
			ID: hex.EncodeToString(p.on.Id), Role: "payee", Peer: p.on.Payer, State: channelWord(p.on.State),
			Deposit: home.FormatCredits(p.on.Deposit), Claimed: home.FormatCredits(p.on.Claimed), Signed: home.FormatCredits(p.signed),
		}
		if p.payer {
			line.Role, line.Peer = "payer", p.on.Payee
		}
		list = append(list, line)
	}
	return list, nil
}

func channelWord(s x.ChannelState) string {
	switch s {
	case x.ChannelOpen:
		return "open"
	case x.ChannelClosing:
		return "closing"
	case x.ChannelClosed:
		return "closed"
	default:
		return "unknown"
	}
}

// CloseChannel implements operator.Operator: it begins the challenge period, or ends a channel whose period is over.
func (m *Machine) CloseChannel(ctx context.Context, id string) error {
	raw, err := hex.DecodeString(id)
	if err != nil {
		return fmt.Errorf("channel id: %w", err)
	}
	channel, _, err := m.ledger.Client.Channel(ctx, raw)
	if err != nil {
		return err
	}
	if channel.State == x.ChannelClosing {
		return m.ledger.Submit(ctx, &x.MsgFinaliseChannel{Sender: m.address, Channel: raw})
	}
	if channel.Payee == m.address {
		if err := m.tower.Claim(ctx, true); err != nil {
			return fmt.Errorf("claim before closing: %w", err)
		}
	}
	return m.ledger.Submit(ctx, &x.MsgCloseChannel{Sender: m.address, Channel: raw})
}

// Claim implements operator.Operator.
func (m *Machine) Claim(ctx context.Context) error { return m.tower.Claim(ctx, true) }

// CreateKey implements operator.Operator.
func (m *Machine) CreateKey(ctx context.Context, req operator.KeyRequest) (operator.Key, error) {
	spec := gateway.KeySpec{Name: req.Name, Rate: req.Rate, Models: req.Models, Admin: req.Admin}
	if req.Budget != "" {
		budget, err := home.Credits(req.Budget)
		if err != nil {
			return operator.Key{}, err
		}
		spec.Budget = &budget
	}
	if req.Expires > 0 {
		spec.Expires = m.now().Add(req.Expires)
	}
	secret, key, err := m.apiKeys.Create(ctx, spec)
	if err != nil {
		return operator.Key{}, err
	}
	line := keyLine(key)
	line.Secret = secret
	return line, nil
}

// Keys implements operator.Operator.
func (m *Machine) Keys(ctx context.Context) ([]operator.Key, error) {
	keys, err := m.apiKeys.List(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]operator.Key, 0, len(keys))
	for _, k := range keys {
		list = append(list, keyLine(k))
	}
	return list, nil
}

func keyLine(k gateway.Key) operator.Key {
	line := operator.Key{
		ID: k.ID, Name: k.Name, Spent: home.FormatCredits(k.Spent), Rate: k.Rate, Created: k.Created, Expires: k.Expires, Models: k.Models,
		Revoked: !k.Revoked.Equal(time.Time{}),
	}
	if k.Budget != nil {
		line.Budget = home.FormatCredits(*k.Budget)
	}
	return line
}

// RevokeKey implements operator.Operator.
func (m *Machine) RevokeKey(ctx context.Context, id string) error { return m.apiKeys.Revoke(ctx, id) }
