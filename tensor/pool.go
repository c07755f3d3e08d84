package tensor

import (
	"sync"
	"sync/atomic"
)

// Pool bounds how many goroutines compute at once for one model. A caller works itself and
// borrows idle helpers; nothing waits or spins when none is free.
type Pool struct {
	helpers chan struct{}
	scratch scratchList // of matrix products
}

// NewPool allows threads-1 helpers beside the callers; less than 1 counts as 1.
func NewPool(threads int) *Pool { return &Pool{helpers: make(chan struct{}, max(0, threads-1))} }

// Threads is the number that NewPool was given.
func (p *Pool) Threads() int { return cap(p.helpers) + 1 }

// minOps is the work, in multiplications, below which a helper costs more than it saves.
const minOps = 1 << 16

// Run calls do for every index from 0 to n-1, each exactly once, on the caller and idle
// helpers; it returns when all calls have. Calls must not depend on each other.
func (p *Pool) Run(n int, opsEach int, do func(i int)) {
	want := min(cap(p.helpers), n-1, n*opsEach/minOps)
	if want <= 0 {
		for i := range n {
			do(i)
		}
		return
	}
	var next atomic.Int64
	work := func() {
		for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
			do(int(i))
		}
	}
	var wg sync.WaitGroup
	for range want {
		select {
		case p.helpers <- struct{}{}:
			wg.Go(func() {
				defer func() { <-p.helpers }()
				work()
			})
		default:
		}
	}
	work()
	wg.Wait()
}
