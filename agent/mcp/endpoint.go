package mcp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Revision is the first of the protocol without sessions.
const Revision = "2026-07-28"

// Bounds where the configuration says nothing.
const (
	bodyMax     = 1 << 20
	sessionsMax = 256
	callerMax   = 32
	sessionIdle = 10 * time.Minute
)

// Names of headers.
const (
	revisionHeader = "Mcp-Protocol-Version"
	sessionHeader  = "Mcp-Session-Id"
)

// EndpointConfig is what an Endpoint works with.
type EndpointConfig struct {
	Server *mcp.Server
	// Caller names who sent a request; only that caller may go on with a session.
	Caller      func(ctx context.Context) string
	SessionsMax int           // open at a time; 0 for 256
	CallerMax   int           // of one caller; 0 for 32
	Idle        time.Duration // after which a session ends; 0 for 10 minutes
	Logger      *slog.Logger
}

// Endpoint is one server over HTTP. Host and Origin are checked by whoever mounts it.
type Endpoint struct {
	cfg       EndpointConfig
	stateful  http.Handler
	stateless http.Handler

	mu      sync.Mutex
	callers map[string]string // by session
	pending map[string]int    // sessions that are being opened, by caller
	closed  bool
}

// NewEndpoint makes the endpoint of a server. The server is the endpoint's from here on.
func NewEndpoint(cfg EndpointConfig) (*Endpoint, error) {
	if cfg.Server == nil || cfg.Caller == nil || cfg.Logger == nil {
		return nil, errors.New("mcp endpoint: server, caller and logger are required")
	}
	if cfg.SessionsMax <= 0 {
		cfg.SessionsMax = sessionsMax
	}
	if cfg.CallerMax <= 0 {
		cfg.CallerMax = callerMax
	}
	if cfg.Idle <= 0 {
		cfg.Idle = sessionIdle
	}
	e := &Endpoint{cfg: cfg, callers: map[string]string{}, pending: map[string]int{}}
	cfg.Server.AddReceivingMiddleware(asSender)
	e.stateful, e.stateless = e.transport(false), e.transport(true)
	return e, nil
}

// transport is one of the two ways. The gateway's guard has checked Host and Origin by its configuration, which the library's own check
// of loopback names does not know.
func (e *Endpoint) transport(stateless bool) http.Handler {
	inner := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return e.cfg.Server }, &mcp.StreamableHTTPOptions{
		Stateless: stateless, MaxRequestBodyBytes: bodyMax, SessionTimeout: e.cfg.Idle, DisableLocalhostProtection: true,
		PropagateRequestCancellation: true, Logger: slog.New(slog.DiscardHandler), // it would log what clients sent
	})
	// The library binds a session to the user that its bearer middleware found. It finds the caller that the guard knows already, and
	// tools do not see the secret that was sent.
	bind := auth.RequireBearerToken(func(ctx context.Context, _ string, r *http.Request) (*auth.TokenInfo, error) {
		return &auth.TokenInfo{UserID: "caller " + e.cfg.Caller(ctx), Extra: map[string]any{senderKey: r.Context()}}, nil
	}, &auth.RequireBearerTokenOptions{AllowMissingExpiration: true})(inner)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer checked")
		r.Header.Del("X-Api-Key")
		bind.ServeHTTP(w, r)
	})
}

// ServeHTTP speaks the way that the request's revision has.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get(revisionHeader) >= Revision:
		e.stateless.ServeHTTP(w, r)
	case r.Method == http.MethodPost && r.Header.Get(sessionHeader) == "":
		e.open(w, r)
	default:
		e.stateful.ServeHTTP(w, r)
	}
}

// open begins a session, if there is room for one more.
func (e *Endpoint) open(w http.ResponseWriter, r *http.Request) {
	caller := e.cfg.Caller(r.Context())
	if err := e.reserve(caller); err != nil {
		w.Header().Set("Retry-After", "60")
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.pending[caller]--; e.pending[caller] == 0 {
			delete(e.pending, caller)
		}
		if id := w.Header().Get(sessionHeader); id != "" {
			e.callers[id] = caller
		}
	}()
	e.stateful.ServeHTTP(w, r)
}

func (e *Endpoint) reserve(caller string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return errors.New("this machine is stopping")
	}
	alive := map[string]string{}
	all, own := 0, e.pending[caller]
	for _, n := range e.pending {
		all += n
	}
	for s := range e.cfg.Server.Sessions() {
		owner, known := e.callers[s.ID()]
		if !known {
			continue // being opened, and counted as pending
		}
		alive[s.ID()] = owner
		if all++; owner == caller {
			own++
		}
	}
	e.callers = alive
	if own >= e.cfg.CallerMax || all >= e.cfg.SessionsMax {
		return fmt.Errorf("%d sessions are open, %d of them yours: end one with DELETE, or use revision %s, which has none", all, own, Revision)
	}
	e.pending[caller]++
	return nil
}

// Run ends all sessions when ctx ends, so that streams that clients hold open do not hold up who serves them.
func (e *Endpoint) Run(ctx context.Context) error {
	<-ctx.Done()
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	for s := range e.cfg.Server.Sessions() {
		if err := s.Close(); err != nil {
			e.cfg.Logger.Debug("session not closed in good order", "error", err)
		}
	}
	return nil
}

// senderKey names the context of the HTTP request that brought a message.
const senderKey = "sender"

// asSender lets a method see the values of the request that brought it, instead of those of the request that began its session: a key
// may have changed since. It ends with its session, or where the protocol says so.
func asSender(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) { //nolint:contextcheck // what it passes on has the life of ctx
		extra := req.GetExtra()
		if extra == nil || extra.TokenInfo == nil {
			return next(ctx, method, req)
		}
		if values, ok := extra.TokenInfo.Extra[senderKey].(context.Context); ok {
			ctx = sender{ctx, values}
		}
		return next(ctx, method, req)
	}
}

// sender has the life of one context, and the values of another before its own.
type sender struct {
	context.Context //nolint:containedctx // it is a context
	values          context.Context
}

// Value prefers the sender's.
func (s sender) Value(key any) any {
	if v := s.values.Value(key); v != nil {
		return v
	}
	return s.Context.Value(key)
}
