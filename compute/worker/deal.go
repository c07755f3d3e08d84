package worker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"ayni.example/compute/lease"
	"ayni.example/compute/manifest"
	"ayni.example/sandbox"
	"ayni.example/x/compute"
)

const (
	recordFile   = "record.json"
	manifestFile = "manifest" // holds secrets: only this user reads it
	shortLen     = 16
)

// record is what is remembered of a lease.
type record struct {
	Tenant    string        `json:"tenant"`
	Manifest  string        `json:"manifest"` // digest that the order names
	UntilExit bool          `json:"until_exit,omitempty"`
	Keep      time.Duration `json:"keep"` // volumes, after the end
	Retries   int           `json:"retries,omitempty"`
	Came      time.Time     `json:"came"`

	Ready  bool           `json:"ready,omitempty"`
	Done   bool           `json:"done,omitempty"`
	Failed compute.Reason `json:"failed,omitempty"`
	Detail string         `json:"detail,omitempty"`
	Closed time.Time      `json:"closed,omitzero"`
	Reason compute.Reason `json:"reason,omitempty"`
	Ended  bool           `json:"ended,omitempty"` // nothing runs any more

	Replicas map[string]*replica   `json:"replicas,omitempty"`
	Tasks    []*task               `json:"tasks,omitempty"`
	Resume   map[string]Checkpoint `json:"resume,omitempty"`      // to begin from, by replica
	Kept     map[string]Checkpoint `json:"checkpoints,omitempty"` // the latest, by replica
}

// deal is one lease on this machine. Its goroutine alone changes what runs; others see it through the lock.
type deal struct {
	w     *Worker
	id    string
	short string // of names of services, which are bounded
	wake  chan struct{}

	mu     sync.Mutex
	record record
	plan   *manifest.Deployment // nil until the tenant has sent it
	phase  lease.Phase
	events ring
}

func newDeal(w *Worker, id string) *deal {
	sum := sha256.Sum256([]byte(id))
	return &deal{w: w, id: id, short: hex.EncodeToString(sum[:])[:shortLen], wake: make(chan struct{}, 1), phase: lease.Waiting}
}

func (d *deal) path(parts ...string) string { return d.w.path(append([]string{d.id}, parts...)...) }

