package training

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"ayni.example/artifact"
	"ayni.example/compute/lease"
	"ayni.example/internal/clock"
	"ayni.example/tensor/trace"
	"ayni.example/x/compute"
)

// Owner is who pins what a lease of training needs and makes.
const Owner = "training"

// leasesMax bounds what one machine holds at once.
const leasesMax = 64

// keptFor is how long states stay after their lease: for auditors, for the tenant, and for whoever goes on after this machine.
const (
	keptFor    = 7 * 24 * time.Hour
	sweepEvery = time.Hour
)

// Config of a Worker.
type Config struct {
	Dir     string // what is trained; one folder an order
	Store   *artifact.Store
	Fetch   func(ctx context.Context, d artifact.Digest, most int64) error // brings an artifact of so many bytes at most into the store
	Threads int                                                            // of one run; 0: all processors
	Runs    int                                                            // at once; 0: one
	Now     clock.Clock
	Logger  *slog.Logger
}

// Worker trains for leases. It is safe for concurrent use.
type Worker struct {
	cfg   Config
	turns chan struct{} // a run takes one while it computes

	fresh chan *run // for Run to begin

	mu     sync.Mutex
	leases map[string]*run
}

// New makes the folder; nothing runs before Run.
func New(cfg Config) (*Worker, error) {
	if cfg.Dir == "" || cfg.Store == nil || cfg.Fetch == nil || cfg.Now == nil || cfg.Logger == nil {
		return nil, errors.New("training: folder, store, fetch, clock or logger is absent")
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	return &Worker{cfg: cfg, turns: make(chan struct{}, max(1, cfg.Runs)), fresh: make(chan *run, leasesMax), leases: map[string]*run{}}, nil
}

// Run lets leases run until ctx ends, and returns when all have saved their state.
func (w *Worker) Run(ctx context.Context) error {
	var group sync.WaitGroup
	defer group.Wait()
	sweep := time.NewTimer(0)
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-w.fresh:
			inner, cancel := context.WithCancel(ctx)
			r.start(cancel)
			group.Go(func() {
				defer close(r.ended)
				defer cancel()
				r.work(inner)
			})
		case <-sweep.C:
			if err := w.sweep(); err != nil {
				w.cfg.Logger.Warn("what closed leases left is not removed", "error", err.Error())
			}
			sweep.Reset(sweepEvery)
		}
	}
}

// Units implements lease.Worker.
func (w *Worker) Units() []compute.Unit { return []compute.Unit{compute.UnitStep} }

// Decline implements lease.Worker: a job that this program cannot train is not taken.
func (w *Worker) Decline(order compute.Order) compute.Reason {
	if order.Spec.Training == nil {
		return compute.ReasonUnit
	}
	if _, err := trace.DecodeJob(order.Spec.Training.Job); err != nil {
		return compute.ReasonData
	}
	return compute.ReasonUnspecified
}

// Reconcile implements lease.Worker. It also hears how far the ledger has come.
func (w *Worker) Reconcile(_ context.Context, leases []lease.Assignment) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range leases {
		r := w.leases[l.ID()]
		if r != nil {
			r.committed(l.Lease.Next)
			continue
		}
		r = newRun(w, l)
		select {
		case w.fresh <- r:
		default:
			return fmt.Errorf("training: %d leases wait to be begun already", leasesMax)
		}
		w.leases[l.ID()] = r
	}
	return nil
}

// Close implements lease.Worker. What was reached stays for a week.
func (w *Worker) Close(_ context.Context, id string, _ compute.Reason) error {
	w.mu.Lock()
	r := w.leases[id]
	delete(w.leases, id)
	w.mu.Unlock()
	if r == nil {
		return nil
	}
	r.stop()
	return w.mark(r.dir)
}

// Leases implements lease.Worker.
func (w *Worker) Leases() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.leases))
}

// Status implements lease.Worker.
func (w *Worker) Status(id string) (lease.Status, bool) {
	p, known := w.Progress(id)
	return lease.Status{Phase: p.Phase, Ready: p.Ready, Reason: p.Reason, Detail: p.Detail}, known
}

// Progress tells how the training of a lease goes.
func (w *Worker) Progress(id string) (Progress, bool) {
	r := w.held(id)
	if r == nil {
		return Progress{}, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.progress, true
}

// Commits are the segments that were reached and that the ledger has not, in order.
func (w *Worker) Commits(id string) []compute.MsgCommit {
	r := w.held(id)
	if r == nil {
		return nil
	}
	return r.commits()
}

func (w *Worker) held(id string) *run {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.leases[id]
}
