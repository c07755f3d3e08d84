package worker_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"ayni.example/artifact"
	"ayni.example/compute/lease"
	"ayni.example/compute/manifest"
	"ayni.example/compute/worker"
	"ayni.example/sandbox"
	"ayni.example/sandbox/lan"
	"ayni.example/sandbox/oci"
	"ayni.example/x/compute"
)

// simulated is a runtime whose containers are a map: they outlive the worker as real ones do.
type simulated struct {
	mu     sync.Mutex
	states map[string]sandbox.State
	starts int
}

func (s *simulated) Start(_ context.Context, spec sandbox.Service) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.starts++
	s.states[spec.Name] = sandbox.State{Phase: sandbox.Running, Started: time.Now()}
	return nil
}

func (s *simulated) State(name string) (sandbox.State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, ok := s.states[name]
	if !ok {
		return state, sandbox.ErrNoService
	}
	return state, nil
}

func (s *simulated) Stop(context.Context, string, time.Duration) error { return nil }
func (s *simulated) Remove(_ context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.states, name)
	return nil
}

func (s *simulated) Output(_ context.Context, _ string, offset int64, _ bool, _ func(int64, []byte) error) (int64, error) {
	return offset, nil
}
func (s *simulated) Exec(context.Context, string, sandbox.Exec) (int, error) { return 0, nil }
func (s *simulated) Users() (first, count int)                               { return 0, 1 }
func (s *simulated) Trim() error                                             { return nil }
func (s *simulated) PrepareAs(context.Context, string, oci.Login) (sandbox.Image, error) {
	return sandbox.Image{}, nil
}
func (s *simulated) DropImages(time.Duration) error       { return nil }
func (s *simulated) Join(string, int) (lan.Member, error) { return lan.Member{}, nil }
func (s *simulated) Dial(context.Context, string, int, int) (net.Conn, error) {
	return nil, net.ErrClosed
}

// TestMany has a provider that begins anew with 200 leases: all are known as running within five seconds, and none was started again.
// The containers are simulated, the folders are not.
func TestMany(t *testing.T) {
	const leases = 200
	dir, s := t.TempDir(), &simulated{states: make(map[string]sandbox.State)}
	up := func() (*worker.Worker, func()) {
		w, err := worker.New(worker.Config{
			Dir: dir, Runtime: s, Images: s, Network: removable{s}, Artifacts: nothing{}, Logger: slog.New(slog.DiscardHandler), Now: time.Now,
			Fetch: func(context.Context, artifact.Digest) (io.ReadCloser, error) { return nil, net.ErrClosed },
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		return w, func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	plan, err := manifest.Parse("a.yaml", []byte("name: a\nprice: 1/h\nimage: x.example/a@sha256:"+hex.EncodeToString(make([]byte, 32))+"\ncpu: 1\nmemory: 64Mi\ndisk: 4Mi\n"), manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	blob, err := plan.Salted([16]byte{1}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	sum := manifest.Sum(blob)
	list := make([]lease.Assignment, leases)
	for i := range list {
		id := binary.BigEndian.AppendUint32(make([]byte, 16), uint32(i))
		list[i] = lease.Assignment{Lease: compute.Lease{ID: id, Tenant: "t"}, Spec: compute.Spec{Unit: compute.UnitSecond, Manifest: sum[:]}}
	}
	w, stop := up()
	if err := w.Reconcile(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		s.mu.Lock()
		s.states[shortOf(a.ID())+".main-0"] = sandbox.State{Phase: sandbox.Running, Started: time.Now()}
		s.mu.Unlock()
		if err := w.Provide(a.ID(), blob, nil); err != nil {
			t.Fatal(err)
		}
	}
	running := func(w *worker.Worker) time.Duration {
		begin := time.Now()
		for _, a := range list {
			for status, ok := w.Status(a.ID()); !ok || status.Phase != lease.Running || !status.Ready; status, ok = w.Status(a.ID()) {
				if time.Since(begin) > 30*time.Second {
					t.Fatalf("%s is %+v", a.ID(), status)
				}
				time.Sleep(time.Millisecond)
			}
		}
		return time.Since(begin)
	}
	running(w)
	stop()
	began := time.Now()
	w, stop = up()
	defer stop()
	if err := w.Reconcile(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	running(w)
	took := time.Since(began)
	t.Logf("%d leases are known after %s", leases, took)
	s.mu.Lock()
	defer s.mu.Unlock()
	if took > 5*time.Second || s.starts > 0 || len(w.Leases()) != leases {
		t.Errorf("%d leases after %s, %d starts", len(w.Leases()), took, s.starts)
	}
}

type removable struct{ *simulated }

func (removable) Remove(string) error { return nil }

type nothing struct{}

func (nothing) PutPinned(context.Context, io.Reader, string, string) (artifact.Info, error) {
	return artifact.Info{}, net.ErrClosed
}
func (nothing) Unpin(artifact.Digest, string) error { return nil }

// shortOf is how the worker names the containers of a lease.
func shortOf(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:8])
}
