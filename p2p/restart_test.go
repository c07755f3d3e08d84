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

// TestOpenAfterRestart expects a peer that did not answer to be reachable as soon as it is back.
func TestOpenAfterRestart(t *testing.T) {
	newHost := func(key ed25519.PrivateKey, listen ...string) *p2p.Host {
		h, err := p2p.New(p2p.Config{Key: key, Listen: listen, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = h.Close() })
		return h
	}
	newKey := func() ed25519.PrivateKey {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	key := newKey()
	server, dialler := newHost(key, "/ip4/127.0.0.1/tcp/0"), newHost(newKey())
	id, addrs := server.ID(), server.Addrs()
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := dialler.Open(t.Context(), id, addrs, "/test/1"); !errors.Is(err, p2p.ErrUnreachable) {
			t.Fatalf("nobody is there: %v", err)
		}
	}
	again := newHost(key, addrs...)
	again.Handle("/test/1", p2p.HandlerLimits{}, func(context.Context, *p2p.Stream) {})
	stream, err := dialler.Open(t.Context(), id, addrs, "/test/1")
	if err != nil {
		t.Fatalf("it is back: %v", err)
	}
	if err := stream.Close(); err != nil {
		t.Error(err)
	}
}
