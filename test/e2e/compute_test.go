package e2e_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"cosmossdk.io/math"

	"ayni.example/compute/worker"
	"ayni.example/internal/home"
	"ayni.example/sandbox/sandboxtest"
	"ayni.example/web/operator"
)

// counting is a program that counts in a file, and goes on from what it finds there.
const counting = `name: counting
image: IMAGE
args: [train, /data/keep/n, "1000000"]
cpu: 0.25
memory: 64Mi
disk: 64Mi
volumes: {data: {size: 64Mi, mount: /data}}
checkpoint: {folder: /data/keep, every: 2s}
price: 0.36/h
standing: true
`

// tenantImage puts the tenants' program as an image into a registry of its own and returns its reference.
func tenantImage(t *testing.T) string {
	t.Helper()
	program, err := os.ReadFile(sandboxtest.BuildTenant(t))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	err = w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "tenant", Mode: 0o755, Size: int64(len(program))})
	if err == nil {
		_, err = w.Write(program)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Config = "linux", runtime.GOARCH, v1.Config{Entrypoint: []string{"/tenant"}}
	if image, err = mutate.ConfigFile(image, config); err != nil {
		t.Fatal(err)
	}
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(registry.New(registry.Logger(slog.NewLogLogger(slog.DiscardHandler, 0))))
	t.Cleanup(server.Close)
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

// lend has a machine lend itself out, from a folder that it returns.
func lend(t *testing.T, m *node) string {
	t.Helper()
	dir := sandboxtest.Folder(t)
	t.Cleanup(func() { sweep(t, dir) })
	m.run("compute", "host", "--cpu", "1", "--memory", "1Gi", "--disk", "1Gi", "--volumes", "1Gi", "--price-second", "0.0001", "--dir", dir)
	return dir
}

// leased waits until an order's lease of that number runs.
func leased(t *testing.T, m *node, number int) operator.ComputeLease {
	t.Helper()
	var found operator.ComputeLease
	wait(t, 2*time.Minute, "a lease that runs", func() error {
		o := read[operator.ComputeOrder](m, "compute", "order", "counting")
		if len(o.Leases) == number && o.Leases[number-1].State == "active" {
			found = o.Leases[number-1]
			return nil
		}
		why, _ := m.try("compute", "explain", "counting")
		return errorf("%s %+v %+v\n%s", o.State, o.Leases, o.Keeping, why)
	})
	return found
}

// counted is how far the program has come, as it says itself.
func counted(m *node) (int, error) {
	out, err := m.try("compute", "exec", "counting", "--", "/tenant", "read", "/data/keep/n")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(out)))
}

// endContainers kills all that runs for a folder of leases, as a machine that is switched off does.
func endContainers(t *testing.T, dir string) {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range lines {
		text, err := os.ReadFile(file)
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		mounts, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "mountinfo"))
		inside := bytes.HasPrefix(text, []byte("/tenant\x00")) && bytes.Contains(mounts, []byte(filepath.Base(filepath.Dir(dir))))
		if err == nil && pid != os.Getpid() && (inside || bytes.Contains(text, []byte(dir))) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// sweep removes what a test that failed left below a folder.
func sweep(t *testing.T, dir string) {
	t.Helper()
	endContainers(t, dir)
	time.Sleep(time.Second) // keepers see that their containers ended
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if fields := strings.Fields(line); len(fields) > 4 && strings.HasPrefix(fields[4], dir) {
			_ = syscall.Unmount(fields[4], syscall.MNT_DETACH)
		}
	}
}

// TestCompute leases a container on another home: its provider is killed and begins anew, then it is lost with all that ran on it, and
// the order goes on from its checkpoint on a third home. The bill is right to the second.
func TestCompute(t *testing.T) {
	t.Parallel()
	binary(t)
	if os.Geteuid() != 0 {
		t.Skip("containers need root")
	}
	if _, err := exec.LookPath("runc"); err != nil {
		t.Skip("runc is not installed; on Debian: apt install runc")
	}
	file := filepath.Join(t.TempDir(), "counting.yaml")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(counting, "IMAGE", tenantImage(t))), 0o600); err != nil {
		t.Fatal(err)
	}
	list := machines(t, 3)
	a, b, c := list[0], list[1], list[2]
	folder := lend(t, b)
	wait(t, time.Minute, "a machine for rent", func() error {
		if hosts := read[[]operator.ComputeHost](a, "compute", "hosts"); len(hosts) != 1 {
			return errorf("%+v\n%s", hosts, b.err)
		}
		return nil
	})
	before := read[operator.Wallet](a, "wallet", "show")
	order := read[operator.ComputeOrder](a, "deploy", file, "--yes", "--deposit", "1")
	first := leased(t, a, 1)
	t.Logf("order %s of %s leased at %s, started at %s", order.ID, order.Opened, first.Matched, first.Started)

	copies(t, a)
	survives(t, a, b, first)
	kept := keeps(t, a)
	b.kill()
	endContainers(t, folder)
	a.run("compute", "close", "counting", "--lease")
	lend(t, c)
	second := leased(t, a, 2)
	if second.Provider == first.Provider {
		t.Errorf("the order went to the machine that was lost")
	}
	goesOn(t, a, kept)
	a.run("compute", "close", "counting")
	bill(t, a, before)
	b.start()
	for _, m := range []*node{b, c} { // which remove what the lease left
		wait(t, time.Minute, "no lease is held", func() error {
			if s := read[operator.HostStatus](m, "compute", "host"); len(s.Leases) > 0 {
				return errorf("%+v\n%s", s, m.err)
			}
			return nil
		})
	}
}

