// Package daemon runs the roles of one process as a group: all start together, and the first to fail stops the rest.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
)

// Service is one long-running part. Run blocks until ctx ends or the part fails.
type Service struct {
	Name string
	Run  func(ctx context.Context) error
}

// Run starts all services and waits for all of them. When one fails the others are stopped; the error names it. Services
// stop in the reverse of the order given, so that what others lean on goes last.
func Run(ctx context.Context, log *slog.Logger, services ...Service) error {
	group, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	stops := make([]context.CancelFunc, len(services))
	done := make([]chan struct{}, len(services))
	var mu sync.Mutex
	var errs []error
	for i, s := range services {
		own, stop := context.WithCancel(context.WithoutCancel(ctx))
		stops[i], done[i] = stop, make(chan struct{})
		go func() {
			defer close(done[i])
			err := s.Run(own)
			if err == nil && own.Err() == nil {
				err = errors.New("ended by itself")
			}
			if err != nil && !errors.Is(err, context.Canceled) {
				mu.Lock()
				errs = append(errs, fmt.Errorf("%s: %w", s.Name, err))
				mu.Unlock()
				fail(err)
			}
		}()
	}
	<-group.Done()
	for i, s := range slices.Backward(services) {
		stops[i]()
		<-done[i]
		log.Debug("service stopped", "service", s.Name)
	}
	return errors.Join(errs...)
}
