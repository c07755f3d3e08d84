package operator

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// bodyMax bounds a request to the operator's API.
const bodyMax = 4 << 20

// Prefix is where the API is mounted.
const Prefix = "/ayni/v1/"

// Server is the API over HTTP. A caller shows the control token.
type Server struct {
	Ledger   Ledger
	Operator Operator // nil in a process that runs the ledger alone
	Token    string   // control token, from HOME/run
}

// Handler serves the API.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	ledgerRoutes(mux, s.Ledger)
	if s.Operator != nil {
		operatorRoutes(mux, s.Operator)
	} else {
		mux.HandleFunc(Prefix, func(w http.ResponseWriter, _ *http.Request) { writeError(w, http.StatusNotFound, errLedgerOnly{}) })
	}
	return s.guard(mux)
}

// errLedgerOnly is what a process that runs the ledger alone answers to all other calls.
type errLedgerOnly struct{}

func (errLedgerOnly) Error() string { return "this process runs the ledger alone" }

// Hint implements Hinter.
func (errLedgerOnly) Hint() string { return "stop it and run `ayni up` on this home" }

func ledgerRoutes(mux *http.ServeMux, l Ledger) {
	route(mux, "GET status", func(r *http.Request) (any, error) { return l.Status(r.Context()) })
	route(mux, "GET network", func(r *http.Request) (any, error) { return l.Network(r.Context()) })
	route(mux, "GET council", func(r *http.Request) (any, error) { return l.Council(r.Context()) })
	route(mux, "GET network/check", func(r *http.Request) (any, error) { return l.Check(r.Context()) })
	beaconRoutes(mux, l)
	provingRoutes(mux, l)
	payingRoutes(mux, l)
	tracingRoutes(mux, l)
	route(mux, "GET network/proposals", func(r *http.Request) (any, error) { return l.Proposals(r.Context()) })
	route(mux, "POST network/proposals", with(l.Propose))
	route(mux, "POST network/votes", with(l.Vote))
	route(mux, "POST network/rotation", func(r *http.Request) (any, error) { return l.RotateKey(r.Context()) })
	route(mux, "POST network/issues", with(func(ctx context.Context, q IssueRequest) (struct{}, error) { return struct{}{}, l.Issue(ctx, q) }))
	route(mux, "POST network/quotas", with(func(ctx context.Context, q QuotaRequest) (struct{}, error) { return struct{}{}, l.SetQuota(ctx, q) }))
	route(mux, "POST network/return", func(r *http.Request) (any, error) { return struct{}{}, l.Return(r.Context()) })
}