// create makes the folder. The record is written last: without it there is no lease.
func (d *deal) create() error {
	for _, dir := range []string{d.path(), d.path("spaces"), d.path("volumes")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	d.note("lease", "", "the ledger gave this lease to this machine")
	return d.save()
}

// load reads what an earlier process wrote.
func (d *deal) load() error {
	text, err := os.ReadFile(d.path(recordFile))
	if err == nil {
		err = json.Unmarshal(text, &d.record)
	}
	if err != nil {
		return fmt.Errorf("read record: %w", err)
	}
	if err := d.events.load(d.path(eventsFile)); err != nil {
		return err
	}
	blob, err := os.ReadFile(d.path(manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		d.plan, err = manifest.Decode(blob)
	}
	if err != nil {
		return fmt.Errorf("read manifest: %w", err)
	}
	d.phase = lease.Starting
	return nil
}

// save writes the record; the lock is held, or nobody else knows the deal.
func (d *deal) save() error {
	text, err := json.Marshal(d.record)
	if err != nil {
		return err
	}
	return replace(d.path(recordFile), text)
}

// replace writes a file beside its place, has it on disk, and moves it there: a lease outlasts a machine that loses its power.
func replace(path string, text []byte) error {
	f, err := os.OpenFile(path+".part", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// change alters the record and writes it.
func (d *deal) change(do func(*record)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	do(&d.record)
	if err := d.save(); err != nil {
		d.w.cfg.Logger.Error("a lease is not written to disk", "lease", d.id, "error", err)
	}
}

// note remembers an event.
func (d *deal) note(kind, replica, text string) {
	d.events.add(d.path(eventsFile), Event{Time: d.w.cfg.Now().UTC(), Kind: kind, Replica: replica, Text: text}, d.w.cfg.Logger)
}

// run looks after the lease until ctx ends, or says true when nothing of it is left.
func (d *deal) run(ctx context.Context) bool {
	tick := time.NewTicker(d.w.cfg.Every)
	defer tick.Stop()
	for {
		if d.advance(ctx) {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		case <-d.wake:
		}
	}
}

func (d *deal) poke() {
	select {
	case d.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// advance does what is due.
func (d *deal) advance(ctx context.Context) (over bool) {
	d.mu.Lock()
	r, plan := d.record, d.plan
	d.mu.Unlock()
	switch {
	case !r.Closed.IsZero():
		return d.wind(ctx, r)
	case r.Failed != 0 || r.Done:
	case plan == nil:
		if d.w.cfg.Now().Sub(r.Came) > d.w.cfg.Patience {
			d.fail(compute.ReasonManifest, "the tenant sent no manifest")
		}
	case plan.Kind == manifest.KindBatch:
		d.batch(ctx, plan)
	default:
		d.serve(ctx, plan)
	}
	return false
}

// fail ends the work; the ledger is told by who asks for the status.
func (d *deal) fail(reason compute.Reason, detail string) {
	d.note("failed", "", detail)
	d.change(func(r *record) { r.Failed, r.Detail = reason, detail })
	d.enter(lease.Failed)
	d.w.cfg.Changed()
}

func (d *deal) enter(p lease.Phase) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.phase = p
}

func (d *deal) status() lease.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := lease.Status{Phase: d.phase, Ready: d.record.Ready, Detail: d.record.Detail}
	switch {
	case d.record.Failed != 0:
		s.Phase, s.Reason = lease.Failed, d.record.Failed
	case d.record.Done:
		s.Phase = lease.Done
	}
	return s
}

func (d *deal) closed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.record.Closed.IsZero()
}

func (d *deal) close(reason compute.Reason) error {
	if d.closed() {
		return nil
	}
	d.note("closed", "", "the lease is closed: "+sentence(reason))
	d.change(func(r *record) { r.Closed, r.Reason = d.w.cfg.Now(), reason })
	d.poke()
	return nil
}

// wind ends what runs and, once nobody may want the volumes any more, removes all.
func (d *deal) wind(ctx context.Context, r record) (over bool) {
	if !r.Ended {
		if err := d.end(ctx); err != nil {
			d.w.cfg.Logger.Warn("a closed lease does not end", "lease", d.id, "error", err)
			return false
		}
		d.change(func(r *record) { r.Ended = true })
		d.enter(lease.Done)
	}
	if d.w.cfg.Now().Sub(r.Closed) < r.Keep {
		return false
	}
	if err := d.remove(); err != nil {
		d.w.cfg.Logger.Warn("what a lease leaves cannot be removed", "lease", d.id, "error", err)
		return false
	}
	return true
}

// end stops all services, takes last checkpoints, and removes the containers and their network.
func (d *deal) end(ctx context.Context) error {
	var all error
	plan := d.deployment()
	if plan == nil {
		return nil
	}
	names := d.names(plan)
	for _, name := range slices.Backward(names) { // dependants first
		if err := d.w.cfg.Runtime.Stop(ctx, name, d.w.cfg.Grace); err != nil && !errors.Is(err, sandbox.ErrNoService) {
			all = errors.Join(all, err)
		}
	}
	if all != nil {
		return all
	}
	d.checkpoints(ctx, plan, true)
	for _, name := range names {
		if err := d.w.cfg.Runtime.Remove(ctx, name); err != nil {
			all = errors.Join(all, err)
		}
	}
	return errors.Join(all, d.w.cfg.Network.Remove(d.short))
}

func (d *deal) deployment() *manifest.Deployment {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.plan
}

// sentence is a reason in words.
func sentence(r compute.Reason) string { return r.String() }
