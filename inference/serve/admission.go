package serve

import (
	"context"
	"sync"

	"ayni.example/inference/engine"
)

// admission lets a bounded number of jobs run, queues a bounded number behind them in order, and bounds each payer's share
// of both, so that nobody starves the others.
type admission struct {
	jobs, waiting, perPayer int

	mu      sync.Mutex
	running int
	queue   []chan struct{} // closed when its job may run
	payers  map[string]int
}

func newAdmission(jobs, waiting, perPayer int) *admission {
	return &admission{jobs: jobs, waiting: waiting, perPayer: perPayer, payers: map[string]int{}}
}

// enter waits for a place; leave gives it back and must be called once.
func (a *admission) enter(ctx context.Context, payer string) (leave func(), err error) {
	a.mu.Lock()
	if a.payers[payer] >= a.perPayer {
		a.mu.Unlock()
		return nil, engine.Errorf(engine.Busy, "%d jobs of this payer run or wait here", a.perPayer).WithHint("wait for one to end")
	}
	if a.running < a.jobs {
		a.running++
		a.payers[payer]++
		a.mu.Unlock()
		return func() { a.leave(payer) }, nil
	}
	if len(a.queue) >= a.waiting {
		a.mu.Unlock()
		return nil, engine.Errorf(engine.Busy, "%d jobs wait in the queue", a.waiting).WithHint("try again later")
	}
	turn := make(chan struct{})
	a.queue = append(a.queue, turn)
	a.payers[payer]++
	a.mu.Unlock()

	select {
	case <-turn:
		return func() { a.leave(payer) }, nil
	case <-ctx.Done():
		a.withdraw(turn, payer)
		return nil, ctx.Err()
	}
}

// leave passes the place on to the next in the queue.
func (a *admission) leave(payer string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forget(payer)
	if len(a.queue) == 0 {
		a.running--
		return
	}
	close(a.queue[0])
	a.queue = a.queue[1:]
}

// withdraw takes a job out of the queue, or passes on the place that it got in the same moment.
func (a *admission) withdraw(turn chan struct{}, payer string) {
	a.mu.Lock()
	for i, waiting := range a.queue {
		if waiting == turn {
			a.queue = append(a.queue[:i], a.queue[i+1:]...)
			a.forget(payer)
			a.mu.Unlock()
			return
		}
	}
	a.mu.Unlock()
	a.leave(payer)
}

func (a *admission) forget(payer string) {
	if a.payers[payer]--; a.payers[payer] == 0 {
		delete(a.payers, payer)
	}
}
