package tenant_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ayni.example/artifact"
	"ayni.example/client"
	"ayni.example/compute/lease"
	"ayni.example/compute/manifest"
	"ayni.example/compute/tenant"
	"ayni.example/compute/worker"
	"ayni.example/x/compute"
)

const standing = `name: finetune
image: registry.example/train@sha256:2f0c1a4d5b6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708
secrets: [TOKEN]
cpu: 1
memory: 1Gi
volumes: {data: {size: 1Gi, mount: /data}}
checkpoint: /data/keep
price: 1/h
standing: true
`

// scene is a ledger with one order, and the machines of its leases, as the test sets them.
type scene struct {
	*testing.T
	dir   string
	blob  []byte
	id    []byte
	looks atomic.Int64 // at the clock, an hour each

	mu      sync.Mutex
	order   compute.Order
	lease   compute.Lease
	unknown bool  // the ledger knows no such order
	away    error // of the machine
	phase   lease.Phase
	digest  artifact.Digest     // of the machine's checkpoint
	ahead   time.Duration       // of its time
	lie     artifact.Digest     // checkpoint of a replica that there is none of
	given   []map[string]string // what machines were told to begin from
	kept    map[artifact.Digest]bool
}

func newScene(t *testing.T) *scene {
	t.Helper()
	d, err := manifest.Parse("deploy.yaml", []byte(standing), manifest.Options{Lookup: func(string) (string, bool) { return "hf-secret", true }})
	if err != nil {
		t.Fatal(err)
	}
	blob, err := d.Salted([16]byte{1}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{T: t, dir: filepath.Join(t.TempDir(), "orders"), blob: blob, kept: map[artifact.Digest]bool{}}
	s.id = compute.OrderID([]byte("tenant"), 1)
	s.order = compute.Order{ID: s.id, State: compute.OrderOpen}
	return s
}

func (s *scene) Order(context.Context, []byte) (compute.Order, compute.Book, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unknown {
		return compute.Order{}, compute.Book{}, client.ErrNotFound
	}
	return s.order, compute.Book{}, nil
}

func (s *scene) Lease(context.Context, []byte) (compute.Lease, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lease, nil
}

func (s *scene) Blocks(context.Context) <-chan int64 { return nil }

func (s *scene) Status(context.Context) (worker.Detail, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := worker.Detail{Phase: s.phase, Replicas: []worker.Replica{{Name: "main-0"}}}
	if s.digest != "" {
		d.Replicas[0].Checkpoint = &worker.Checkpoint{Digest: s.digest, Time: time.Unix(1e9, 0).Add(time.Duration(s.looks.Load())*time.Hour + s.ahead)}
	}
	if s.lie != "" {
		d.Replicas = append(d.Replicas, worker.Replica{Name: "nobody-0", Checkpoint: &worker.Checkpoint{Digest: s.lie, Time: time.Unix(1e9, 0)}})
	}
	return d, s.away
}

func (s *scene) Provide(_ context.Context, blob []byte, resume map[string]string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away != nil {
		return s.away
	}
	if string(blob) != string(s.blob) {
		s.Errorf("given %d bytes", len(blob))
	}
	s.given, s.phase = append(s.given, maps.Clone(resume)), lease.Running
	return nil
}

// match gives the order to another machine.
func (s *scene) match(number uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.order.State, s.order.Leases = compute.OrderLeased, number
	s.lease = compute.Lease{ID: compute.LeaseID(s.id, number), Order: s.id, State: compute.LeaseActive, StartedTime: 1}
	s.phase, s.digest = lease.Waiting, ""
}

func (s *scene) do(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// run begins a process; end ends it.
func (s *scene) run() (k *tenant.Keeper, end func()) {
	s.Helper()
	k, err := tenant.New(tenant.Config{
		Dir: s.dir, Ledger: s, Logger: slog.New(slog.DiscardHandler), Every: 10 * time.Millisecond,
		Now:     func() time.Time { return time.Unix(1e9, 0).Add(time.Duration(s.looks.Add(1)) * time.Hour) },
		Session: func(context.Context, compute.Lease) (tenant.Session, error) { return s, nil },
		Keep: func(_ context.Context, d artifact.Digest, _ compute.Lease) error {
			s.do(func() { s.kept[d] = true })
			return nil
		},
		Drop: func(d artifact.Digest) error {
			s.do(func() { delete(s.kept, d) })
			return nil
		},
	})
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := context.WithCancel(s.Context())
	done := make(chan error, 1)
	go func() { done <- k.Run(ctx) }()
	return k, func() {
		s.Helper()
		cancel()
		if err := <-done; err != nil {
			s.Error(err)
		}
	}
}

func (s *scene) until(what string, so func() bool) {
	s.Helper()
	for range 1000 {
		if so() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.Fatal(what)
}

// times tells whether machines were given the deployment so often.
func (s *scene) times(n int) func() bool {
	return func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.given) == n
	}
}

// keeps tells whether that checkpoint is kept, and no other.
func (s *scene) keeps(d artifact.Digest) func() bool {
	return func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.kept) == 1 && s.kept[d]
	}
}

