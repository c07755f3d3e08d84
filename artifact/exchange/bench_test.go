package exchange_test

import (
	"testing"

	"ayni.example/artifact/exchange"
)

// BenchmarkFetch is giver and taker in one process.
func BenchmarkFetch(b *testing.B) {
	body, d := noise(b, 1, 64<<20)
	giver, taker := newMachine(b), newMachine(b)
	giver.put(b, body)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := taker.Fetch(b.Context(), exchange.Request{Digest: d, Into: taker.store, From: []exchange.Peer{giver.peer()}}); err != nil {
			b.Fatal(err)
		}
		if err := taker.store.Remove(d); err != nil {
			b.Fatal(err)
		}
	}
}
