package training

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"ayni.example/artifact"
	"ayni.example/compute/lease"
	"ayni.example/train"
	"ayni.example/train/checkpoint"
	"ayni.example/x/compute"
)

const (
	// aheadMax is how many segments may be reached and not yet committed.
	aheadMax = 4
	// retryFirst and retryMost are the pauses after a failure that may pass.
	retryFirst = 2 * time.Second
	retryMost  = 2 * time.Minute
)

// run is one lease on this machine.
type run struct {
	worker *Worker
	given  lease.Assignment
	dir    string // of the order
	log    *slog.Logger
	lie    *lie
	ended  chan struct{}

	mu       sync.Mutex
	cancel   context.CancelFunc // nil before it begins
	closed   bool
	moved    *sync.Cond // next moved on
	progress Progress
	segments map[uint64]segment
	next     uint64 // that the ledger waits for
}

func newRun(w *Worker, given lease.Assignment) *run {
	r := &run{
		worker: w, given: given, dir: filepath.Join(w.cfg.Dir, hex.EncodeToString(given.Lease.Order)), next: given.Lease.Next,
		log: w.cfg.Logger.With("lease", given.ID()), lie: newLie(), ended: make(chan struct{}),
	}
	r.moved = sync.NewCond(&r.mu)
	r.progress.Phase, r.progress.Committed = lease.Waiting, given.Lease.Next
	return r
}

// start takes what ends the run; it is ended at once where it was closed before.
func (r *run) start(cancel context.CancelFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cancel = cancel; r.closed {
		cancel()
	}
}

// stop ends the run and waits for its end.
func (r *run) stop() {
	r.mu.Lock()
	r.closed = true
	cancel := r.cancel
	r.mu.Unlock()
	if cancel != nil {
		cancel()
		<-r.ended
	}
}