// TestKeeper: the deployment goes to each machine that wins, once, over restarts and machines that are away; a later one is told to
// begin from the latest checkpoint; a closed order's secrets are gone.
func TestKeeper(t *testing.T) {
	s := newScene(t)
	k, end := s.run()
	if err := k.Place(s.id, 1, s.blob); err != nil {
		t.Fatal(err)
	}
	end() // before the ledger answers
	file := filepath.Join(s.dir, k.Records()[0].Order+".json")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	s.do(func() { s.away = errors.New("away") })
	s.match(1)
	k, end = s.run()
	s.until("the trouble is told", func() bool {
		state, found := k.State(s.id)
		return found && strings.Contains(state.Error, "away")
	})
	s.do(func() { s.away = nil })
	s.until("given", s.times(1))
	s.do(func() { s.digest = "sha256:one" })
	s.until("kept", s.keeps("sha256:one"))
	// A machine that lies: of a replica that there is none of, and of a time to come.
	s.do(func() { s.digest, s.ahead, s.lie = "sha256:ahead", 1e6*time.Hour, "sha256:lie" })
	s.until("the lie is told", func() bool {
		state, _ := k.State(s.id)
		return strings.Contains(state.Error, "nobody-0")
	})
	s.do(func() { s.digest, s.ahead, s.lie = "sha256:two", 0, "" })
	s.until("the newer is kept, the older is not", s.keeps("sha256:two"))
	end()
	k, end = s.run()
	time.Sleep(100 * time.Millisecond) // looks that must not give it again
	s.match(2)
	s.until("given again", s.times(2))
	if want := "sha256:two"; len(s.given[0]) != 0 || len(s.given[1]) != 1 || s.given[1]["main-0"] != want {
		t.Errorf("begins from %v", s.given)
	}
	s.do(func() { s.phase = lease.Waiting })
	s.until("given to a machine that lost it", s.times(3))
	s.do(func() { s.order.State = compute.OrderClosed })
	s.until("closed", func() bool { return k.Records()[0].Closed })
	end()
	text, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(text), "deployment") || !s.kept["sha256:two"] {
		t.Errorf("%s, %v; kept %v", text, err, s.kept)
	}
}

// TestForgotten: an order that never came to stand is dropped in the end, and a record that cannot be read harms no other.
func TestForgotten(t *testing.T) {
	s := newScene(t)
	s.unknown = true
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, strings.Repeat("a", 32)+".json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	k, end := s.run()
	if err := k.Place(s.id, 1, s.blob); err != nil {
		t.Fatal(err)
	}
	s.until("dropped", func() bool { return k.Records()[0].Closed })
	if err := k.Forget(s.id); err != nil {
		t.Error(err)
	}
	end()
	if _, err := os.Stat(filepath.Join(s.dir, "x.json")); !errors.Is(err, fs.ErrNotExist) || len(k.Records()) != 0 {
		t.Errorf("%v, %v", k.Records(), err)
	}
	if err := k.Place(s.id, 2, []byte("{}")); err == nil {
		t.Error("what is no deployment is kept")
	}
}
