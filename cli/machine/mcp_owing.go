package machine

import (
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"
)

type owingKey struct{}

// owing lets a tool that was paid for and did nothing say so in the HTTP status, so that the payment stays good for another try.
func owing(w http.ResponseWriter, ctx context.Context) (http.ResponseWriter, context.Context) {
	o := &owingWriter{ResponseWriter: w}
	return o, context.WithValue(ctx, owingKey{}, o)
}

// undone says that the tool of this request did nothing.
func undone(ctx context.Context, err error) error {
	if o, ok := ctx.Value(owingKey{}).(*owingWriter); ok {
		o.reason.Store(&err)
	}
	return err
}

// owingWriter decides with the first byte: a server of the Model Context Protocol writes none before the answer is there.
type owingWriter struct {
	http.ResponseWriter
	reason  atomic.Pointer[error]
	begun   bool
	refused bool
}

// Unwrap lets a handler set deadlines and flush.
func (o *owingWriter) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (o *owingWriter) WriteHeader(status int) {
	if o.begun {
		return
	}
	o.begun = true
	reason := o.reason.Load()
	if reason == nil {
		o.ResponseWriter.WriteHeader(status)
		return
	}
	o.refused = true
	h := o.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Retry-After", "5")
	o.ResponseWriter.WriteHeader(http.StatusServiceUnavailable)
	_ = json.NewEncoder(o.ResponseWriter).Encode(map[string]string{"error": told(*reason).Error(), "hint": "the payment is good for another try"})
}

// Write implements http.ResponseWriter.
func (o *owingWriter) Write(b []byte) (int, error) {
	o.WriteHeader(http.StatusOK)
	if o.refused {
		return len(b), nil
	}
	return o.ResponseWriter.Write(b)
}
