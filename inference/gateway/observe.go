package gateway

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"ayni.example/inference/dialect"
	"ayni.example/inference/engine"
)

// RequestHeader and ReceiptHeader name a request and the receipt of its answer.
const (
	RequestHeader = "Ayni-Request"
	ReceiptHeader = "Ayni-Receipt"
)

// visit is what is told of one HTTP request in logs and metrics; never content, never keys.
type visit struct {
	id      string
	started time.Time
	status  int
	route   string // "local", "network" or "none"
	who     string // candidate that served
	receipt string
	key     string
	err     error
	first   time.Duration // to the first piece of an answer
	input   int
	output  int
}

type visitKey struct{}

func visitOf(r *http.Request) *visit {
	v, ok := r.Context().Value(visitKey{}).(*visit)
	if !ok {
		return &visit{} // in tests of single handlers
	}
	return v
}

// statusWriter remembers the status; ResponseController sees through it.
type statusWriter struct {
	http.ResponseWriter
	visit *visit
}

// WriteHeader remembers the first status.
func (w *statusWriter) WriteHeader(status int) {
	if w.visit.status == 0 {
		w.visit.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write is a status of 200 where none was set.
func (w *statusWriter) Write(b []byte) (int, error) {
	if w.visit.status == 0 {
		w.visit.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// observe names each request, and logs and counts it when it is done.
func (g *Gateway) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{started: g.cfg.Now(), route: "none"}
		var raw [16]byte
		if _, err := io.ReadFull(g.cfg.Random, raw[:]); err != nil {
			writeError(w, r.URL.Path, err)
			return
		}
		v.id = hex.EncodeToString(raw[:])
		w.Header().Set(RequestHeader, v.id)
		r = r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
		sw := &statusWriter{ResponseWriter: w, visit: v}
		limitWrites(g, w, r)
		defer g.seen(r, v)
		defer g.caught(sw, r, v)
		next.ServeHTTP(sw, r)
	})
}

// limitWrites gives the client its time to take an answer; answers that take longer move the deadline on. The console decides
// for itself, it may hold a stream of events open.
func limitWrites(g *Gateway, w http.ResponseWriter, r *http.Request) {
	var until time.Time
	if endpointLabel(r.URL.Path) != "other" {
		until = g.cfg.Now().Add(g.cfg.Timeouts.Write)
	}
	_ = http.NewResponseController(w).SetWriteDeadline(until) // not every writer has deadlines
}

// caught turns a panic into an answer and a log line, so that one request cannot hide what happened to it.
func (g *Gateway) caught(w *statusWriter, r *http.Request, v *visit) {
	cause := recover()
	if cause == nil {
		return
	}
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(cause) // net/http knows what to do with it
	}
	v.err = fmt.Errorf("panic: %v", cause)
	g.log.Error("handler panicked", "request_id", v.id, "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
	if v.status != 0 {
		panic(http.ErrAbortHandler) // cut the connection: what was sent is not an answer
	}
	writeError(w, r.URL.Path, engine.Errorf(engine.Internal, "internal error, request %s", v.id))
}

func (g *Gateway) seen(r *http.Request, v *visit) {
	took := g.cfg.Now().Sub(v.started)
	g.metrics.done(endpointLabel(r.URL.Path), v.status, v.route, took)
	if v.first > 0 {
		g.metrics.first.WithLabelValues(v.route).Observe(v.first.Seconds())
	}
	attrs := []any{
		"request_id", v.id, "method", r.Method, "path", r.URL.Path, "status", v.status, "duration_ms", took.Milliseconds(),
	}
	for _, attr := range []struct{ name, value string }{{"served_by", v.who}, {"receipt", v.receipt}, {"key", v.key}} {
		if attr.value != "" {
			attrs = append(attrs, attr.name, attr.value)
		}
	}
	if v.input+v.output > 0 {
		attrs = append(attrs, "tokens_in", v.input, "tokens_out", v.output)
	}
	if v.err != nil {
		attrs = append(attrs, "error", v.err)
	}
	if v.status >= http.StatusInternalServerError && v.err != nil {
		g.log.Error("request failed", attrs...)
		return
	}
	g.log.Info("request", attrs...)
}

// fault keeps an error that the client sees only part of, for the log.
func (g *Gateway) fault(r *http.Request, err error) { visitOf(r).err = err }

// endpointLabel keeps the metrics' label to a closed list.
func endpointLabel(path string) string {
	if slices.Contains(dialect.Endpoints(), path) {
		return path
	}
	for _, prefix := range []string{"/v1/models", "/api/", "/receipts", "/metrics", "/healthz", "/readyz"} {
		if strings.HasPrefix(path, prefix) {
			return prefix
		}
	}
	return "other"
}