// copies runs a program in the container, and copies into its volume and from there.
func copies(t *testing.T, a *node) {
	t.Helper()
	wait(t, time.Minute, "the program counts", func() error {
		n, err := counted(a)
		if err == nil && n < 1 {
			err = errorf("%d", n)
		}
		return err
	})
	var ended *exec.ExitError
	cmd := a.command("compute", "exec", "counting", "--", "/tenant", "exit", "5")
	if out, err := cmd.CombinedOutput(); !errors.As(err, &ended) || ended.ExitCode() != 5 || !strings.Contains(string(out), "exit 5") {
		t.Errorf("a program that ends with 5: %v, %s", err, out)
	}
	if out := a.run("compute", "logs", "counting"); !strings.HasPrefix(string(out), "from 0\n") {
		t.Errorf("logs %q", out)
	}
	here := t.TempDir()
	if err := os.WriteFile(filepath.Join(here, "word"), []byte("sent"), 0o600); err != nil {
		t.Fatal(err)
	}
	a.run("compute", "cp", filepath.Join(here, "word"), "counting:/data/in")
	if out := a.run("compute", "exec", "counting", "--", "/tenant", "read", "/data/in/word"); strings.TrimSpace(string(out)) != "sent" {
		t.Errorf("what was copied reads %q", out)
	}
	a.run("compute", "cp", "counting:/data/in", filepath.Join(here, "back"))
	if text, err := os.ReadFile(filepath.Join(here, "back", "word")); err != nil || string(text) != "sent" {
		t.Errorf("what came back is %q, %v", text, err)
	}
}

// survives kills the provider's process and starts it again: the container went on.
func survives(t *testing.T, a, b *node, l operator.ComputeLease) {
	t.Helper()
	n, err := counted(a)
	if err != nil {
		t.Fatal(err)
	}
	b.kill()
	time.Sleep(3 * time.Second)
	b.start()
	wait(t, time.Minute, "the container is reached again", func() error {
		m, err := counted(a)
		if err == nil && m < n+20 { // it counts ten a second
			err = errorf("it counted from %d to %d", n, m)
		}
		return err
	})
	if out := a.run("compute", "logs", "counting"); strings.Count(string(out), "from ") != 1 {
		t.Errorf("it was started again: %q", out)
	}
	s := read[struct {
		Order   operator.ComputeOrder
		Machine worker.Detail
	}](a, "compute", "status", "counting")
	if len(s.Order.Leases) != 1 || s.Order.Leases[0].ID != l.ID || len(s.Machine.Replicas) != 1 || s.Machine.Replicas[0].Restarts != 0 {
		t.Errorf("%+v", s)
	}
}

// keeps waits for a checkpoint at the tenant's that was made from now on, and says how far the program had come before.
func keeps(t *testing.T, a *node) int {
	t.Helper()
	n, err := counted(a)
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	wait(t, time.Minute, "checkpoints at the tenant's", func() error {
		o := read[operator.ComputeOrder](a, "compute", "order", "counting")
		for _, digest := range o.Keeping.Checkpoints {
			if len(seen) == 0 || seen[len(seen)-1] != digest {
				seen = append(seen, digest)
			}
		}
		if len(seen) < 3 { // the second may have begun before
			return errorf("%+v", o.Keeping)
		}
		return nil
	})
	return n
}

// goesOn checks that the program began where the checkpoint was.
func goesOn(t *testing.T, a *node, kept int) {
	t.Helper()
	wait(t, time.Minute, "the program writes", func() error {
		out, err := a.try("compute", "logs", "counting")
		if err != nil {
			return err
		}
		var from int
		text, said := strings.CutPrefix(strings.TrimSpace(string(out)), "from ")
		if from, err = strconv.Atoi(text); !said || err != nil {
			return errorf("logs %q", out)
		}
		if from < kept {
			t.Errorf("it went on from %d, and was at %d when the checkpoint was made", from, kept)
		}
		t.Logf("at least %d was kept, it went on from %d", kept, from)
		return nil
	})
}

// bill compares what was paid with the ledger's times: each lease from its start to its last sign, by the second.
func bill(t *testing.T, a *node, before operator.Wallet) {
	t.Helper()
	o := read[operator.ComputeOrder](a, "compute", "order", "counting")
	sum := math.ZeroInt()
	for i, l := range o.Leases {
		seconds := l.Settled.Sub(l.Started) / time.Second
		due := credits(t, l.Price).MulRaw(int64(seconds))
		if l.State != "closed" || seconds < 1 || l.Units != uint64(seconds) || !credits(t, l.Paid).Equal(due) {
			t.Errorf("lease %d of %d s at %s paid %s: %+v", i+1, seconds, l.Price, l.Paid, l)
		}
		sum = sum.Add(due)
		t.Logf("lease %d: %d s, %s credits", i+1, seconds, l.Paid)
	}
	after := read[operator.Wallet](a, "wallet", "show")
	gone := credits(t, before.Balance).Sub(credits(t, after.Balance))
	fees := credits(t, after.Fees).Sub(credits(t, before.Fees))
	if o.State != "closed" || !credits(t, o.Paid).Equal(sum) || !credits(t, o.Escrow).IsZero() || !gone.Equal(sum.Add(fees)) {
		t.Errorf("paid %s, escrow %s; the tenant has %s less, of which %s are fees; leases come to %s", o.Paid, o.Escrow, home.FormatCredits(gone), home.FormatCredits(fees), home.FormatCredits(sum))
	}
}
