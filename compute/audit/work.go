package audit

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"ayni.example/artifact"
	"ayni.example/compute/training"
	"ayni.example/referee"
	"ayni.example/tensor/trace"
	"ayni.example/tensor/trace/record"
	"ayni.example/train"
	"ayni.example/x/compute"
	rules "ayni.example/x/referee"
)

// plansMax is of how many orders the plans are kept open.
const plansMax = 4

// Ledger says what was ordered, and which states were committed.
type Ledger interface {
	Lease(ctx context.Context, id []byte) (compute.Lease, error)
	Order(ctx context.Context, id []byte) (compute.Order, compute.Book, error)
	Segments(ctx context.Context, order []byte) ([]compute.Segment, error)
}

// fetchMost bounds one fetch: who gives a byte now and then must not have an auditor wait until its own time is over.
const fetchMost = 15 * time.Minute

// Config of a Work.
type Config struct {
	Ledger Ledger
	Dir    string // for unpacked recipes; one folder an order
	Store  *artifact.Store
	Fetch  func(ctx context.Context, d artifact.Digest, most int64) error // brings an artifact of so many bytes at most into the store
	// Own is the state after a segment of an order that this machine reached itself; nil: none.
	Own     func(order []byte, segment uint64, root []byte) (artifact.Digest, bool)
	Threads int // 0: all processors
	Logger  *slog.Logger
}

// Work opens the books of claims. It is safe for concurrent use.
type Work struct {
	cfg Config

	mu    sync.Mutex
	plans map[string]*train.Plan // by order; only to be faster
	// folders are locked while their packs are unpacked. One for each order that was audited: a few bytes.
	folders map[string]*sync.Mutex
}

var _ referee.Work = (*Work)(nil)

// New makes the folder.
func New(cfg Config) (*Work, error) {
	if cfg.Ledger == nil || cfg.Dir == "" || cfg.Store == nil || cfg.Fetch == nil || cfg.Logger == nil {
		return nil, errors.New("audit: ledger, folder, store, fetch or logger is absent")
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return &Work{cfg: cfg, plans: map[string]*train.Plan{}, folders: map[string]*sync.Mutex{}}, nil
}

// Book implements referee.Work.
func (w *Work) Book(ctx context.Context, c rules.Claim, job trace.Job) (referee.Book, error) {
	if c.Kind != compute.KindSegment || len(c.Name) != compute.LeaseIDSize+8 {
		return nil, fmt.Errorf("claim %x of kind %s is not about a lease", c.Name, c.Kind)
	}
	lease, err := w.cfg.Ledger.Lease(ctx, c.Name[:compute.LeaseIDSize])
	if err != nil {
		return nil, err
	}
	order, _, err := w.cfg.Ledger.Order(ctx, lease.Order)
	if err != nil {
		return nil, err
	}
	if order.Spec.Training == nil {
		return nil, fmt.Errorf("order %x is no training", order.ID)
	}
	plan, err := w.plan(ctx, order, job)
	if err != nil {
		return nil, err
	}
	before, err := w.before(ctx, plan, order, segmentOf(c), c.Before)
	if err != nil {
		return nil, err
	}
	return w.told(ctx, plan, order, c, referee.Compute(plan, before, c.From))
}

// segmentOf is the segment that a claim is about.
func segmentOf(c rules.Claim) uint64 { return binary.BigEndian.Uint64(c.Name[compute.LeaseIDSize:]) }

// plan reads the recipe of an order and checks that its training is the job.
func (w *Work) plan(ctx context.Context, order compute.Order, job trace.Job) (*train.Plan, error) {
	id := hex.EncodeToString(order.ID)
	dir := filepath.Join(w.cfg.Dir, id)
	pack, err := w.unpack(ctx, dir, order) // before the lock: nobody waits for what another order's tenant hands over
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock() // one recipe is read at a time
	if known := w.plans[id]; known != nil {
		return known, nil
	}
	recipe, err := train.OpenPacked(pack)
	if err != nil {
		return nil, err
	}
	found, plan, err := train.Job(train.Config{Recipe: recipe, Dir: dir, Threads: w.cfg.Threads, Logger: w.cfg.Logger}, int(job.Segment))
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(found.Encode(), job.Encode()) {
		return nil, fmt.Errorf("the recipe of order %s gives another job than the one that was claimed about", id)
	}
	if len(w.plans) >= plansMax {
		clear(w.plans)
	}
	w.plans[id] = plan
	return plan, nil
}

// unpack brings a pack here, once. One of a pool's texts is given to nobody from here.
func (w *Work) unpack(ctx context.Context, dir string, order compute.Order) (string, error) {
	digest := order.Spec.Training.Recipe
	unlock := w.unpacking(dir)
	defer unlock()
	return training.TakePack(ctx, w.cfg.Store, artifact.Digest(artifact.Prefix+hex.EncodeToString(digest)), dir, order.Tenant, func(ctx context.Context) error {
		if _, err := w.fetch(ctx, digest, training.PackMost); err != nil {
			return fmt.Errorf("fetch the pack of the recipe: %w", err)
		}
		return nil
	})
}

// unpacking has one goroutine at a time unpack into a folder.
func (w *Work) unpacking(dir string) (unlock func()) {
	w.mu.Lock()
	if w.folders[dir] == nil {
		w.folders[dir] = &sync.Mutex{}
	}
	m := w.folders[dir]
	w.mu.Unlock()
	m.Lock()
	return m.Unlock
}

// before is the state that a claim begins with: the first one follows from the recipe, the others were committed.
func (w *Work) before(ctx context.Context, plan *train.Plan, order compute.Order, segment uint64, root []byte) (*record.State, error) {
	if segment == 0 {
		return plan.Initial(), nil
	}
	d, err := w.reached(ctx, order, segment-1, root)
	if err != nil {
		return nil, err
	}
	state, err := training.ReadState(w.cfg.Store, d)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", referee.ErrState, err)
	}
	before, err := plan.State(state)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", referee.ErrState, err)
	}
	if got := before.Root(); !bytes.Equal(got[:], root) {
		return nil, fmt.Errorf("%w: artifact %s is another one", referee.ErrState, d)
	}
	return before, nil
}

