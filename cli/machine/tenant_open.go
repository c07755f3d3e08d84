package machine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"ayni.example/artifact"
	"ayni.example/artifact/exchange"
	"ayni.example/compute/session"
	"ayni.example/compute/tenant"
	"ayni.example/compute/training"
	"ayni.example/p2p"
	"ayni.example/x/compute"
)

// pinTenant names the tenant's side among those who keep artifacts.
const pinTenant = "order"

// openTenant looks after what this machine has ordered.
func (m *Machine) openTenant(context.Context) error {
	store := m.fetches.artifacts
	var err error
	m.tenant, err = tenant.New(tenant.Config{
		Dir: filepath.Join(m.config.Home.Dir(), "compute", "orders"), Ledger: m.ledger, Now: m.now, Logger: m.config.Log,
		Session: func(ctx context.Context, l compute.Lease) (tenant.Session, error) {
			s, err := m.leaseSession(ctx, l)
			if err != nil {
				return nil, err
			}
			return session.NewClient(session.ClientConfig{
				Open:   func(ctx context.Context) (*p2p.Stream, error) { return m.leaseStream(ctx, l) },
				Signer: grantSigner{m}, ChainID: s.ChainID, Lease: s.Lease, Provider: s.Provider, Self: s.Self, Now: m.now,
			})
		},
		Keep: func(ctx context.Context, d artifact.Digest, from compute.Lease) error {
			if err := m.fetchFrom(ctx, store, d, from, 0); err != nil {
				return err
			}
			return store.Pin(artifact.Pin{Digest: d, Owner: pinTenant, Reason: fmt.Sprintf("checkpoint of order %x", from.Order)})
		},
		Drop: func(d artifact.Digest) error {
			if err := store.Unpin(d, pinTenant); !errors.Is(err, artifact.ErrNotPinned) {
				return err
			}
			return nil
		},
	})
	if err != nil {
		return err
	}
	m.addReader("tenant", m.tenant.Run)
	states, err := training.NewKeeper(training.KeeperConfig{
		Tenant: m.address, Ledger: m.ledger, Store: store, Now: m.now, Logger: m.config.Log,
		Fetch: func(ctx context.Context, d artifact.Digest, from compute.Lease, most int64) error {
			return m.fetchFrom(ctx, store, d, from, most)
		},
	})
	if err != nil {
		return err
	}
	m.addReader("states of trainings", states.Run)
	return nil
}

// fetchFrom brings an artifact here, from a lease's machine before others.
func (m *Machine) fetchFrom(ctx context.Context, store *artifact.Store, d artifact.Digest, l compute.Lease, most int64) error {
	request := exchange.Request{Digest: d, Into: store, Max: most}
	if p, err := m.ledger.Provider(ctx, l.Provider); err == nil && p.PeerId != "" {
		request.From = []exchange.Peer{{ID: p.PeerId, Addrs: p.Endpoints}}
	}
	_, err := m.exchange.Fetch(ctx, request)
	return err
}

// leaseStream opens a stream to a lease's machine.
func (m *Machine) leaseStream(ctx context.Context, l compute.Lease) (*p2p.Stream, error) {
	p, err := m.ledger.Provider(ctx, l.Provider)
	if err != nil {
		return nil, err
	}
	return m.host.Open(ctx, p.PeerId, p.Endpoints, session.Protocol)
}

// grantSigner signs with this machine's account.
type grantSigner struct{ m *Machine }

// Sign implements session.Signer.
func (g grantSigner) Sign(message []byte) (key, signature []byte, err error) {
	account := accountKey(g.m.keys.Wallet())
	signature, err = account.Sign(message)
	return account.PubKey().Bytes(), signature, err
}
