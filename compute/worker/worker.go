package worker

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"

	"ayni.example/artifact"
	"ayni.example/compute/lease"
	"ayni.example/sandbox"
	"ayni.example/sandbox/lan"
	"ayni.example/sandbox/oci"
	"ayni.example/x/compute"
)

// Runtime runs services; *oci.Driver and its Services do.
type Runtime interface {
	Start(ctx context.Context, spec sandbox.Service) error
	State(name string) (sandbox.State, error)
	Stop(ctx context.Context, name string, grace time.Duration) error
	Remove(ctx context.Context, name string) error
	Output(ctx context.Context, name string, offset int64, follow bool, each func(offset int64, text []byte) error) (int64, error)
	Exec(ctx context.Context, name string, e sandbox.Exec) (int, error)
	Users() (first, count int)
	Trim() error
}

// Images fetches them.
type Images interface {
	PrepareAs(ctx context.Context, reference string, login oci.Login) (sandbox.Image, error)
	DropImages(age time.Duration) error
}

// Network connects the services of one lease.
type Network interface {
	Join(network string, member int) (lan.Member, error)
	Dial(ctx context.Context, network string, member, port int) (net.Conn, error)
	Remove(network string) error
}

// Artifacts keeps results and checkpoints.
type Artifacts interface {
	PutPinned(ctx context.Context, source io.Reader, owner, reason string) (artifact.Info, error)
	Unpin(d artifact.Digest, owner string) error
}

// Config of a Worker.
type Config struct {
	Dir       string // what the worker owns
	Runtime   Runtime
	Images    Images
	Network   Network
	Artifacts Artifacts
	// Fetch brings an artifact here, from whoever has it, and opens it.
	Fetch  func(ctx context.Context, d artifact.Digest) (io.ReadCloser, error)
	Now    func() time.Time
	Logger *slog.Logger
	// Changed is told when a lease has become ready, is done or has failed, of which the ledger should hear at once; nil: nobody is.
	Changed func()

	Every    time.Duration // how often each lease is looked at, 500 ms when 0
	Grace    time.Duration // what a service gets to end when it is asked to, 10 s when 0
	Backoff  time.Duration // before the first restart, 1 s when 0; doubled each time up to a minute
	Patience time.Duration // for a manifest to come, 15 minutes when 0
}

// Worker does the work of leases with containers.
type Worker struct {
	cfg Config

	mu      sync.Mutex
	deals   map[string]*deal
	running context.Context //nolint:containedctx // of Run, for deals that come later; nil before it
	work    sync.WaitGroup
}

var _ lease.Worker = (*Worker)(nil)

// New opens the folder. What runs there already goes on; Run looks after it.
func New(cfg Config) (*Worker, error) {
	if cfg.Dir == "" || cfg.Runtime == nil || cfg.Images == nil || cfg.Network == nil || cfg.Artifacts == nil || cfg.Fetch == nil ||
		cfg.Now == nil || cfg.Logger == nil {
		return nil, errors.New("worker needs a folder, runtime, images, network, artifacts, a clock and a logger")
	}
	if cfg.Changed == nil {
		cfg.Changed = func() {}
	}
	for _, d := range []struct {
		of    *time.Duration
		value time.Duration
	}{{&cfg.Every, 500 * time.Millisecond}, {&cfg.Grace, 10 * time.Second}, {&cfg.Backoff, time.Second}, {&cfg.Patience, 15 * time.Minute}} {
		if *d.of <= 0 {
			*d.of = d.value
		}
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, err
	}
	cfg.Dir = dir
	w := &Worker{cfg: cfg, deals: make(map[string]*deal)}
	if err := os.MkdirAll(w.path(), 0o700); err != nil {
		return nil, fmt.Errorf("make the worker's folder: %w", err)
	}
	return w, w.load()
}

// imageAge is how long an image stays that no lease uses.
const imageAge = 48 * time.Hour

// idForm is a lease's id as text; nothing else becomes the name of a folder.
var idForm = regexp.MustCompile(`^[0-9a-f]{40}$`)

func (w *Worker) path(parts ...string) string {
	return filepath.Join(append([]string{w.cfg.Dir, "leases"}, parts...)...)
}

