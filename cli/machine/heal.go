package machine

import (
	"context"
	"time"

	"ayni.example/inference/gateway"
)

// healEvery is how often lanes that a crash or a broken connection left open are settled.
const healEvery = 15 * time.Second

// heal settles interrupted jobs, so that what was paid for them becomes a receipt without waiting for the next request, and
// takes back what is left in channels whose challenge period is over.
func (m *Machine) heal(ctx context.Context) error {
	ticker := time.NewTicker(healEvery)
	defer ticker.Stop()
	for {
		m.healOnce(ctx)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

func (m *Machine) healOnce(ctx context.Context) {
	payees, err := m.payer.Interrupted(ctx)
	if err != nil {
		m.config.Log.Warn("interrupted jobs not listed", "error", err.Error())
		return
	}
	for _, payee := range payees {
		p, err := m.ledger.Provider(ctx, payee)
		if err == nil {
			err = m.remote.Heal(ctx, gateway.Route{Provider: payee, Moniker: p.Name, Key: p.ReceiptKey, Peer: p.PeerId, Addrs: p.Endpoints})
		}
		if err != nil {
			m.config.Log.Info("interrupted job not settled yet", "provider", payee, "error", err.Error())
		}
	}
	if _, err := m.payer.Finalise(ctx, m.node.Height()); err != nil {
		m.config.Log.Info("rest of closed channels not taken back yet", "error", err.Error())
	}
	if err := m.keepHealed(ctx); err != nil {
		m.config.Log.Warn("receipts of interrupted jobs not listed", "error", err.Error())
	}
}
