package share

import (
	"sync"
	"time"

	"ayni.example/internal/clock"
)

// refusalsMost are logged in an hour.
const refusalsMost = 256

// budget bounds what strangers can have written to the disk.
type budget struct {
	now clock.Clock

	mu    sync.Mutex
	since time.Time
	used  int
}

func (b *budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := b.now(); now.Sub(b.since) >= time.Hour {
		b.since, b.used = now, 0
	}
	b.used++
	return b.used <= refusalsMost
}
