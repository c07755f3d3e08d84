package provider_test

import (
	"crypto/sha256"
	"errors"
	"slices"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/compute/lease"
	"ayni.example/compute/provider"
	"ayni.example/x/compute"
)

// TestLife: a lease starts when its worker is ready, is settled while it runs, and ends when the ledger says so.
func TestLife(t *testing.T) {
	w, l := leased(t, lease.Status{Phase: lease.Fetching}, nil)
	w.tend(t)
	if l.State != compute.LeaseMatched {
		t.Fatalf("%s before it is ready", l.State)
	}
	w.worker.set(lease.ID(l.ID), lease.Status{Phase: lease.Running, Ready: true})
	w.tend(t)
	if l.State != compute.LeaseActive {
		t.Fatalf("%s when it is ready", l.State)
	}
	w.now = w.now.Add(100 * time.Second)
	w.tend(t)
	if w.ledger.sent["*compute.MsgSettle"] != 0 {
		t.Error("settled too early")
	}
	w.now = w.now.Add(100 * time.Second)
	w.tend(t)
	w.tend(t)
	if w.ledger.sent["*compute.MsgSettle"] != 1 || !l.Paid.Equal(math.NewInt(200*5)) {
		t.Errorf("settled %d times, paid %s", w.ledger.sent["*compute.MsgSettle"], l.Paid)
	}
	w.worker.set(lease.ID(l.ID), lease.Status{Phase: lease.Fetching, Ready: true})
	w.now = w.now.Add(500 * time.Second)
	w.tend(t)
	if !l.Paid.Equal(math.NewInt(200 * 5)) {
		t.Errorf("charged %s for what did not run", l.Paid)
	}
	l.State, l.Reason = compute.LeaseClosed, compute.ReasonTenant
	w.tend(t)
	if got := w.worker.closed[lease.ID(l.ID)]; got != compute.ReasonTenant || len(w.worker.Leases()) != 0 {
		t.Errorf("closed for %s", got)
	}
}

// TestUnknownMeansKeep: nothing that a broken ledger says, or does not say, ends a lease.
func TestUnknownMeansKeep(t *testing.T) {
	w, l := leased(t, lease.Status{Phase: lease.Running, Ready: true}, nil)
	w.tend(t)
	w.ledger.fault = errors.New("out of reach")
	for range 5 {
		if err := w.Tend(t.Context()); err == nil {
			t.Error("no error")
		}
		w.now = w.now.Add(time.Hour)
	}
	w.ledger.fault = nil
	kept := w.ledger.leases
	w.ledger.leases = nil // a node that has fallen behind
	w.tend(t)
	w.now = w.now.Add(59 * time.Minute)
	w.tend(t)
	w.ledger.leases = kept
	w.tend(t)
	w.ledger.leases = nil
	w.now = w.now.Add(59 * time.Minute)
	w.tend(t)
	if len(w.worker.closed) != 0 || len(w.worker.Leases()) != 1 {
		t.Fatalf("closed %v", w.worker.closed)
	}
	w.now = w.now.Add(2 * time.Hour)
	w.tend(t)
	if _, closed := w.worker.closed[lease.ID(l.ID)]; !closed {
		t.Error("what the ledger has not known for hours is kept for ever")
	}
}

// lent is a machine with 200 leases that run.
func lent(tb testing.TB) *world {
	tb.Helper()
	w := newWorld(tb, func(c *provider.Config) { c.Collateral = stake(1000) })
	w.trade(tb)
	w.ledger.host.Inventory.Resources = compute.Resources{CPU: 1_000_000, Memory: 1 << 42, Disk: 1 << 42}
	for range 200 {
		o := w.order(1, nil)
		w.ledger.lend(w.ledger.order(o.ID), math.NewInt(5))
	}
	w.tend(tb)
	for _, id := range w.worker.Leases() {
		w.worker.set(id, lease.Status{Phase: lease.Running, Ready: true})
	}
	w.tend(tb)
	return w
}

// TestRestart: 200 leases are adopted by a new process within 5 seconds; none is begun again.
func TestRestart(t *testing.T) {
	w := lent(t)
	if w.ledger.sent["*compute.MsgStart"] != 200 || w.ledger.sent["transactions"] > 6 {
		t.Fatalf("sent %v", w.ledger.sent)
	}
	w.now = w.now.Add(300 * time.Second)
	w.restart(t)
	began := time.Now()
	w.tend(t)
	took := time.Since(began)
	t.Logf("200 leases in %s", took)
	if w.worker.began != 200 || len(w.worker.closed) != 0 || took > 5*time.Second || w.ledger.sent["*compute.MsgSettle"] != 1 {
		t.Errorf("%d begun, %d closed, %s, sent %v", w.worker.began, len(w.worker.closed), took, w.ledger.sent)
	}
}

// BenchmarkRestart is the first look of a new process at 200 leases that run: all of them are settled. Ledger and containers are
// simulated and take no time.
func BenchmarkRestart(b *testing.B) {
	w := lent(b)
	for b.Loop() {
		w.now = w.now.Add(300 * time.Second)
		w.restart(b)
		w.tend(b)
	}
	if w.worker.began != 200 || len(w.worker.closed) != 0 {
		b.Errorf("%d begun, %d closed", w.worker.began, len(w.worker.closed))
	}
}

