package gateway

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"sync"
	"time"

	"ayni.example/inference/engine"
	"ayni.example/internal/clock"
	"ayni.example/receipt"
)

const (
	replayMost      = 256 // answers kept for clients that try again
	replayBytes     = 1 << 20
	replayAge       = 10 * time.Minute
	maxIdempotency  = 255 // bytes of the header
	idempotencyName = "Idempotency-Key"
)

// replays keeps answers to requests that named themselves with Idempotency-Key, in memory and for a short while, so that a
// client that lost its connection gets the same bytes again without paying twice.
type replays struct {
	now clock.Clock

	mu    sync.Mutex
	known map[string]*replay // by request id
}

type replay struct {
	body    [sha256.Size]byte // of the request
	at      time.Time
	done    bool
	status  int
	content string // type
	receipt string
	answer  []byte
}

func newReplays(now clock.Clock) *replays { return &replays{now: now, known: map[string]*replay{}} }

// claim marks a request as being answered, or gives the answer that it had before.
func (s *replays) claim(id string, body [sha256.Size]byte) (*replay, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if old := s.known[id]; old != nil && (!old.done || now.Sub(old.at) < replayAge) {
		switch {
		case old.body != body:
			return nil, engine.Errorf(engine.Invalid, "this %s was used for another request", idempotencyName).
				WithHint("use a fresh one for each request")
		case !old.done:
			return nil, later(engine.Busy, time.Second, "the request with this %s is being answered", idempotencyName)
		}
		return old, nil
	}
	s.evict(now)
	s.known[id] = &replay{body: body, at: now}
	return nil, nil
}

// settle ends a claim; nil forgets it, so that the client may try again.
func (s *replays) settle(id string, answer *replay) {
	s.mu.Lock()
	defer s.mu.Unlock()
	claimed := s.known[id]
	if claimed == nil {
		return
	}
	if answer == nil || len(answer.answer) > replayBytes {
		delete(s.known, id)
		return
	}
	answer.body, answer.at, answer.done = claimed.body, s.now(), true
	s.known[id] = answer
}

// evict makes room: what is too old goes, then the oldest answer. Claims in flight are bounded by the slots.
func (s *replays) evict(now time.Time) {
	var oldest string
	for id, r := range s.known {
		switch {
		case !r.done:
		case now.Sub(r.at) >= replayAge:
			delete(s.known, id)
		case oldest == "" || r.at.Before(s.known[oldest].at):
			oldest = id
		}
	}
	if len(s.known) >= replayMost && oldest != "" {
		delete(s.known, oldest)
	}
}

// derive makes a value that is the same whenever a request is tried again, also after a restart, and that nobody else can
// guess: HMAC-SHA256 under the gateway's secret.
func (g *Gateway) derive(use string, parts ...string) [sha256.Size]byte {
	mac := hmac.New(sha256.New, g.secret[:])
	for _, part := range append([]string{use}, parts...) {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		mac.Write(size[:])
		mac.Write([]byte(part))
	}
	return [sha256.Size]byte(mac.Sum(nil))
}

// requestID is derived from the caller and what it called the request, so that keys cannot see each other's answers.
func (g *Gateway) requestID(caller, name string) string {
	sum := g.derive("request", caller, name)
	return hex.EncodeToString(sum[:16])
}

func (g *Gateway) salt(request string) receipt.Salt { return receipt.Salt(g.derive("salt", request)) }

// seed stays below 2^53, so that every JSON reader takes it exactly.
func (g *Gateway) seed(request string) uint64 {
	sum := g.derive("seed", request)
	return binary.BigEndian.Uint64(sum[:8]) >> 11
}
