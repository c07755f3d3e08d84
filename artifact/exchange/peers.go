package exchange

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"ayni.example/internal/clock"
)

// Reason says why a peer was dropped; the words are labels of a metric.
type Reason string

// Reasons. The first three are proven and cost a peer an hour, a stall a minute; who went away may come back at once.
const (
	FalseBytes Reason = "false_bytes" // a chunk or a state that is not of the blob
	FalseSize  Reason = "false_size"  // a size that the digest disproves
	Protocolar Reason = "protocol"    // frames that no honest peer sends
	Stalled    Reason = "stalled"     // promised and did not send in time
	Gone       Reason = "gone"        // closed, or no longer has it
)

func (r Reason) ban() time.Duration {
	switch r {
	case FalseBytes, FalseSize, Protocolar:
		return time.Hour
	case Stalled:
		return time.Minute
	case Gone:
	}
	return 0
}

// bansMax bounds the peers that are remembered.
const bansMax = 1024

// bans are peers that are not asked for a time, by this process.
type bans struct {
	now clock.Clock

	mu    sync.Mutex
	until map[string]time.Time
}

func newBans(now clock.Clock) *bans { return &bans{now: now, until: map[string]time.Time{}} }

func (b *bans) add(peer string, lasts time.Duration) {
	if lasts == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if len(b.until) >= bansMax {
		soonest := peer
		for p, t := range b.until {
			if s, known := b.until[soonest]; !known || t.Before(s) {
				soonest = p
			}
		}
		delete(b.until, soonest)
	}
	if t := now.Add(lasts); t.After(b.until[peer]) {
		b.until[peer] = t
	}
}

func (b *bans) has(peer string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now().Before(b.until[peer])
}

// rates bound what each peer gets in a second. A peer that takes more waits, and with it its stream.
type rates struct {
	rate int64
	now  clock.Clock

	mu   sync.Mutex
	next map[string]time.Time // when the peer's last chunk is paid for
}

func newRates(rate int64, now clock.Clock) *rates {
	return &rates{rate: rate, now: now, next: map[string]time.Time{}}
}

// waitMost is how long an asker is kept waiting; beyond it, it is told to come again.
const waitMost = 10 * time.Second

// errBusy says that a peer has taken its share for now.
var errBusy = errors.New("peer takes more than its share")

// wait returns when the peer may have n more bytes.
func (r *rates) wait(ctx context.Context, peer string, n int) error {
	if r.rate == 0 {
		return nil
	}
	r.mu.Lock()
	now := r.now()
	if len(r.next) >= bansMax {
		for p, t := range r.next {
			if t.Before(now) {
				delete(r.next, p)
			}
		}
	}
	at := r.next[peer]
	if at.Before(now) {
		at = now
	}
	if at.Sub(now) > waitMost {
		r.mu.Unlock()
		return errBusy
	}
	r.next[peer] = at.Add(time.Duration(float64(n) / float64(r.rate) * float64(time.Second)))
	r.mu.Unlock()
	if at.Equal(now) {
		return nil
	}
	timer := time.NewTimer(at.Sub(now))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// ParsePeer reads a peer as people write it: a multiaddr that ends in its id, such as /ip4/192.0.2.7/tcp/4001/p2p/12D3….
func ParsePeer(text string) (Peer, error) {
	at := strings.LastIndex(text, "/p2p/")
	if at <= 0 || at+len("/p2p/") == len(text) || len(text) > 512 {
		return Peer{}, fmt.Errorf("peer %.80q: want an address with its id, such as /ip4/192.0.2.7/tcp/4001/p2p/ID", text)
	}
	return Peer{ID: text[at+len("/p2p/"):], Addrs: []string{text[:at]}}, nil
}
