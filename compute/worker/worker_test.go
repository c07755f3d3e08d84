package worker_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"ayni.example/artifact"
	"ayni.example/compute/lease"
	"ayni.example/compute/manifest"
	"ayni.example/compute/worker"
	"ayni.example/sandbox"
	"ayni.example/sandbox/lan"
	"ayni.example/sandbox/oci"
	"ayni.example/sandbox/sandboxtest"
	"ayni.example/x/compute"
)

const waitMax = 20 * time.Second

// push puts the tenants' program into a registry and returns its reference.
func push(t *testing.T) string {
	t.Helper()
	program, err := os.ReadFile(sandboxtest.BuildTenant(t))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "tenant", Mode: 0o755, Size: int64(len(program))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(program); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(registry.New(registry.Logger(slog.NewLogLogger(slog.DiscardHandler, 0))))
	t.Cleanup(server.Close)
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err == nil {
		image, err = mutate.ConfigFile(image, &v1.ConfigFile{
			OS: "linux", Architecture: runtime.GOARCH, Config: v1.Config{Entrypoint: []string{"/tenant"}},
			RootFS: v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{mustDiff(t, layer)}},
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	reference := strings.TrimPrefix(server.URL, "http://") + "/test/tenant@" + digest.String()
	ref, err := name.NewDigest(reference)
	if err == nil {
		err = remote.Write(ref, image)
	}
	if err != nil {
		t.Fatal(err)
	}
	return reference
}

func mustDiff(t *testing.T, l v1.Layer) v1.Hash {
	t.Helper()
	h, err := l.DiffID()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// machine is a worker with what it stands on.
type machine struct {
	*testing.T
	dir    string
	binary string
	driver *oci.Driver
	store  *artifact.Store
	fetch  *artifact.Store // of another machine; nil for the own
	worker *worker.Worker
	stop   func()
}

// eachRuntime runs a test with every runtime that is there.
func eachRuntime(t *testing.T, test func(m *machine, image string)) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a program and runs containers")
	}
	image := push(t)
	for _, binary := range []string{"runc", "runsc"} {
		t.Run(binary, func(t *testing.T) {
			if _, err := exec.LookPath(binary); err != nil {
				t.Skipf("%s is not installed; on Debian: apt install %s", binary, binary)
			}
			test(newMachine(t, binary), image)
		})
	}
}

func newMachine(t *testing.T, binary string) *machine {
	t.Helper()
	m := &machine{T: t, dir: sandboxtest.Folder(t), binary: binary}
	store, err := artifact.New(artifact.Config{Dir: filepath.Join(t.TempDir(), "artifacts")})
	if err != nil {
		t.Fatal(err)
	}
	m.store = store
	t.Cleanup(m.end)
	m.up()
	return m
}

// up starts the daemon's part.
func (m *machine) up() {
	m.Helper()
	d, err := oci.New(oci.Config{Dir: m.dir + "/sandbox", Runtime: m.binary, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		m.Fatal(err)
	}
	services, err := d.Services()
	if err != nil {
		m.Skip(err)
	}
	first, users := services.Users()
	nets, err := lan.New(lan.Config{Dir: m.dir + "/lan", First: first, Users: users})
	if err != nil {
		m.Fatal(err)
	}
	w, err := worker.New(worker.Config{
		Dir: m.dir + "/compute", Runtime: services, Images: d, Network: nets, Artifacts: m.store,
		Fetch: func(_ context.Context, digest artifact.Digest) (io.ReadCloser, error) {
			if m.fetch != nil {
				return m.fetch.Open(digest)
			}
			return m.store.Open(digest)
		},
		Now: time.Now, Logger: slog.New(slog.NewTextHandler(m.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
		Every: 50 * time.Millisecond, Grace: 3 * time.Second, Backoff: 200 * time.Millisecond,
	})
	if err != nil {
		m.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	m.driver, m.worker = d, w
	m.stop = func() {
		cancel()
		if err := errors.Join(<-done, d.Close()); err != nil {
			m.Error(err)
		}
		m.stop = func() {}
	}
}

// end closes all leases and looks for what they leave.
func (m *machine) end() {
	for _, id := range m.worker.Leases() {
		if err := m.worker.Close(context.Background(), id, compute.ReasonTenant); err != nil {
			m.Error(err)
		}
	}
	end := time.Now().Add(waitMax)
	for {
		left, err := os.ReadDir(m.dir + "/compute/leases")
		if err != nil {
			m.Error(err)
		}
		if len(left) == 0 {
			break
		}
		if time.Now().After(end) {
			m.Errorf("leases are left: %v", left)
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	m.stop()
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil || strings.Contains(string(mounts), m.dir) {
		m.Errorf("mounts are left: %v", err)
	}
	if left, err := os.ReadDir(m.dir + "/sandbox/services"); err != nil || len(left) > 0 {
		m.Errorf("services are left: %v, %v", left, err)
	}
}

// deployment is a manifest's bytes and the lease that its order got.
type deployment struct {
	blob  []byte
	lease lease.Assignment
	id    string
}

func (m *machine) deploy(text string, seconds uint32) deployment {
	m.Helper()
	plan, err := manifest.Parse("deploy.yaml", []byte(text), manifest.Options{})
	if err != nil {
		m.Fatal(err)
	}
	var salt [16]byte
	id := make([]byte, 20)
	for i := range id {
		id[i] = byte(rand.IntN(256))
	}
	copy(salt[:], id)
	plan = plan.Salted(salt)
	blob, err := plan.Encode()
	if err != nil {
		m.Fatal(err)
	}
	sum := manifest.Sum(blob)
	unit := compute.UnitSecond
	if plan.Kind == manifest.KindBatch {
		unit = compute.UnitTask
	}
	return deployment{
		blob: blob, id: hex.EncodeToString(id),
		lease: lease.Assignment{
			Lease: compute.Lease{ID: id, Order: id[:16], Tenant: "ayni1tenant"},
			Spec:  compute.Spec{Unit: unit, Manifest: sum[:], ReclaimSeconds: seconds, UntilExit: plan.UntilExit},
		},
	}
}

func (m *machine) reconcile(list ...deployment) {
	m.Helper()
	leases := make([]lease.Assignment, len(list))
	for i, d := range list {
		leases[i] = d.lease
	}
	if err := m.worker.Reconcile(m.Context(), leases); err != nil {
		m.Fatal(err)
	}
}

func (m *machine) provide(d deployment) {
	m.Helper()
	if err := m.worker.Provide(d.id, d.blob, nil); err != nil {
		m.Fatal(err)
	}
}

func (m *machine) until(d deployment, what string, so func(worker.Detail) bool) worker.Detail {
	m.Helper()
	end := time.Now().Add(waitMax)
	for {
		detail, err := m.worker.Detail(d.id)
		if err == nil && so(detail) {
			return detail
		}
		if time.Now().After(end) {
			events, _ := m.worker.Events(d.id, 0)
			for _, r := range detail.Replicas {
				m.Logf("output of %s: %q", r.Name, m.output(d, r.Name))
			}
			m.Fatalf("the lease is not %s: %+v, %v\n%+v", what, detail, err, events)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (m *machine) phase(d deployment, p lease.Phase) worker.Detail {
	m.Helper()
	return m.until(d, string(p), func(detail worker.Detail) bool { return detail.Phase == p })
}

func (m *machine) output(d deployment, replica string) string {
	m.Helper()
	var all bytes.Buffer
	if _, err := m.worker.Output(m.Context(), d.id, replica, 0, false, func(_ int64, text []byte) error {
		all.Write(text)
		return nil
	}); err != nil {
		m.Error(err)
	}
	return all.String()
}

func sandboxExec(out io.Writer, args ...string) sandbox.Exec {
	return sandbox.Exec{Args: append([]string{"/tenant"}, args...), Stdout: out}
}

func TestLease(t *testing.T) {
	eachRuntime(t, func(m *machine, image string) {
		d := m.deploy(`name: hello
price: 1/h
services:
  web:
    image: `+image+`
    args: [tick]
    cpu: 0.5
    memory: 64Mi
    disk: 16Mi
`, 0)
		m.reconcile(d, d)
		if s, ok := m.worker.Status(d.id); !ok || s.Phase != lease.Waiting || s.Ready {
			m.Fatalf("%+v", s)
		}
		if err := m.worker.Provide(d.id, append([]byte(" "), d.blob...), nil); !errors.Is(err, worker.ErrManifest) {
			m.Errorf("another manifest: %v", err)
		}
		m.provide(d)
		detail := m.until(d, "ready", func(d worker.Detail) bool { return d.Ready && d.Phase == lease.Running })
		if len(detail.Replicas) != 1 || detail.Replicas[0].Phase != "running" || detail.Replicas[0].Name != "web-0" {
			m.Errorf("%+v", detail)
		}
		m.until(d, "ticking", func(worker.Detail) bool { return strings.Contains(m.output(d, "web"), "tick 3\n") })
		m.reconcile() // a list without it: unknown means keep
		m.reconcile(d)
		if s, _ := m.worker.Status(d.id); s.Phase != lease.Running {
			m.Errorf("%+v", s)
		}
		if err := m.worker.Close(m.Context(), d.id, compute.ReasonTenant); err != nil {
			m.Fatal(err)
		}
		if ids := m.worker.Leases(); len(ids) > 0 {
			m.Errorf("%v", ids)
		}
	})
}
