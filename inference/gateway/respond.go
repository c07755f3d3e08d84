package gateway

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"ayni.example/inference/dialect"
	"ayni.example/inference/engine"
)

// laterError carries how long a client should wait before it tries again.
type laterError struct {
	err   *engine.Error
	after time.Duration
}

// Error is the cause.
func (e *laterError) Error() string { return e.err.Error() }

// Unwrap gives the typed error to those who ask for it.
func (e *laterError) Unwrap() error { return e.err }

func later(kind engine.ErrorKind, after time.Duration, format string, args ...any) *laterError {
	return &laterError{err: engine.Errorf(kind, format, args...), after: after}
}

// retryAfter is the header's value: whole seconds, at least one; "" when there is no point in trying again.
func retryAfter(err error) string {
	if l, ok := errors.AsType[*laterError](err); ok {
		return strconv.Itoa(int(math.Max(1, math.Ceil(l.after.Seconds()))))
	}
	if engine.IsKind(err, engine.Busy) {
		return "1"
	}
	return ""
}

// writeError answers in the dialect of the path, before anything else was written.
func writeError(w http.ResponseWriter, path string, err error) {
	status, body := dialect.Error(path, err)
	if after := retryAfter(err); after != "" {
		w.Header().Set("Retry-After", after)
	}
	writeBody(w, status, "application/json", body)
}

func writeBody(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // JSON and its type says so; the client may be gone, which is its own affair
}

func writeJSON(w http.ResponseWriter, path string, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		writeError(w, path, err)
		return
	}
	writeBody(w, http.StatusOK, "application/json", append(body, '\n'))
}
