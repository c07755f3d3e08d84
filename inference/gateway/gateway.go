package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"

	"ayni.example/inference/dialect"
	"ayni.example/inference/engine"
	"ayni.example/receipt"
)

// Gateway answers applications.
type Gateway struct {
	cfg      Config
	log      *slog.Logger
	guard    *Guard
	metrics  *metrics
	slots    chan struct{} // one for each request in flight
	replays  *replays
	secret   [32]byte // salts and seeds are derived from it
	payer    receipt.Key
	handler  http.Handler
	inner    http.Handler // routes, behind the guard
	draining atomic.Bool
}

// New makes a gateway; it serves once Run is called.
func New(cfg Config) (*Gateway, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if err := cfg.defaults(); err != nil {
		return nil, err
	}
	var sold func(*http.Request) bool
	if cfg.Payments != nil {
		sold = priced(cfg.Payments)
	}
	guard, err := NewGuard(GuardConfig{
		Addr: cfg.Listener.Addr(), TLS: cfg.TLS != nil, BehindProxy: cfg.BehindProxy, Hosts: cfg.Hosts, Origins: cfg.Origins,
		Keys: cfg.Keys, Priced: sold,
	})
	if err != nil {
		return nil, err
	}
	g := &Gateway{
		cfg: cfg, log: cfg.Logger, guard: guard, slots: make(chan struct{}, cfg.Limits.InFlight), replays: newReplays(cfg.Now),
		secret: cfg.Receipts.secret, payer: receipt.PublicKey(cfg.Session),
	}
	if g.metrics, err = newMetrics(cfg.Registry); err != nil {
		return nil, err
	}
	g.inner = g.routes()
	g.handler = g.observe(guard.wrap(g.paying(g.inner)))
	return g, nil
}

// Handler is the gateway without its listener.
func (g *Gateway) Handler() http.Handler { return g.handler }

// Run serves until ctx ends, then lets answers that have begun end.
func (g *Gateway) Run(ctx context.Context) error {
	lost, err := g.cfg.Keys.Recover(ctx)
	if err != nil {
		return err
	}
	for _, request := range lost {
		g.log.Warn("request of an earlier run charged in full", "request_id", request)
	}
	base, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	server := g.server(base)
	failed := make(chan error, 1)
	go func() { failed <- g.listen(server) }()
	g.log.Info("gateway serves", "address", g.cfg.Listener.Addr().String())
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", g.cfg.Listener.Addr(), err)
	case <-ctx.Done():
	}
	g.draining.Store(true)
	wait, stop := context.WithTimeout(context.WithoutCancel(ctx), g.cfg.Timeouts.Drain)
	defer stop()
	if err := server.Shutdown(wait); err != nil {
		g.log.Warn("answers broken off", "error", err)
		abandon()
		if err := server.Close(); err != nil {
			return fmt.Errorf("close gateway: %w", err)
		}
	}
	g.await()
	return nil
}

// await lets handlers whose clients are gone settle what they owe.
func (g *Gateway) await() {
	ended := make(chan struct{})
	late := time.AfterFunc(settleWait, func() { close(ended) })
	defer late.Stop()
	for range cap(g.slots) {
		select {
		case g.slots <- struct{}{}:
		case <-ended:
			g.log.Error("a backend did not stop when it was told to")
			return
		}
	}
}

func (g *Gateway) server(base context.Context) *http.Server {
	t, quiet := g.cfg.Timeouts, newSilent()
	server := &http.Server{
		Handler: g.handler, ReadHeaderTimeout: t.Header, IdleTimeout: t.Idle, MaxHeaderBytes: g.cfg.Limits.Header,
		TLSConfig: g.cfg.TLS, ConnState: quiet.state, BaseContext: func(net.Listener) context.Context { return base },
		ErrorLog: slog.NewLogLogger(g.log.Handler(), slog.LevelDebug), // what clients do wrong
	}
	server.RegisterOnShutdown(quiet.close)
	return server
}

func (g *Gateway) listen(server *http.Server) error {
	listener := netutil.LimitListener(g.cfg.Listener, g.cfg.Limits.Connections)
	var err error
	if g.cfg.TLS != nil {
		if server.TLSConfig.MinVersion == 0 {
			server.TLSConfig = server.TLSConfig.Clone()
			server.TLSConfig.MinVersion = tls.VersionTLS12
		}
		err = server.ServeTLS(listener, "", "")
	} else {
		err = server.Serve(listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func (g *Gateway) routes() http.Handler {
	mux := http.NewServeMux()
	for _, endpoint := range dialect.Endpoints() {
		mux.HandleFunc("POST "+endpoint, g.infer(endpoint))
	}
	mux.HandleFunc("GET /v1/models", g.listModels)
	mux.HandleFunc("GET /v1/models/{id...}", g.showModel)
	mux.HandleFunc("GET /api/tags", g.tags)
	mux.HandleFunc("POST /api/show", g.show)
	mux.HandleFunc("GET /api/ps", g.processes)
	mux.HandleFunc("GET /api/version", g.version)
	mux.HandleFunc("GET /receipts", g.listReceipts)
	mux.HandleFunc("GET /receipts/{id}", g.showReceipt)
	mux.HandleFunc("GET /healthz", g.healthz)
	mux.HandleFunc("GET /readyz", g.readyz)
	mux.Handle("GET /metrics", g.metrics.handler())
	if g.cfg.Models != nil {
		mux.Handle("/v2/", g.cfg.Models)
	}
	if g.cfg.Vault != nil {
		mux.Handle("/mcp/vault", g.cfg.Vault)
	}
	if g.cfg.MCP != nil {
		mux.Handle("/mcp", g.cfg.MCP)
		mux.Handle("/mcp/agents/{id}", g.cfg.MCP)
	}
	if g.cfg.Carrier != nil {
		mux.Handle("/x402/", g.cfg.Carrier)
	} else {
		mux.HandleFunc("/x402/", noSuchEndpoint) // open to anybody, so never the console
	}
	if g.cfg.Topup != nil {
		mux.Handle("/topup/webhook", g.cfg.Topup)
	} else {
		mux.HandleFunc("/topup/webhook", noSuchEndpoint)
	}
	mux.HandleFunc("/v1/", noSuchEndpoint)
	mux.HandleFunc("/api/", noSuchEndpoint)
	if g.cfg.Console != nil {
		mux.Handle("/", g.cfg.Console)
	} else {
		mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
			writeBody(w, http.StatusOK, "text/plain; charset=utf-8", []byte("Ayni is running\n"))
		})
	}
	return mux
}

// noSuchEndpoint answers in the dialect of the path where the standard library would answer in plain text.
func noSuchEndpoint(w http.ResponseWriter, r *http.Request) {
	writeError(w, r.URL.Path, engine.Errorf(engine.NotFound, "no such endpoint: %s %s", r.Method, r.URL.Path))
}

func (g *Gateway) healthz(w http.ResponseWriter, _ *http.Request) {
	writeBody(w, http.StatusOK, "text/plain; charset=utf-8", []byte("ok\n"))
}

func (g *Gateway) readyz(w http.ResponseWriter, _ *http.Request) {
	reason := ""
	if g.draining.Load() {
		reason = "stopping"
	} else if g.cfg.Ready != nil {
		if err := g.cfg.Ready(); err != nil {
			reason = err.Error()
		}
	}
	if reason != "" {
		writeBody(w, http.StatusServiceUnavailable, "text/plain; charset=utf-8", []byte(reason+"\n"))
		return
	}
	writeBody(w, http.StatusOK, "text/plain; charset=utf-8", []byte("ready\n"))
}
