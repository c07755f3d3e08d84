package upstream

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

var errSilent = errors.New("no word for too long")

// silence ends a context when nothing was read for a while.
type silence struct {
	ctx    context.Context //nolint:containedctx // it is the request's, and lives as long as this value
	cancel context.CancelCauseFunc
	after  time.Duration

	mu    sync.Mutex
	timer *time.Timer
}

func newSilence(parent context.Context, after time.Duration) *silence {
	ctx, cancel := context.WithCancelCause(parent)
	s := &silence{ctx: ctx, cancel: cancel, after: after}
	s.timer = time.AfterFunc(after, func() { cancel(errSilent) })
	return s
}

func (s *silence) end() {
	s.pause()
	s.cancel(nil)
}

func (s *silence) pause() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer.Stop()
}

func (s *silence) resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer.Reset(s.after)
}

func (s *silence) silent() bool { return errors.Is(context.Cause(s.ctx), errSilent) }

// reader restarts the clock with every read that brings something.
func (s *silence) reader(from io.Reader) io.Reader { return heard{from: from, silence: s} }

type heard struct {
	from    io.Reader
	silence *silence
}

// Read reads and, when something came, is patient anew.
func (h heard) Read(p []byte) (int, error) {
	n, err := h.from.Read(p)
	if n > 0 {
		h.silence.resume()
	}
	return n, err
}
