package exchange_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"testing"
	"time"

	"ayni.example/artifact"
	"ayni.example/artifact/exchange"
	"ayni.example/p2p"
)

// patienceTest bounds what a test waits for; a shared machine is slow.
const patienceTest = 60 * time.Second

func newHost(tb testing.TB, listen ...string) *p2p.Host {
	tb.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	h, err := p2p.New(p2p.Config{Key: key, Listen: listen, Grace: 100 * time.Millisecond, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = h.Close() })
	return h
}

// machine is a host with a store that others may have.
type machine struct {
	*exchange.Exchange
	host  *p2p.Host
	store *artifact.Store
}

const anyPort = "/ip4/127.0.0.1/tcp/0"

func newMachine(tb testing.TB, change ...func(*exchange.Config)) *machine {
	tb.Helper()
	store, err := artifact.New(artifact.Config{Dir: tb.TempDir()})
	if err != nil {
		tb.Fatal(err)
	}
	m := &machine{host: newHost(tb, anyPort), store: store}
	cfg := exchange.Config{
		Host: m.host, Shared: []*artifact.Store{store}, Now: time.Now, Random: rand.Reader, Logger: slog.New(slog.NewTextHandler(tb.Output(), nil)),
	}
	for _, c := range change {
		c(&cfg)
	}
	if m.Exchange, err = exchange.New(cfg); err != nil {
		tb.Fatal(err)
	}
	m.host.Handle(exchange.Protocol, exchange.Limits(), m.Handle)
	return m
}

func (m *machine) peer() exchange.Peer { return peerOf(m.host) }

func peerOf(h *p2p.Host) exchange.Peer { return exchange.Peer{ID: h.ID(), Addrs: h.Addrs()} }

// noise is a blob from a seed.
func noise(tb testing.TB, seed byte, n int) ([]byte, artifact.Digest) {
	tb.Helper()
	b := make([]byte, n)
	_, _ = mathrand.NewChaCha8([32]byte{seed}).Read(b)
	return b, artifact.DigestOf(b)
}

func (m *machine) put(tb testing.TB, b []byte) {
	tb.Helper()
	if _, err := m.store.PutBytes(tb.Context(), b); err != nil {
		tb.Fatal(err)
	}
}

// fetch brings a blob, which must be right afterwards.
func (m *machine) fetch(tb testing.TB, d artifact.Digest, from ...exchange.Peer) exchange.Report {
	tb.Helper()
	r, err := m.try(tb, d, from...)
	if err != nil {
		tb.Fatal(err)
	}
	if err := m.store.Verify(tb.Context(), d); err != nil {
		tb.Fatal(err)
	}
	return r
}

func (m *machine) try(tb testing.TB, d artifact.Digest, from ...exchange.Peer) (exchange.Report, error) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patienceTest)
	defer cancel()
	return m.Fetch(ctx, exchange.Request{Digest: d, Into: m.store, From: from})
}

// of is what a report says of a peer.
func of(tb testing.TB, r exchange.Report, p exchange.Peer) exchange.PeerReport {
	tb.Helper()
	for _, got := range r.Peers {
		if got.ID == p.ID {
			return got
		}
	}
	tb.Fatalf("%s is not in the report %+v", p.ID, r)
	return exchange.PeerReport{}
}

// Frames as they are on the wire.
type ask struct {
	Have  string `json:"have,omitempty"`
	Get   string `json:"get,omitempty"`
	Chunk int64  `json:"chunk,omitempty"`
}

type answer struct {
	Error string `json:"error,omitempty"`
	Size  int64  `json:"size,omitempty"`
	From  int64  `json:"from,omitempty"`
	State []byte `json:"state,omitempty"`
}

// hostile is a peer that answers as a test wants; more are raw bytes behind the frame. A nil answer says nothing.
func hostile(tb testing.TB, reply func(q ask) (a *answer, more []byte)) exchange.Peer {
	tb.Helper()
	h := newHost(tb, anyPort)
	h.Handle(exchange.Protocol, p2p.HandlerLimits{}, func(ctx context.Context, s *p2p.Stream) {
		for ctx.Err() == nil {
			var q ask
			if s.Receive(&q, 512, patienceTest) != nil {
				return
			}
			a, more := reply(q)
			if a == nil {
				<-ctx.Done()
				return
			}
			if errors.Join(s.Send(a, 1<<20, patienceTest), s.SendRaw(more, patienceTest)) != nil {
				return
			}
		}
	})
	return peerOf(h)
}

// honest answers from a blob in memory.
func honest(b []byte) func(q ask) (*answer, []byte) {
	size := int64(len(b))
	states := append(make([]artifact.State, 0, artifact.Chunks(size)), artifact.FirstState())
	for i := range artifact.Chunks(size) - 1 {
		states = append(states, artifact.ChunkEnd(size, i, states[i], b[i*artifact.ChunkSize:][:artifact.ChunkSize]))
	}
	return func(q ask) (*answer, []byte) {
		if q.Have != "" {
			return &answer{Size: size}, nil
		}
		return &answer{State: states[q.Chunk][:]}, b[q.Chunk*artifact.ChunkSize:][:artifact.ChunkLen(size, q.Chunk)]
	}
}
