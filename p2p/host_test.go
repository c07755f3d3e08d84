package p2p_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"log/slog"
	"testing"
	"time"

	"ayni.example/p2p"
)

const (
	echo    = "/ayni/echo/1"
	limit   = 1 << 10
	timeout = 10 * time.Second
)

func newHost(t *testing.T, listen ...string) *p2p.Host {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	host, err := p2p.New(p2p.Config{
		Key: key, Listen: listen, Grace: 200 * time.Millisecond, DialTimeout: timeout, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	})
	return host
}

func serveEcho(ctx context.Context, s *p2p.Stream) {
	for ctx.Err() == nil {
		var g greeting
		if s.Receive(&g, limit, timeout) != nil {
			return
		}
		g.Text += " from " + s.Peer()
		if s.Send(g, limit, timeout) != nil {
			return
		}
	}
}

func TestTwoHosts(t *testing.T) {
	server, client := newHost(t, "/ip4/127.0.0.1/tcp/0"), newHost(t)
	server.Handle(echo, p2p.HandlerLimits{}, serveEcho)

	stream, err := client.Open(t.Context(), server.ID(), server.Addrs(), echo)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Break()
	var g greeting
	if err := stream.Send(greeting{Text: "hello"}, limit, timeout); err != nil {
		t.Fatal(err)
	}
	if err := stream.Receive(&g, limit, timeout); err != nil {
		t.Fatal(err)
	}
	if want := "hello from " + client.ID(); g.Text != want {
		t.Fatalf("got %q, want %q: the peer id is proven", g.Text, want)
	}
}

func TestOpenRefusals(t *testing.T) {
	server, client, other := newHost(t, "/ip4/127.0.0.1/tcp/0"), newHost(t), newHost(t)
	server.Handle(echo, p2p.HandlerLimits{}, serveEcho)
	tests := []struct {
		name  string
		id    string
		addrs []string
		proto string
	}{
		{"machine holds another key", other.ID(), server.Addrs(), echo},
		{"nobody listens", server.ID(), []string{"/ip4/127.0.0.1/tcp/1"}, echo},
		{"no address", other.ID(), nil, echo},
		{"no peer id", "me", server.Addrs(), echo},
		{"bad address", server.ID(), []string{"127.0.0.1:80"}, echo},
		{"address of another peer", server.ID(), []string{server.Addrs()[0] + "/p2p/" + other.ID()}, echo},
		{"itself", client.ID(), server.Addrs(), echo},
		{"unknown protocol", server.ID(), server.Addrs(), "/ayni/none/1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := client.Open(t.Context(), test.id, test.addrs, test.proto); !errors.Is(err, p2p.ErrUnreachable) {
				t.Fatalf("got %v, want %v", err, p2p.ErrUnreachable)
			}
		})
	}
}

func TestStreamLimitsPerPeer(t *testing.T) {
	server, greedy, modest := newHost(t, "/ip4/127.0.0.1/tcp/0"), newHost(t), newHost(t)
	server.Handle(echo, p2p.HandlerLimits{PeerStreams: 2}, serveEcho)
	talk := func(host *p2p.Host) error {
		stream, err := host.Open(t.Context(), server.ID(), server.Addrs(), echo)
		if err != nil {
			return err
		}
		t.Cleanup(stream.Break)
		if err := stream.Send(greeting{}, limit, timeout); err != nil {
			return err
		}
		return stream.Receive(new(greeting), limit, timeout)
	}
	for i := range 2 {
		if err := talk(greedy); err != nil {
			t.Fatalf("stream %d: %v", i, err)
		}
	}
	if err := talk(greedy); !errors.Is(err, p2p.ErrPeerBusy) {
		t.Fatalf("third stream: %v, want %v", err, p2p.ErrPeerBusy)
	}
	if err := talk(modest); err != nil {
		t.Fatalf("another peer suffers: %v", err)
	}
}

func TestStreamRatePerPeer(t *testing.T) {
	server, client := newHost(t, "/ip4/127.0.0.1/tcp/0"), newHost(t)
	server.Handle(echo, p2p.HandlerLimits{PeerBurst: 3, PeerEvery: time.Hour}, func(_ context.Context, s *p2p.Stream) {
		_ = s.Send(greeting{}, limit, timeout)
	})
	for i := range 4 {
		stream, err := client.Open(t.Context(), server.ID(), server.Addrs(), echo)
		if err != nil {
			t.Fatal(err)
		}
		err = stream.Receive(new(greeting), limit, timeout)
		stream.Break()
		if i < 3 && err != nil {
			t.Fatalf("stream %d: %v", i, err)
		}
		if i == 3 && !errors.Is(err, p2p.ErrPeerBusy) {
			t.Fatalf("beyond the burst: %v, want %v", err, p2p.ErrPeerBusy)
		}
	}
}

func TestPanicIsContained(t *testing.T) {
	server, client := newHost(t, "/ip4/127.0.0.1/tcp/0"), newHost(t)
	server.Handle(echo, p2p.HandlerLimits{}, func(context.Context, *p2p.Stream) { panic("handler") })
	stream, err := client.Open(t.Context(), server.ID(), server.Addrs(), echo)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Receive(new(greeting), limit, timeout); err == nil {
		t.Fatal("a frame came from a handler that panicked")
	}
	if _, err := client.Open(t.Context(), server.ID(), server.Addrs(), echo); err != nil {
		t.Fatalf("host is gone: %v", err)
	}
}

func TestCloseEndsHandlers(t *testing.T) {
	server, client := newHost(t, "/ip4/127.0.0.1/tcp/0"), newHost(t)
	entered, ended := make(chan struct{}), make(chan struct{})
	server.Handle(echo, p2p.HandlerLimits{}, func(ctx context.Context, _ *p2p.Stream) {
		close(entered)
		<-ctx.Done()
		close(ended)
	})
	ctx, cancel := context.WithCancel(t.Context())
	finished := make(chan error, 1)
	go func() { finished <- server.Run(ctx) }()
	stream, err := client.Open(t.Context(), server.ID(), server.Addrs(), echo)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(greeting{}, limit, timeout); err != nil {
		t.Fatal(err)
	}
	<-entered
	cancel()
	if err := <-finished; err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	default:
		t.Fatal("Run returned before its handler")
	}
	if err := stream.Receive(new(greeting), limit, timeout); err == nil {
		t.Fatal("stream outlives the host")
	}
}