// load reads the leases that an earlier process had. One that cannot be read is left as it is: unknown means keep.
func (w *Worker) load() error {
	entries, err := os.ReadDir(w.path())
	if err != nil {
		return fmt.Errorf("read leases: %w", err)
	}
	for _, e := range entries {
		if !idForm.MatchString(e.Name()) {
			continue
		}
		d := newDeal(w, e.Name())
		if err := d.load(); err != nil {
			w.cfg.Logger.Error("a lease cannot be read; its containers go on", "lease", e.Name(), "error", err)
			continue
		}
		w.deals[d.id] = d
	}
	return nil
}

// Run looks after all leases until ctx ends. Their containers go on then.
func (w *Worker) Run(ctx context.Context) error {
	w.mu.Lock()
	w.running = ctx
	for _, d := range w.deals {
		w.begin(d) //nolint:contextcheck // deals live as long as Run
	}
	w.mu.Unlock()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	hour := time.NewTicker(time.Hour)
	defer hour.Stop()
	for {
		select {
		case <-ctx.Done():
			w.mu.Lock()
			w.running = nil
			w.mu.Unlock()
			w.work.Wait()
			return nil
		case <-hour.C:
			if err := w.cfg.Images.DropImages(imageAge); err != nil {
				w.cfg.Logger.Warn("images that nobody uses stay", "error", err)
			}
		case <-tick.C:
			if err := w.cfg.Runtime.Trim(); err != nil {
				w.cfg.Logger.Warn("output of services is not trimmed", "error", err)
			}
		}
	}
}

// begin starts a deal's goroutine; the lock is held.
func (w *Worker) begin(d *deal) {
	ctx := w.running
	if ctx == nil || ctx.Err() != nil {
		return
	}
	w.work.Go(func() {
		if d.run(ctx) {
			w.mu.Lock()
			delete(w.deals, d.id)
			w.mu.Unlock()
		}
	})
}

// Units implements lease.Worker.
func (w *Worker) Units() []compute.Unit { return []compute.Unit{compute.UnitSecond, compute.UnitTask} }

// Decline implements lease.Worker. Accelerators are not passed into containers yet.
func (w *Worker) Decline(order compute.Order) compute.Reason {
	if len(order.Spec.GPUs) > 0 {
		return compute.ReasonGPU
	}
	return compute.ReasonUnspecified
}

// Reconcile implements lease.Worker.
func (w *Worker) Reconcile(_ context.Context, leases []lease.Assignment) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all error
	for _, a := range leases {
		if !slices.Contains(w.Units(), a.Spec.Unit) || w.deals[a.ID()] != nil {
			continue
		}
		if !idForm.MatchString(a.ID()) || len(a.Spec.Manifest) != len([32]byte{}) {
			all = errors.Join(all, fmt.Errorf("lease %s is none that a ledger makes", a.ID()))
			continue
		}
		d := newDeal(w, a.ID())
		d.record = record{
			Tenant: a.Lease.Tenant, Manifest: hex.EncodeToString(a.Spec.Manifest), UntilExit: a.Spec.UntilExit,
			Keep: time.Duration(a.Spec.ReclaimSeconds) * time.Second, Came: w.cfg.Now(), Retries: int(a.Spec.Retries),
		}
		if err := d.create(); err != nil {
			all = errors.Join(all, fmt.Errorf("lease %s: %w", d.id, err))
			continue
		}
		w.deals[d.id] = d
		w.begin(d) //nolint:contextcheck // deals live as long as Run, not as this call
	}
	return all
}

// Close implements lease.Worker. It marks the lease; its goroutine ends the services soon.
func (w *Worker) Close(_ context.Context, id string, reason compute.Reason) error {
	d, ok := w.deal(id)
	if !ok {
		return nil
	}
	return d.close(reason)
}

// Leases implements lease.Worker.
func (w *Worker) Leases() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := make([]string, 0, len(w.deals))
	for id, d := range w.deals {
		if !d.closed() {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Status implements lease.Worker.
func (w *Worker) Status(id string) (lease.Status, bool) {
	d, ok := w.deal(id)
	if !ok {
		return lease.Status{}, false
	}
	return d.status(), true
}

func (w *Worker) deal(id string) (*deal, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	d, ok := w.deals[id]
	return d, ok
}
