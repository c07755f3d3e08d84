package exchange_test

import (
	"context"
	"testing"
	"time"

	"ayni.example/artifact"
	"ayni.example/artifact/exchange"
	"ayni.example/p2p"
)

// TestProbe tells a peer that still gives a blob from one that has none of it, and neither from one that does not answer.
func TestProbe(t *testing.T) {
	has, asks := newMachine(t), newMachine(t)
	blob, d := noise(t, 1, 3*artifact.ChunkSize+7)
	size := int64(len(blob))
	probe := func(d artifact.Digest, p exchange.Peer) (bool, error) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		return asks.Probe(ctx, p, d, size)
	}
	if held, err := probe(d, has.peer()); held || err != nil {
		t.Errorf("before it is there: %t, %v", held, err)
	}
	has.put(t, blob)
	for range 4 { // whichever part is drawn
		if held, err := probe(d, has.peer()); !held || err != nil {
			t.Errorf("while it is there: %t, %v", held, err)
		}
	}
	if err := has.store.Erase(d); err != nil {
		t.Fatal(err)
	}
	if held, err := probe(d, has.peer()); held || err != nil {
		t.Errorf("after it was erased: %t, %v", held, err)
	}
	gone := has.peer()
	if err := has.host.Close(); err != nil {
		t.Fatal(err)
	}
	if held, err := probe(d, gone); held || err == nil {
		t.Errorf("a peer that is away: %t, %v", held, err)
	}
}

// TestProbeLiar believes the bytes and not the word: a peer that denies a blob and gives a part of it has it.
func TestProbeLiar(t *testing.T) {
	blob, d := noise(t, 2, 1000)
	asks, liar := newMachine(t), newHost(t, anyPort)
	denies(t, liar, blob)
	if held, err := asks.Probe(t.Context(), peerOf(liar), d, int64(len(blob))); !held || err != nil {
		t.Errorf("%t, %v", held, err)
	}
}

// denies answers that it has nothing, and gives the only chunk of a blob to whoever asks for it.
func denies(tb testing.TB, h *p2p.Host, blob []byte) {
	tb.Helper()
	h.Handle(exchange.Protocol, p2p.HandlerLimits{}, func(_ context.Context, s *p2p.Stream) {
		defer s.Break()
		for {
			var ask struct {
				Have  string `json:"have"`
				Get   string `json:"get"`
				Chunk int64  `json:"chunk"`
			}
			if err := s.Receive(&ask, 512, time.Second); err != nil {
				return
			}
			answer := map[string]any{"error": "absent"}
			if ask.Get != "" {
				answer = map[string]any{"state": make([]byte, len(artifact.State{}))}
			}
			if err := s.Send(answer, 512, time.Second); err != nil {
				return
			}
			if ask.Get != "" {
				_ = s.SendRaw(blob, time.Second) // who probes has heard enough
			}
		}
	})
}
