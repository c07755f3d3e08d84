package cli

import (
	"fmt"
	"sync"
	"time"

	"ayni.example/internal/clock"
)

// progress tells how far work on bytes is: downloads and conversions.
type progress struct {
	mu    sync.Mutex
	bar   *bar
	what  string
	began time.Time
	start uint64 // bytes that were there at the start
	last  time.Time
}

func (a *app) progress(what string) *progress {
	now := clock.System()
	return &progress{bar: newBar(a.stderr, a.json), what: what, began: now, last: now}
}

// again begins another piece of work on the same line, of which some was done before.
func (p *progress) again(what string, done uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.what, p.start, p.began = what, done, clock.System()
}

// of tells how much is done. It may be called from anywhere, and often.
func (p *progress) of(done, total uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := clock.System()
	every := lineEvery
	if p.bar.terminal {
		every = barEvery
	}
	if p.bar.quiet || total == 0 || now.Sub(p.last) < every {
		return
	}
	p.last = now
	p.bar.write(p.line(done, total, now))
}

func (p *progress) line(done, total uint64, now time.Time) string {
	text := fmt.Sprintf("%s  %3d%%  %s of %s", p.what, 100*done/total, size(int64(done)), size(int64(total)))
	if seconds := now.Sub(p.began).Seconds(); seconds > 1 && done > p.start {
		rate := float64(done-p.start) / seconds
		left := time.Duration(float64(total-min(done, total)) / rate * float64(time.Second))
		text += fmt.Sprintf("  %s/s  %s left", size(int64(rate)), left.Round(time.Second))
	}
	return text
}

func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bar.end()
}
