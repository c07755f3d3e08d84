package machine

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"ayni.example/web/operator"
)

// Timeouts of the operator's API; claims wait for the ledger.
const (
	headerTimeout = 10 * time.Second
	drainTimeout  = 5 * time.Second
)

// operatorListener serves the operator's API on a loopback address of its own.
type operatorListener struct {
	listener net.Listener
	server   *http.Server
	url      string
	token    string
}

func newOperatorListener(m *Machine, listener net.Listener, token string) *operatorListener {
	api := &operator.Server{Ledger: m, Token: token}
	if !m.LedgerOnly() {
		api.Operator = m
	}
	return &operatorListener{
		listener: listener, url: "http://" + listener.Addr().String(), token: token,
		server: &http.Server{Handler: api.Handler(), ReadHeaderTimeout: headerTimeout},
	}
}

func (l *operatorListener) run(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- l.server.Serve(l.listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err := l.server.Shutdown(drain)
	if served := <-done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
