package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"ayni.example/artifact"
	"ayni.example/compute/worker"
	"ayni.example/p2p"
	"ayni.example/sandbox"
)

const leaseStreams = 64 // open at once on one lease

// errUnreached says that a port of a container takes no connection.
var errUnreached = errors.New("nothing listens there")

// Leases are what the server acts on; *worker.Worker is.
type Leases interface {
	Tenant(id string) (string, error)
	Provide(id string, blob []byte, resume map[string]artifact.Digest) error
	Detail(id string) (worker.Detail, error)
	Events(id string, since uint64) ([]worker.Event, error)
	Output(ctx context.Context, id, replica string, offset int64, follow bool, each func(offset int64, text []byte) error) (int64, error)
	Exec(ctx context.Context, id, replica string, e sandbox.Exec) (int, error)
	Dial(ctx context.Context, id, replica string, port int) (net.Conn, error)
	Pack(ctx context.Context, id, replica, path string, to io.Writer) error
	Unpack(ctx context.Context, id, replica, path string, from io.Reader) error
}

var _ Leases = (*worker.Worker)(nil)

// ServerConfig of a Server.
type ServerConfig struct {
	Leases  Leases
	ChainID string
	Self    string // this machine's peer id
	Now     func() time.Time
	Logger  *slog.Logger
}

// Server serves tenants.
type Server struct {
	cfg  ServerConfig
	mu   sync.Mutex
	open map[string]int // streams by lease
}

// NewServer is to be registered for Protocol, with Limits.
func NewServer(cfg ServerConfig) (*Server, error) {
	if cfg.Leases == nil || cfg.ChainID == "" || cfg.Self == "" || cfg.Now == nil || cfg.Logger == nil {
		return nil, errors.New("session server needs leases, a chain id, a peer id, a clock and a logger")
	}
	return &Server{cfg: cfg, open: make(map[string]int)}, nil
}

// Limits of the handler.
func Limits() p2p.HandlerLimits { return p2p.HandlerLimits{Streams: 512, PeerStreams: 64} }

// Handle serves one stream.
func (s *Server) Handle(ctx context.Context, stream *p2p.Stream) {
	w := &wire{stream: stream}
	f, err := w.receive(openTime)
	if err == nil && f.kind != kindOpen {
		err = fmt.Errorf("%w: it does not begin with open", ErrProtocol)
	}
	var r Request
	if err == nil {
		err = f.decode(&r)
	}
	if err == nil {
		err = s.allowed(r, stream.Peer())
	}
	if err == nil {
		err = s.serve(ctx, w, r)
	}
	if err != nil && ctx.Err() == nil {
		s.cfg.Logger.Debug("a tenant's stream ended early", "peer", stream.Peer(), "lease", r.Lease, "action", r.Action, "error", err)
		_ = w.sendJSON(kindError, errorOf(err)) // it may be gone
	}
}

// allowed checks the token against the ledger's lease. Who may not know whether a lease is here learns nothing.
func (s *Server) allowed(r Request, peer string) error {
	scope := r.Action.scope()
	if scope == "" {
		return fmt.Errorf("%w: no action %.40q", ErrProtocol, r.Action)
	}
	tenant, err := s.cfg.Leases.Tenant(r.Lease)
	if err != nil {
		return err
	}
	return r.Token.Check(Use{
		ChainID: s.cfg.ChainID, Lease: r.Lease, Provider: s.cfg.Self, Holder: peer, Tenant: tenant, Scope: scope, Now: s.cfg.Now(),
	})
}

func (s *Server) serve(ctx context.Context, w *wire, r Request) error {
	leave, err := s.enter(r.Lease)
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := make(chan struct{})
	var work sync.WaitGroup
	defer work.Wait()
	defer close(stop)
	work.Go(func() { w.ping(stop, cancel) })
	c := &call{server: s, wire: w, request: r, cancel: cancel, work: &work}
	switch r.Action {
	case ActManifest:
		return c.manifest()
	case ActStatus:
		detail, err := s.cfg.Leases.Detail(r.Lease)
		if err != nil {
			return err
		}
		return w.sendJSON(kindOK, detail)
	case ActLogs:
		return c.logs(ctx)
	case ActEvents:
		return c.events(ctx)
	case ActExec:
		return c.exec(ctx)
	case ActGet:
		return c.get(ctx)
	case ActPut:
		return c.put(ctx)
	default:
		return c.forward(ctx)
	}
}

// enter bounds the streams of a lease.
func (s *Server) enter(lease string) (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[lease] >= leaseStreams {
		return nil, errBusy
	}
	s.open[lease]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.open[lease]--; s.open[lease] == 0 {
			delete(s.open, lease)
		}
	}, nil
}
