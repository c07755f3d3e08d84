package provider_test

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"sync"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/compute/lease"
	"ayni.example/compute/provider"
	"ayni.example/x/compute"
)

// fakeWorker does no work: a test says how its leases stand. It counts what it is asked.
type fakeWorker struct {
	mu       sync.Mutex
	units    []compute.Unit
	status   map[string]lease.Status
	closed   map[string]compute.Reason
	began    int // leases that were not held when they came
	declines compute.Reason
	results  []compute.Result
	rejected []uint32
	commits  []compute.MsgCommit
}

func newFakeWorker(units ...compute.Unit) *fakeWorker {
	return &fakeWorker{units: units, status: make(map[string]lease.Status), closed: make(map[string]compute.Reason)}
}

func (w *fakeWorker) Units() []compute.Unit { return w.units }

func (w *fakeWorker) Decline(compute.Order) compute.Reason { return w.declines }

func (w *fakeWorker) Reconcile(_ context.Context, leases []lease.Assignment) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range leases {
		if _, held := w.status[l.ID()]; !held {
			w.began++
			w.status[l.ID()] = lease.Status{Phase: lease.Waiting}
		}
	}
	return nil
}

func (w *fakeWorker) Close(_ context.Context, id string, reason compute.Reason) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.status, id)
	w.closed[id] = reason
	return nil
}

func (w *fakeWorker) Leases() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := make([]string, 0, len(w.status))
	for id := range w.status {
		ids = append(ids, id)
	}
	return ids
}

func (w *fakeWorker) Status(id string) (lease.Status, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, held := w.status[id]
	return s, held
}

func (w *fakeWorker) set(id string, s lease.Status) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status[id] = s
}

func (w *fakeWorker) Results(string) []compute.Result { return w.results }

func (w *fakeWorker) Rejected(_ context.Context, _ string, tasks []uint32) error {
	w.rejected = tasks
	return nil
}

func (w *fakeWorker) Commits(string) []compute.MsgCommit { return w.commits }

// world is a machine, its worker and its ledger, with a clock of their own.
type world struct {
	*provider.Provider
	ledger *fakeLedger
	worker *fakeWorker
	config provider.Config
	now    time.Time
}

func newWorld(tb testing.TB, change func(*provider.Config)) *world {
	tb.Helper()
	w := &world{now: time.Unix(1_800_000_000, 0), worker: newFakeWorker(compute.UnitSecond, compute.UnitTask)}
	w.ledger = newFakeLedger(func() time.Time { return w.now })
	w.config = provider.Config{
		Address: me, Ledger: w.ledger, Workers: []lease.Worker{w.worker}, Collateral: stake(100),
		Pricer: provider.Fixed{compute.UnitSecond: math.NewInt(5), compute.UnitTask: math.NewInt(7)},
		Inventory: func(context.Context) (compute.Inventory, error) {
			return compute.Inventory{Resources: compute.Resources{CPU: 8000, Memory: 32 << 30, Disk: 100 << 30}, FlopsCore: 50e9, FlopsAll: 400e9}, nil
		},
		Clock: func() time.Time { return w.now }, Logger: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&w.config)
	}
	w.restart(tb)
	return w
}

// restart is a new process with nothing in memory.
func (w *world) restart(tb testing.TB) {
	tb.Helper()
	p, err := provider.New(w.config)
	if err != nil {
		tb.Fatal(err)
	}
	w.Provider = p
}

// order opens one that takes so many cores.
func (w *world) order(cores uint64, change func(*compute.Order)) compute.Order {
	n := uint64(len(w.ledger.orders) + 1)
	manifest := sha256.Sum256([]byte{byte(n)})
	o := compute.Order{
		ID: compute.OrderID([]byte("tenant"), n), Tenant: "0x8617E340B3D01FA5F11F306F4090FD50E238070D", Number: n, State: compute.OrderOpen,
		Spec: compute.Spec{
			Unit: compute.UnitSecond, Resources: compute.Resources{CPU: cores * 1000, Memory: 1 << 30}, PriceMax: math.NewInt(10), Manifest: manifest[:],
		},
	}
	if change != nil {
		change(&o)
	}
	w.ledger.orders = append(w.ledger.orders, o)
	return o
}

func (w *world) trade(tb testing.TB) {
	tb.Helper()
	if err := w.Trade(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

func (w *world) tend(tb testing.TB) {
	tb.Helper()
	if err := w.Tend(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// leased is a world with one lease that stands as given.
func leased(t *testing.T, s lease.Status, change func(*compute.Order)) (*world, *compute.Lease) {
	t.Helper()
	w := newWorld(t, nil)
	w.order(1, change)
	w.trade(t)
	if len(w.ledger.leases) != 1 {
		t.Fatalf("%d leases", len(w.ledger.leases))
	}
	l := &w.ledger.leases[0]
	w.tend(t)
	w.worker.set(lease.ID(l.ID), s)
	return w, l
}

// stake is so many credits of collateral.
func stake(n int64) func() math.Int { return func() math.Int { return math.NewIntWithDecimal(n, 18) } }

func (w *world) reason(o compute.Order) compute.Reason {
	book := w.ledger.books[string(o.ID)]
	if book == nil || len(book.Declines) == 0 {
		return compute.ReasonUnspecified
	}
	return book.Declines[0].Reason
}
