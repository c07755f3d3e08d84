package machine

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"ayni.example/credit"
	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
	"ayni.example/inference/remote"
	"ayni.example/inference/serve"
	"ayni.example/internal/home"
	"ayni.example/provenance/vault/endpoint"
	"ayni.example/receipt"
	"ayni.example/web"
)

// remoteBackend is the payer's side of the network.
type remoteBackend interface {
	gateway.Backend
	Heal(ctx context.Context, route gateway.Route) error
}

// openGateway opens the HTTP side: keys, receipts, router, console.
func (m *Machine) openGateway(ctx context.Context) error {
	var err error
	if m.apiKeys, err = gateway.OpenKeys(ctx, gateway.KeysConfig{DB: m.database, Now: m.now, Random: rand.Reader}); err != nil {
		return err
	}
	if m.receipts, err = gateway.OpenReceipts(ctx, gateway.ReceiptsConfig{DB: m.database, Random: rand.Reader}); err != nil {
		return err
	}
	arenas, err := m.openScores()
	if err != nil {
		return err
	}
	m.catalog, err = gateway.NewCatalog(gateway.CatalogConfig{
		Local: localModels{m}, Market: &market{ledger: m.ledger, owed: m.owed, now: m.now}, Scores: arenas, Self: []string{m.address}, Random: rand.Reader,
		Now: m.now, Logger: m.config.Log,
	})
	if err != nil {
		return err
	}
	own, err := m.openLocal(ctx)
	if err != nil {
		return err
	}
	m.remote, err = remote.New(remote.Config{
		Host: m.host, Payer: m.payer, Session: m.keys.Wallet().SessionKey(), ChainID: m.node.Genesis().ChainID, Meter: meter{m.library}, Random: rand.Reader,
		Logger: m.config.Log,
	})
	if err != nil {
		return err
	}
	return m.openHTTP(ctx, own)
}

func (m *Machine) openHTTP(ctx context.Context, own gateway.Backend) error {
	s := m.config.Settings
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.Listen)
	if err != nil {
		return advice(fmt.Errorf("listen on %s: %w", s.Listen, err), "stop what uses the port, or choose another with --listen (127.0.0.1:0 picks a free one)")
	}
	m.closers = append(m.closers, listener)
	certificate, err := loadTLS(s.TLS)
	if err != nil {
		return err
	}
	console, err := web.New(web.Config{Operator: m, Log: m.config.Log})
	if err != nil {
		return err
	}
	models, err := m.shelf.registry(m.now)
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), m.index, m.exchange, m.holder)
	for _, e := range m.engines {
		if own, ok := e.(prometheus.Collector); ok {
			registry.MustRegister(own)
		}
	}
	connected, err := endpoint.New(endpoint.Config{Open: m.vaultSource, Version: m.config.Version})
	if err != nil {
		return err
	}
	tools, err := m.openMCP()
	if err != nil {
		return err
	}
	payments, carrier, err := m.openPayments(ctx)
	if err != nil {
		return err
	}
	tools.payments = payments
	registry.MustRegister(payments)
	reports, err := m.openTopup(ctx)
	if err != nil {
		return err
	}
	m.gateway, err = gateway.New(gateway.Config{
		Listener: listener, TLS: certificate, BehindProxy: s.TLS.Proxy, Hosts: s.Hosts, Origins: s.Origins, Local: own, Remote: m.remote,
		Router: m.catalog, Keys: m.apiKeys, Receipts: m.receipts, Aliases: s.Aliases, Session: m.keys.Wallet().SessionKey(), Evidence: m.evidence,
		Console: console.Handler(), Models: models, Vault: connected, MCP: tools, Unsold: tools.unsold, Payments: payments, Carrier: carrier, Topup: reports, Ready: m.ready, Registry: registry, KeepInput: s.KeepContent, Now: m.now, Random: rand.Reader, Logger: m.config.Log,
	})
	if err != nil {
		return err
	}
	m.url = "http://" + listener.Addr().String()
	if certificate != nil {
		m.url = "https://" + listener.Addr().String()
	}
	m.add("gateway", m.gateway.Run)
	m.add("mcp", tools.Run) // ends before the gateway, which waits for streams to end
	m.addReader("healer", m.heal)
	return nil
}

func loadTLS(t home.TLS) (*tls.Config, error) {
	if t.Cert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err != nil {
		return nil, advice(fmt.Errorf("load certificate: %w", err), "check tls.cert and tls.key in the configuration")
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// ready tells why the gateway should not be asked yet.
func (m *Machine) ready() error {
	if m.node.Height() < 1 {
		return errors.New("the ledger has no block yet")
	}
	return nil
}

// evidence gathers what the ledger proves of a receipt.
func (m *Machine) evidence(ctx context.Context, r receipt.Receipt) (gateway.Proven, error) {
	file, err := m.notary.Gather(ctx, receipt.File{Receipt: r})
	if err != nil || file.Proofs == nil {
		return gateway.Proven{}, err
	}
	return gateway.Proven{Chain: file.Chain, Proofs: *file.Proofs}, nil
}

// localModels lists this machine's models for the router.
type localModels struct{ m *Machine }

// LocalModels implements gateway.Local.
func (l localModels) LocalModels(ctx context.Context) ([]engine.Model, error) { return l.m.local(ctx) }

// openLocal is the backend of this machine's own engines.
func (m *Machine) openLocal(ctx context.Context) (*serve.Local, error) {
	chain, err := credit.NewLocal(ctx, m.store, m.keys.Wallet().ReceiptKey())
	if err != nil {
		return nil, err
	}
	return serve.NewLocal(m.server, chain)
}
