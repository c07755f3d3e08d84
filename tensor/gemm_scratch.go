package tensor

import (
	"sync"

	"ayni.example/tensor/internal/kernel"
)

// scratch is the memory that one task of a product works in.
type scratch struct {
	packed []float32 // of b
	rows   []float32 // of a
	tile   kernel.Tile
	edge   [16 * kernel.Width]float32
}

// scratchList keeps the scratches that no task uses; there are never more than there were tasks at once.
type scratchList struct {
	mu   sync.Mutex
	free []*scratch
}

func (l *scratchList) take() *scratch {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.free); n > 0 {
		s := l.free[n-1]
		l.free = l.free[:n-1]
		return s
	}
	return new(scratch)
}

func (l *scratchList) put(s *scratch) {
	s.tile = kernel.Tile{} // it keeps no caller's memory alive
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = append(l.free, s)
}
