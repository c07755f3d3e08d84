package x402

import (
	"context"
	"net/http"
	"sync"
)

// flights lets one request at a time work on a payment and on a purchase.
type flights struct {
	most int
	mu   sync.Mutex
	open map[string]*flight
	busy int
}

type flight struct {
	turn    chan struct{}
	waiting int
}

func newFlights(most int) *flights { return &flights{most: most, open: map[string]*flight{}} }

// enter waits for the turn on each of the names, in their order.
func (f *flights) enter(ctx context.Context, names ...string) (leave func(), err error) {
	f.mu.Lock()
	if f.busy >= f.most {
		f.mu.Unlock()
		return nil, &refusal{http.StatusServiceUnavailable, "too many payments at once"}
	}
	f.busy++
	f.mu.Unlock()
	var held []string
	leave = func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.busy--
		for _, name := range held {
			<-f.open[name].turn
			f.done(name)
		}
	}
	for _, name := range names {
		f.mu.Lock()
		one := f.open[name]
		if one == nil {
			one = &flight{turn: make(chan struct{}, 1)}
			f.open[name] = one
		}
		one.waiting++
		f.mu.Unlock()
		select {
		case one.turn <- struct{}{}:
			held = append(held, name)
		case <-ctx.Done():
			f.mu.Lock()
			f.done(name)
			f.mu.Unlock()
			leave()
			return nil, ctx.Err()
		}
	}
	return leave, nil
}

// done forgets a flight that nobody waits for.
func (f *flights) done(name string) {
	if f.open[name].waiting--; f.open[name].waiting == 0 {
		delete(f.open, name)
	}
}
