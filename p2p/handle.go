package p2p

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// HandlerLimits bound what one protocol takes from its peers; zero fields have defaults.
type HandlerLimits struct {
	Streams     int           // open at once over all peers, 256 when 0
	PeerStreams int           // open at once from one peer, 64 when 0
	PeerBurst   int           // opened by one peer at once, 256 when 0
	PeerEvery   time.Duration // one more each, 5 ms when 0
}

// Handle serves a protocol: handler gets each stream that the limits let through, in its own goroutine, and owns it; when it
// returns the stream is closed. Its context ends with the host.
func (h *Host) Handle(name string, limits HandlerLimits, handler func(context.Context, *Stream)) {
	gate := newGate(limits, h.cfg.Now)
	h.host.SetStreamHandler(protocol.ID(name), func(stream network.Stream) {
		if !h.begin() {
			_ = stream.ResetWithError(resetShutdown)
			return
		}
		defer h.work.Done()
		id := stream.Conn().RemotePeer().String()
		if !gate.enter(id) {
			_ = stream.ResetWithError(resetBusy)
			h.cfg.Logger.Debug("stream refused", "peer", id, "protocol", name)
			return
		}
		defer gate.leave(id)
		defer h.contain(stream, name)
		handler(h.ctx, NewStream(stream, id, h.cfg.Now))
		_ = stream.Close()
	})
}

// contain keeps one peer's stream from ending the process for all others.
func (h *Host) contain(stream network.Stream, name string) {
	if cause := recover(); cause != nil {
		_ = stream.Reset()
		h.cfg.Logger.Error("handler panicked", "protocol", name, "cause", cause, "stack", string(debug.Stack()))
	}
}

// gate holds the limits of one protocol.
type gate struct {
	limits HandlerLimits
	now    func() time.Time
	mu     sync.Mutex
	open   int
	peers  map[string]*peerGate
}

// peerGate is what one peer has open, and a bucket that refills with time.
type peerGate struct {
	open   int
	tokens int
	filled time.Time
}

// peersRemembered bounds the peers whose rate is remembered; beyond it those with nothing open are forgotten.
const peersRemembered = 4096

func newGate(limits HandlerLimits, now func() time.Time) *gate {
	if limits.Streams == 0 {
		limits.Streams = 256
	}
	if limits.PeerStreams == 0 {
		limits.PeerStreams = 64
	}
	if limits.PeerBurst == 0 {
		limits.PeerBurst = 256
	}
	if limits.PeerEvery == 0 {
		limits.PeerEvery = 5 * time.Millisecond
	}
	return &gate{limits: limits, now: now, peers: map[string]*peerGate{}}
}

func (g *gate) enter(id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	p, ok := g.peers[id]
	if !ok {
		g.forget()
		p = &peerGate{tokens: g.limits.PeerBurst, filled: now}
		g.peers[id] = p
	}
	if n := int(min(now.Sub(p.filled)/g.limits.PeerEvery, time.Duration(g.limits.PeerBurst))); n > 0 {
		p.tokens = min(p.tokens+n, g.limits.PeerBurst)
		p.filled = now
	}
	if g.open >= g.limits.Streams || p.open >= g.limits.PeerStreams || p.tokens == 0 {
		return false
	}
	g.open++
	p.open++
	p.tokens--
	return true
}

func (g *gate) leave(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open--
	g.peers[id].open--
}

// forget drops peers that have nothing open, when too many are remembered.
func (g *gate) forget() {
	if len(g.peers) < peersRemembered {
		return
	}
	for id, p := range g.peers {
		if p.open == 0 {
			delete(g.peers, id)
		}
	}
}
