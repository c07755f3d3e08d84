package exchange

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"

	"ayni.example/artifact"
	"ayni.example/internal/clock"
	"ayni.example/p2p"
)

// Peer is a machine that may have a blob, and where to reach it.
type Peer struct {
	ID      string
	Addrs   []string
	Pledged bool // it has promised to hold it, and is asked first
}

// Peers names machines that may have a blob.
type Peers interface {
	Peers(ctx context.Context, d artifact.Digest) ([]Peer, error)
}

// Host opens streams to peers; a p2p.Host is one.
type Host interface {
	ID() string
	Open(ctx context.Context, id string, addrs []string, name string) (*p2p.Stream, error)
}

// Config of an Exchange.
type Config struct {
	Host   Host
	Peers  Peers             // nil: only those that a request names
	Shared []*artifact.Store // what others may have; nothing when empty
	Rate   int64             // bytes a second to each peer, 0 for no bound
	// May tells whether a peer may have a blob; who may not is told that it is absent. nil: everybody may have what is shared.
	May    func(ctx context.Context, d artifact.Digest, peer string) bool
	Now    clock.Clock
	Random io.Reader // the order in which peers are asked
	Logger *slog.Logger
}

// Exchange fetches and gives blobs.
type Exchange struct {
	cfg     Config
	bans    *bans
	metrics *metrics
	rates   *rates
	buffers sync.Pool // of *[]byte, ChunkSize long

	mu     sync.Mutex
	active map[artifact.Digest]*artifact.Tail // on their way, by whom nobody else writes them
}

// New checks the configuration; nothing runs in the background.
func New(cfg Config) (*Exchange, error) {
	if cfg.Host == nil || cfg.Now == nil || cfg.Random == nil || cfg.Logger == nil || cfg.Rate < 0 {
		return nil, errors.New("exchange of blobs: want a host, a clock, randomness, a logger and a rate that is not negative")
	}
	x := &Exchange{
		cfg: cfg, bans: newBans(cfg.Now), metrics: newMetrics(), rates: newRates(cfg.Rate, cfg.Now),
		active: map[artifact.Digest]*artifact.Tail{},
	}
	x.buffers.New = func() any { b := make([]byte, artifact.ChunkSize); return &b }
	return x, nil
}

// buffer is room for a chunk; free gives it back.
func (x *Exchange) buffer() []byte { return *x.buffers.Get().(*[]byte) }

func (x *Exchange) free(b []byte) {
	b = b[:cap(b)]
	x.buffers.Put(&b)
}

func (x *Exchange) begin(d artifact.Digest, t *artifact.Tail) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.active[d] = t
}

func (x *Exchange) end(d artifact.Digest) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.active, d)
}
