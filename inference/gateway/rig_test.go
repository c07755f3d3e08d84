package gateway_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver that the gateway's tables live in

	"ayni.example/inference/gateway"
	"ayni.example/internal/clock"
)

// rig is a gateway that really listens on loopback.
type rig struct {
	tb       testing.TB
	url      string
	cfg      gateway.Config
	backend  *scriptedBackend
	keys     *gateway.Keys
	receipts *gateway.Receipts
	log      *lockedBuffer
	stop     func() error
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func openDB(tb testing.TB) *sql.DB {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "ayni.db")
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)&_pragma=synchronous(NORMAL)")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

func newConfig(tb testing.TB, backend *scriptedBackend) (gateway.Config, *lockedBuffer) {
	tb.Helper()
	db := openDB(tb)
	keys, err := gateway.OpenKeys(tb.Context(), gateway.KeysConfig{DB: db, Now: clock.System, Random: rand.Reader})
	if err != nil {
		tb.Fatal(err)
	}
	receipts, err := gateway.OpenReceipts(tb.Context(), gateway.ReceiptsConfig{DB: db, Random: rand.Reader})
	if err != nil {
		tb.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = listener.Close() })
	_, session, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	log := &lockedBuffer{}
	routes := map[string][]gateway.Route{
		"tiny":   {localRoute("tiny")},
		"far":    {remoteRoute("ayni1far", "far", 1000)},
		"spread": {remoteRoute("ayni1one", "spread", 10), remoteRoute("ayni1two", "spread", 20)},
	}
	return gateway.Config{
		Listener: listener, Local: backend, Remote: backend, Router: &fixedRouter{routes: routes}, Keys: keys, Receipts: receipts,
		Session: session, Now: clock.System, Random: rand.Reader, Logger: slog.New(slog.NewTextHandler(log, nil)),
		Timeouts: gateway.Timeouts{Drain: 5 * time.Second},
	}, log
}

func newRig(tb testing.TB, play func(job gateway.Job) script, adjust func(*gateway.Config)) *rig {
	tb.Helper()
	backend := newScripted(tb, play)
	cfg, log := newConfig(tb, backend)
	if adjust != nil {
		adjust(&cfg)
	}
	g, err := gateway.New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx) }()
	stop := sync.OnceValue(func() error { cancel(); return <-ended })
	tb.Cleanup(func() {
		if err := stop(); err != nil {
			tb.Errorf("run: %v", err)
		}
	})
	return &rig{
		tb: tb, url: "http://" + cfg.Listener.Addr().String(), cfg: cfg, backend: backend, keys: cfg.Keys, receipts: cfg.Receipts,
		log: log, stop: stop,
	}
}

// post sends a body and gives the whole answer.
// reply is a response whose body was read.
type reply struct {
	StatusCode int
	Header     http.Header
}

func (r *rig) post(path, body string, headers ...string) (reply, string) {
	r.tb.Helper()
	return r.do(http.MethodPost, path, body, headers...)
}

func (r *rig) get(path string, headers ...string) (reply, string) {
	r.tb.Helper()
	return r.do(http.MethodGet, path, "", headers...)
}

func (r *rig) do(method, path, body string, headers ...string) (reply, string) {
	r.tb.Helper()
	request, err := http.NewRequestWithContext(r.tb.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.tb.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			request.Host = headers[i+1]
			continue
		}
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.tb.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		r.tb.Fatal(err)
	}
	return reply{response.StatusCode, response.Header}, string(answer)
}