func operatorRoutes(mux *http.ServeMux, o Operator) {
	hostingRoutes(mux, o)
	route(mux, "POST invites", with(o.Invite))
	route(mux, "GET models", func(r *http.Request) (any, error) { return o.Models(r.Context()) })
	route(mux, "POST offers", with(o.Offer))
	route(mux, "DELETE offers/{model...}", func(r *http.Request) (any, error) {
		return struct{}{}, o.RemoveOffer(r.Context(), r.PathValue("model"))
	})
	route(mux, "GET providers", func(r *http.Request) (any, error) { return o.Providers(r.Context()) })
	route(mux, "GET receipts", func(r *http.Request) (any, error) {
		page, err := pageOf(r)
		if err != nil {
			return nil, err
		}
		return o.Receipts(r.Context(), page)
	})
	route(mux, "GET receipts/{id}", func(r *http.Request) (any, error) {
		return o.ReceiptFile(r.Context(), r.PathValue("id"), r.FormValue("proofs") != "", r.FormValue("public") != "")
	})
	route(mux, "GET receipts/{id}/upstream", func(r *http.Request) (any, error) { return o.Upstream(r.Context(), r.PathValue("id")) })
	route(mux, "GET receipts/{id}/content", func(r *http.Request) (any, error) { return o.Content(r.Context(), r.PathValue("id")) })
	route(mux, "POST receipts/{id}/replay", func(r *http.Request) (any, error) {
		threads, err := number(r, "threads")
		if err != nil {
			return nil, err
		}
		return o.Replay(r.Context(), r.PathValue("id"), int(threads))
	})
	route(mux, "POST verify", with(func(ctx context.Context, v verifyRequest) (Verdict, error) {
		return o.Verify(ctx, v.File, v.Request, v.Answer)
	}))
	route(mux, "GET proof", func(r *http.Request) (any, error) { return o.Prove(r.Context(), r.URL.Query()["word"]) })
	route(mux, "GET trail", func(r *http.Request) (any, error) { return o.Trail(r.Context()) })
	route(mux, "PUT trail", with(func(ctx context.Context, trail json.RawMessage) (struct{}, error) {
		return struct{}{}, o.SetTrail(ctx, trail)
	}))
	route(mux, "GET wallet", func(r *http.Request) (any, error) { return o.Wallet(r.Context()) })
	route(mux, "GET keys", func(r *http.Request) (any, error) { return o.Keys(r.Context()) })
	route(mux, "POST keys", with(o.CreateKey))
	route(mux, "DELETE keys/{id}", func(r *http.Request) (any, error) { return struct{}{}, o.RevokeKey(r.Context(), r.PathValue("id")) })
	route(mux, "GET channels", func(r *http.Request) (any, error) { return o.Channels(r.Context()) })
	route(mux, "DELETE channels/{id}", func(r *http.Request) (any, error) {
		return struct{}{}, o.CloseChannel(r.Context(), r.PathValue("id"))
	})
	route(mux, "POST claims", func(r *http.Request) (any, error) { return struct{}{}, o.Claim(r.Context()) })
	routeIndex(mux, o)
	route(mux, "POST artifacts/fetch", with(o.FetchArtifact))
	routeHolding(mux, o)
	computingRoutes(mux, o)
	auditRoutes(mux, o)
	poolingRoutes(mux, o)
	employingRoutes(mux, o)
	vaultRoutes(mux, o)
	route(mux, "GET audit", func(r *http.Request) (any, error) { return o.Audit(r.Context()) })
}

type verifyRequest struct {
	File    []byte `json:"file"`
	Request []byte `json:"request"`
	Answer  []byte `json:"answer"`
}

// guard lets the owner in and nobody else.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !bearer || s.Token == "" || subtle.ConstantTimeCompare([]byte(given), []byte(s.Token)) != 1 {
			writeError(w, http.StatusUnauthorized, errors.New("this is the owner's API: show the control token"))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, bodyMax)
		next.ServeHTTP(w, r)
	})
}

// route mounts one call: a method, a space and a path below Prefix.
func route(mux *http.ServeMux, pattern string, call func(*http.Request) (any, error)) {
	method, path, _ := strings.Cut(pattern, " ")
	mux.HandleFunc(method+" "+Prefix+path, func(w http.ResponseWriter, r *http.Request) {
		value, err := call(r)
		if err != nil {
			writeError(w, http.StatusUnprocessableEntity, err)
			return
		}
		writeJSON(w, http.StatusOK, value)
	})
}

// with reads the body as the call's argument; an unknown field is an error.
func with[Q, A any](call func(context.Context, Q) (A, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		var q Q
		decoder := json.NewDecoder(r.Body)
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&q); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return call(r.Context(), q)
	}
}

// failure is an error on the wire.
type failure struct {
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
}

// Hinter is an error that brings advice.
type Hinter interface{ Hint() string }

func writeError(w http.ResponseWriter, status int, err error) {
	f := failure{Error: err.Error()}
	var h Hinter
	if errors.As(err, &h) {
		f.Hint = h.Hint()
	}
	writeJSON(w, status, f)
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if raw, ok := value.(json.RawMessage); ok {
		_, _ = w.Write(raw) // the client is gone when this fails
		return
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // the client is gone when this fails
}
