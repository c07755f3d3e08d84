package gateway

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"cosmossdk.io/math"
)

// Caller is who sent a request, for handlers that the gateway mounts.
type Caller struct {
	ID     string // of its API key; "" for the owner; the address of who pays
	Admin  bool   // the owner, or an admin's key
	Paying bool   // it has no key: it pays for this request, or was not asked to
}

// CallerOf is the caller that the guard found; ok is false for a context that no request of a gateway gave.
func CallerOf(ctx context.Context) (c Caller, ok bool) {
	who, ok := ctx.Value(callerKey{}).(caller)
	return Caller{ID: who.id(), Admin: who.admin(), Paying: who.payer != ""}, ok
}

// AsOwner is a context in which requests from inside are the owner's.
func AsOwner(ctx context.Context) context.Context {
	return context.WithValue(ctx, callerKey{}, caller{})
}

type mostKey struct{}

// AtMost is a context in which a request costs no more than so many acredit, whoever the caller is.
func AtMost(ctx context.Context, most math.Int) context.Context {
	return context.WithValue(ctx, mostKey{}, most)
}

// Inside is a transport to the gateway's own routes that goes over no network: a request is of the caller whose context it has, within
// all bounds that the caller has. An answer is held whole.
func (g *Gateway) Inside() http.RoundTripper { return inside{g} }

type inside struct{ g *Gateway }

// RoundTrip implements http.RoundTripper.
func (i inside) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	who, known := r.Context().Value(callerKey{}).(caller)
	if !known {
		return answerOf(r, http.StatusForbidden, nil, []byte("the request has no caller\n")), nil
	}
	if who.payer == unpaid {
		return answerOf(r, http.StatusUnauthorized, nil, []byte("nobody pays for the request\n")), nil
	}
	if needOf(r.URL.Path) == needAdmin && !who.admin() {
		return answerOf(r, http.StatusForbidden, nil, []byte("the console is for the owner and for keys of admins\n")), nil
	}
	r = r.Clone(r.Context())
	if r.Body == nil {
		r.Body = http.NoBody
	}
	held := &held{header: http.Header{}}
	i.g.observe(i.g.inner).ServeHTTP(held, r)
	if held.status == 0 {
		held.status = http.StatusOK
	}
	return answerOf(r, held.status, held.header, held.body.Bytes()), nil
}

func answerOf(r *http.Request, status int, header http.Header, body []byte) *http.Response {
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header, Request: r,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// held is an answer as it is written.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (h *held) Header() http.Header { return h.header }

// WriteHeader keeps the first status.
func (h *held) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

// Write keeps the bytes.
func (h *held) Write(b []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(b)
}

// FlushError is for writers of streams: there is nobody to flush to.
func (h *held) FlushError() error { return nil }