// reached is the artifact of a state with a root: this machine's own, since the one that was committed may have been withheld from it, or that one.
func (w *Work) reached(ctx context.Context, order compute.Order, segment uint64, root []byte) (artifact.Digest, error) {
	if w.cfg.Own != nil {
		if d, have := w.cfg.Own(order.ID, segment, root); have {
			return d, nil
		}
	}
	digest, err := w.committed(ctx, order, segment, root)
	if err != nil {
		return "", err
	}
	most, err := training.StateMost(order.Spec.Training.Job)
	if err != nil {
		return "", err
	}
	d, err := w.fetch(ctx, digest, most)
	if err != nil {
		return d, fmt.Errorf("%w: %w", referee.ErrState, err)
	}
	return d, nil
}

// committed is the digest of the artifact of a state with a root.
func (w *Work) committed(ctx context.Context, order compute.Order, segment uint64, root []byte) ([]byte, error) {
	if p := order.Progress; p.Segments == segment+1 && bytes.Equal(p.Root, root) {
		return p.State, nil
	}
	list, err := w.cfg.Ledger.Segments(ctx, order.ID)
	if err != nil {
		return nil, err
	}
	for _, s := range list {
		if s.Index == segment && bytes.Equal(s.Root, root) {
			return s.State, nil
		}
	}
	return nil, fmt.Errorf("%w: no artifact of the state after segment %d of order %x stands on the ledger", referee.ErrState, segment, order.ID)
}

func (w *Work) fetch(ctx context.Context, digest []byte, most int64) (artifact.Digest, error) {
	d := artifact.Digest(artifact.Prefix + hex.EncodeToString(digest))
	if _, err := w.cfg.Store.Stat(d); err == nil {
		return d, nil
	}
	ctx, cancel := context.WithTimeout(ctx, fetchMost)
	defer cancel()
	return d, w.cfg.Fetch(ctx, d, most)
}
