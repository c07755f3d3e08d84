package p2p

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/multiformats/go-multiaddr"
)

// ErrUnreachable means that no address of a peer answered, or that the machine there does not hold the peer's key.
var ErrUnreachable = errors.New("peer cannot be reached")

// addrsMax bounds the addresses tried for one peer.
const addrsMax = 16

// Config of a Host.
type Config struct {
	Key         ed25519.PrivateKey // identity; the peer id is derived from it
	Listen      []string           // multiaddrs such as /ip4/0.0.0.0/tcp/0; none: this host only dials
	PeersMax    int                // connections kept at most, 256 when 0
	DialTimeout time.Duration      // 10 s when 0
	Grace       time.Duration      // what handlers get to end when Run's context ends, 3 s when 0
	Now         func() time.Time   // clock for deadlines, which are the operating system's
	Logger      *slog.Logger
}

// Host is this machine among its peers.
type Host struct {
	cfg   Config
	host  host.Host
	ctx   context.Context //nolint:containedctx // the life of all handlers; cancelled by Close
	stop  context.CancelFunc
	work  sync.WaitGroup
	mu    sync.Mutex
	ended bool
}

// New opens the listeners. Run ends them; a Host that is never run must be closed.
func New(cfg Config) (*Host, error) {
	if len(cfg.Key) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("p2p identity key has %d bytes, not %d", len(cfg.Key), ed25519.PrivateKeySize)
	}
	if cfg.Now == nil || cfg.Logger == nil {
		return nil, errors.New("p2p host needs a clock and a logger")
	}
	cfg.setDefaults()
	key, err := crypto.UnmarshalEd25519PrivateKey(cfg.Key)
	if err != nil {
		return nil, fmt.Errorf("read p2p identity key: %w", err)
	}
	resources, err := newResources(cfg.PeersMax)
	if err != nil {
		return nil, err
	}
	connections, err := connmgr.NewConnManager(cfg.PeersMax*3/4, cfg.PeersMax, connmgr.WithGracePeriod(30*time.Second))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("p2p connection manager: %w", err), resources.Close())
	}
	listen := libp2p.ListenAddrStrings(cfg.Listen...)
	if len(cfg.Listen) == 0 {
		listen = libp2p.NoListenAddrs
	}
	h, err := libp2p.New(
		libp2p.Identity(key), listen,
		libp2p.Transport(tcp.NewTCPTransport), libp2p.Security(noise.ID, noise.New), libp2p.Muxer(yamux.ID, yamux.DefaultTransport),
		libp2p.ResourceManager(resources), libp2p.ConnectionManager(connections), libp2p.WithDialTimeout(cfg.DialTimeout),
		libp2p.DisableRelay(), libp2p.DisableMetrics(), libp2p.DisableIdentifyAddressDiscovery(), libp2p.Ping(false), libp2p.ForceReachabilityPublic(),
		libp2p.UserAgent("ayni"), libp2p.ProtocolVersion("ayni/1"),
	)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for peers on %v: %w", cfg.Listen, err), connections.Close(), resources.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	return &Host{cfg: cfg, host: h, ctx: ctx, stop: stop}, nil
}

func (c *Config) setDefaults() {
	if c.PeersMax == 0 {
		c.PeersMax = 256
	}
	if c.DialTimeout == 0 {
		c.DialTimeout = 10 * time.Second
	}
	if c.Grace == 0 {
		c.Grace = 3 * time.Second
	}
}

// ID is this host's peer id in text form.
func (h *Host) ID() string { return h.host.ID().String() }

// Addrs are the addresses on which this host listens now, as multiaddrs without the peer id.
func (h *Host) Addrs() []string {
	listening := h.host.Addrs()
	addrs := make([]string, len(listening))
	for i, a := range listening {
		addrs[i] = a.String()
	}
	return addrs
}

// Open dials a peer at the given addresses, unless a connection stands, and opens a stream. Errors wrap ErrUnreachable.
func (h *Host) Open(ctx context.Context, id string, addrs []string, name string) (*Stream, error) {
	info, err := addrInfo(id, addrs)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if info.ID == h.host.ID() {
		return nil, fmt.Errorf("%w: %s is this machine itself", ErrUnreachable, id)
	}
	ctx, cancel := context.WithTimeout(ctx, h.cfg.DialTimeout)
	defer cancel()
	h.forgive(info.ID)
	if err := h.host.Connect(ctx, info); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	stream, err := h.host.NewStream(ctx, info.ID, protocol.ID(name))
	if err != nil {
		return nil, fmt.Errorf("%w: open %s: %w", ErrUnreachable, name, err)
	}
	return NewStream(stream, id, h.cfg.Now), nil
}

// forgive lets a peer be dialled that did not answer a moment ago: a machine that restarts is back within a second, and whom to
// try how often is decided by who asks.
func (h *Host) forgive(id peer.ID) {
	if s, ok := h.host.Network().(*swarm.Swarm); ok {
		s.Backoff().Clear(id)
	}
}

// Run serves until ctx ends, then closes the host.
func (h *Host) Run(ctx context.Context) error {
	<-ctx.Done()
	return h.Close()
}

// Close refuses new streams, ends the handlers' context, waits for them for the grace period and closes all connections.
func (h *Host) Close() error {
	h.mu.Lock()
	ended := h.ended
	h.ended = true
	h.mu.Unlock()
	if ended {
		return nil
	}
	h.stop()
	done := make(chan struct{})
	go func() {
		h.work.Wait()
		close(done)
	}()
	timer := time.NewTimer(h.cfg.Grace)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		h.cfg.Logger.Warn("streams were cut at shutdown", "grace", h.cfg.Grace)
	}
	err := h.host.Close() // cuts what still waits
	<-done
	return err
}

// addrInfo reads a peer id and its addresses, with or without the id at their end.
func addrInfo(id string, addrs []string) (peer.AddrInfo, error) {
	pid, err := peer.Decode(id)
	if err != nil {
		return peer.AddrInfo{}, fmt.Errorf("peer id %q: %w", id, err)
	}
	info := peer.AddrInfo{ID: pid}
	for _, text := range addrs[:min(len(addrs), addrsMax)] {
		addr, err := multiaddr.NewMultiaddr(text)
		if err != nil {
			return info, fmt.Errorf("address %q: %w", text, err)
		}
		transport, named := peer.SplitAddr(addr)
		if named != "" && named != pid {
			return info, fmt.Errorf("address %q names another peer than %s", text, id)
		}
		info.Addrs = append(info.Addrs, transport)
	}
	return info, nil
}

// begin counts one handler, unless the host has ended.
func (h *Host) begin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return false
	}
	h.work.Add(1)
	return true
}

var _ Conn = network.Stream(nil)