// TestEnds: how a lease ends by what its worker says.
func TestEnds(t *testing.T) {
	exit := func(o *compute.Order) { o.Spec.UntilExit = true }
	notice := func(o *compute.Order) { o.Spec.ReclaimSeconds = 60 }
	failed := lease.Status{Phase: lease.Failed, Ready: true, Reason: compute.ReasonImage}
	for name, c := range map[string]struct {
		order  func(*compute.Order)
		status lease.Status
		wait   time.Duration
		state  compute.LeaseState
		reason compute.Reason
	}{
		"exited":                 {exit, lease.Status{Phase: lease.Done, Ready: true}, 0, compute.LeaseClosed, compute.ReasonExited},
		"exited, runs on":        {nil, lease.Status{Phase: lease.Done, Ready: true}, 0, compute.LeaseActive, 0},
		"failed without notice":  {nil, failed, 0, compute.LeaseClosed, compute.ReasonImage},
		"failed, notice given":   {notice, failed, 0, compute.LeaseReclaiming, 0},
		"failed, notice is over": {notice, failed, time.Minute, compute.LeaseClosed, compute.ReasonImage},
		"failed for nothing":     {nil, lease.Status{Phase: lease.Failed, Ready: true}, 0, compute.LeaseClosed, compute.ReasonFault},
	} {
		t.Run(name, func(t *testing.T) {
			w, l := leased(t, lease.Status{Phase: lease.Running, Ready: true}, c.order)
			w.tend(t)
			w.worker.set(lease.ID(l.ID), c.status)
			w.tend(t)
			w.now = w.now.Add(c.wait)
			w.tend(t)
			if l.State != c.state || l.Reason != c.reason {
				t.Errorf("%s for %s", l.State, l.Reason)
			}
		})
	}
	w, l := leased(t, lease.Status{Phase: lease.Failed, Reason: compute.ReasonManifest}, nil)
	w.tend(t)
	if l.State != compute.LeaseClosed || l.Reason != compute.ReasonManifest {
		t.Errorf("before its start: %s for %s", l.State, l.Reason)
	}
}

// TestDeliver: each result is delivered once, a rejected one again when it is another.
func TestDeliver(t *testing.T) {
	w, l := leased(t, lease.Status{Phase: lease.Running, Ready: true}, func(o *compute.Order) {
		o.Spec.Unit, o.Spec.Tasks, o.Spec.ReviewSeconds = compute.UnitTask, 3, 60
	})
	w.tend(t)
	digest := func(text string) []byte { d := sha256.Sum256([]byte(text)); return d[:] }
	w.worker.results = []compute.Result{{Index: 0, Digest: digest("a")}, {Index: 2, Digest: digest("b")}}
	for range 3 {
		w.tend(t)
	}
	if w.ledger.sent["*compute.MsgDeliver"] != 1 || len(w.ledger.tasks) != 2 {
		t.Fatalf("sent %v, tasks %v", w.ledger.sent, w.ledger.tasks)
	}
	w.restart(t)
	w.tend(t)
	at := slices.IndexFunc(w.ledger.tasks, func(k compute.Task) bool { return k.Index == 2 })
	w.ledger.tasks[at].State = compute.TaskRejected
	w.tend(t)
	if w.ledger.sent["*compute.MsgDeliver"] != 1 || !slices.Equal(w.worker.rejected, []uint32{2}) {
		t.Fatalf("sent %v, rejected %v", w.ledger.sent, w.worker.rejected)
	}
	w.worker.results[1].Digest = digest("c")
	w.tend(t)
	if w.ledger.sent["*compute.MsgDeliver"] != 2 || l.State != compute.LeaseActive {
		t.Errorf("sent %v", w.ledger.sent)
	}
}

// TestCommit: commitments go in their order, as many as may wait.
func TestCommit(t *testing.T) {
	w := newWorld(t, func(c *provider.Config) {
		c.Workers[0].(*fakeWorker).units = []compute.Unit{compute.UnitStep}
		c.Pricer = provider.Fixed{compute.UnitStep: math.NewInt(5)}
	})
	w.order(1, func(o *compute.Order) {
		o.Spec.Unit, o.Spec.Training = compute.UnitStep, &compute.Training{Steps: 100, Segment: 10}
	})
	w.trade(t)
	w.tend(t)
	l := &w.ledger.leases[0]
	w.worker.set(lease.ID(l.ID), lease.Status{Phase: lease.Running, Ready: true})
	w.tend(t)
	root := sha256.Sum256(nil)
	for i := range uint64(5) {
		w.worker.commits = append(w.worker.commits, compute.MsgCommit{Segment: i, Root: root[:], State: root[:]})
	}
	w.ledger.params.PendingMax = 3
	w.tend(t)
	w.tend(t)
	if l.Next != 3 {
		t.Errorf("%d segments are committed, and 3 may wait", l.Next)
	}
	w.restart(t)
	l.Waiting = 0
	w.tend(t)
	if l.Next != 5 {
		t.Errorf("%d segments are committed of 5", l.Next)
	}
}
