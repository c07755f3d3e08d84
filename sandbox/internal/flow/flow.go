package flow

import (
	"errors"
	"io"
	"sync"
)

// ErrFull is what a writer says after the budget is spent.
var ErrFull = errors.New("the output limit is reached")

// Budget is shared by the streams of one run.
type Budget struct {
	mu    sync.Mutex
	limit int64
	used  int64
	full  func()
	told  bool
}

// New returns a budget of limit bytes; full is called once, when a program wants more.
func New(limit int64, full func()) *Budget { return &Budget{limit: limit, full: full} }

// Used is the number of bytes that were passed on.
func (b *Budget) Used() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}

// Full tells whether more was wanted.
func (b *Budget) Full() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.told
}

// Writer passes on to w, or drops where w is nil. Streams of one budget never write at the same time, so both may be one w.
func (b *Budget) Writer(w io.Writer) io.Writer {
	if w == nil {
		w = io.Discard
	}
	return &stream{budget: b, to: w}
}

type stream struct {
	budget *Budget
	to     io.Writer
}

// Write implements io.Writer.
func (s *stream) Write(p []byte) (int, error) {
	b := s.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	room := min(int64(len(p)), b.limit-b.used)
	b.used += room
	n, err := s.to.Write(p[:room])
	switch {
	case err != nil:
		return n, err
	case room < int64(len(p)):
		if !b.told {
			b.told = true
			b.full()
		}
		return n, ErrFull
	}
	return n, nil
}