// work prepares and trains; what may pass is tried again.
func (r *run) work(ctx context.Context) {
	for pause := retryFirst; ; pause = min(2*pause, retryMost) {
		err := r.once(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		if f, final := errors.AsType[failure](err); final {
			r.log.Error("training given up", "error", err.Error())
			r.set(func(p *Progress) { p.Phase, p.Reason, p.Detail = lease.Failed, f.reason, err.Error() })
			return
		}
		r.log.Warn("training goes on after a pause", "error", err.Error(), "pause", pause.String())
		r.set(func(p *Progress) { p.Detail = err.Error() })
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

func (r *run) once(ctx context.Context) error {
	t := r.given.Spec.Training
	if t == nil {
		return failure{compute.ReasonUnit, errors.New("an order of no training")}
	}
	if err := errors.Join(os.MkdirAll(r.dir, 0o700), os.RemoveAll(filepath.Join(r.dir, closedFile))); err != nil {
		return err
	}
	opened, err := r.open(ctx, t)
	if err != nil {
		return err
	}
	cfg := train.Config{
		Recipe: opened, Dir: filepath.Join(r.dir, "run"), Threads: r.worker.cfg.Threads, Now: r.worker.cfg.Now, Logger: r.log,
	}
	if err := r.check(cfg, t); err != nil {
		return err
	}
	known, err := readSegments(r.dir)
	if err != nil {
		return err
	}
	if err := r.complete(cfg.Dir, t, known); err != nil {
		return err
	}
	if err := r.adopt(ctx, cfg.Dir); err != nil {
		return err
	}
	r.mu.Lock()
	r.segments = known
	r.progress.Ready, r.progress.Steps, r.progress.Detail = true, int(t.Steps), "waits for other runs of this machine"
	r.mu.Unlock()
	return r.train(ctx, cfg, t)
}

// train makes the steps that are left, when it is this run's turn.
func (r *run) train(ctx context.Context, cfg train.Config, t *compute.Training) error {
	select {
	case r.worker.turns <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-r.worker.turns }()
	r.set(func(p *Progress) { p.Phase, p.Detail = lease.Running, "" })
	defer context.AfterFunc(ctx, r.wake)()
	cfg.Segment = int(t.Segment)
	cfg.Committed = func(step int, root [32]byte, state *checkpoint.State) error { return r.note(ctx, t, step, root, state) }
	cfg.Progress = func(p train.Progress) {
		r.set(func(have *Progress) { have.Step, have.Loss, have.Speed, have.Held = p.Step, p.Loss, p.Speed, p.Held })
	}
	result, err := train.Run(ctx, cfg)
	if _, stopped := errors.AsType[*train.StoppedError](err); stopped {
		return ctx.Err()
	}
	if err == nil {
		err = r.exported(t, result)
	}
	if err == nil {
		r.set(func(p *Progress) { p.Phase = lease.Done })
	}
	return err
}

// wake lets whoever waits for a commitment look whether the context has ended.
func (r *run) wake() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.moved.Broadcast()
}

// committed hears which segment the ledger waits for.
func (r *run) committed(next uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next, r.progress.Committed = next, next
	r.moved.Broadcast()
}

// commits are segments from the next one on, without a gap.
func (r *run) commits() (list []compute.MsgCommit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := r.next; ; i++ {
		s, reached := r.segments[i]
		if !reached || i+1 == r.given.Spec.Training.Segments() && len(s.Results) == 0 {
			return list
		}
		state := artifact.Digest(s.State).Sum()
		list = append(list, compute.MsgCommit{Lease: r.given.Lease.ID, Segment: i, Root: s.Root[:], State: state[:], Results: s.Results})
	}
}

// exportsMax is how many results a commitment names.
const exportsMax = 16

// exported notes what came of the training with its last segment: the ledger then knows the files that a tenant exports.
func (r *run) exported(t *compute.Training, result *train.Result) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := r.segments[t.Segments()-1]
	last.Results = nil
	for _, f := range result.Files {
		if model := f.Kind == "model" || f.Kind == "adapter" || f.Kind == "weights"; model && len(last.Results) < exportsMax {
			sum := artifact.Digest(f.Digest).Sum()
			last.Results = append(last.Results, sum[:])
		}
	}
	r.segments[last.Index] = last
	return writeSegments(r.dir, r.segments)
}

// note keeps the state after a segment, before the next one begins. It waits while too many are not committed.
func (r *run) note(ctx context.Context, t *compute.Training, step int, root [32]byte, state *checkpoint.State) error {
	index := (uint64(step)+t.Segment-1)/t.Segment - 1
	root, state = r.lie.told(t.Segments()-1-index, root, state)
	r.mu.Lock()
	_, known := r.segments[index]
	r.mu.Unlock()
	if !known {
		if err := r.keep(ctx, segment{Index: index, Root: root}, step, state); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress.Reached = index + 1
	for r.next+aheadMax <= index && ctx.Err() == nil {
		r.moved.Wait()
	}
	return nil
}

// keep makes an artifact of a state and notes it.
func (r *run) keep(ctx context.Context, s segment, step int, state *checkpoint.State) error {
	store := r.worker.cfg.Store
	info, err := store.PutFrom(ctx, encoded{state})
	if err != nil {
		return fmt.Errorf("keep the state after step %d: %w", step, err)
	}
	s.State = string(info.Digest)
	if err := store.Pin(artifact.Pin{
		Digest: info.Digest, Owner: Owner, Reason: fmt.Sprintf("state after step %d of order %x", step, r.given.Lease.Order), Since: r.worker.cfg.Now(),
	}); err != nil {
		return err
	}
	if err := r.lie.kept(r.given.Spec.Training.Segments()-1-s.Index, store, info.Digest); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.segments[s.Index] = s
	return writeSegments(r.dir, r.segments)
}

// encoded writes a state as a checkpoint.
type encoded struct{ state *checkpoint.State }

func (e encoded) WriteTo(w io.Writer) (int64, error) {
	count := &counter{w: w}
	err := checkpoint.Encode(count, e.state)
	return count.n, err
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}
