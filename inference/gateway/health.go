package gateway

import (
	"errors"
	"sync"
	"time"

	"ayni.example/inference/engine"
	"ayni.example/internal/clock"
)

const (
	healthMost  = 1024             // candidates remembered
	healthFirst = 15 * time.Second // behind the others after a first failure
	healthLast  = 10 * time.Minute // and at most, after many, or after it broke the terms
)

// health remembers which candidates failed lately. They stay candidates: when all failed, the one whose time is up first
// comes first.
type health struct {
	now clock.Clock

	mu     sync.Mutex
	failed map[string]failure
}

type failure struct {
	times int
	until time.Time
}

func newHealth(now clock.Clock) *health { return &health{now: now, failed: map[string]failure{}} }

// report takes the result of one attempt; errors that are the request's fault say nothing about the candidate.
func (h *health) report(who string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		delete(h.failed, who)
		return
	}
	switch engine.AsError(err).Kind {
	case engine.Unavailable, engine.Internal, engine.Busy:
	default:
		return
	}
	f, known := h.failed[who]
	if !known && len(h.failed) >= healthMost {
		h.forget()
	}
	wait := min(healthFirst<<min(f.times, 10), healthLast)
	if errors.Is(err, ErrDishonest) {
		wait = healthLast // that is no accident
	}
	f.until = h.now().Add(wait)
	f.times++
	h.failed[who] = f
}

// until is when a candidate is as good as others again; the zero time when it is now.
func (h *health) until(who string) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	f, known := h.failed[who]
	if !known || !h.now().Before(f.until) {
		return time.Time{}
	}
	return f.until
}

// forget drops the failure whose time is up first.
func (h *health) forget() {
	var first string
	for who, f := range h.failed {
		if first == "" || f.until.Before(h.failed[first].until) {
			first = who
		}
	}
	delete(h.failed, first)
}
