package e2e_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"cosmossdk.io/math"

	"ayni.example/compute/worker"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
)

// counting trains with PyTorch, keeps checkpoints in its volume, and goes on from what it finds there.
const counting = `name: counting
image: IMAGE
args: [/app/train.py, /data/keep]
cpu: 1
memory: 768Mi
disk: 64Mi
volumes: {data: {size: 64Mi, mount: /data}}
checkpoint: {folder: /data/keep, every: 2s}
price: 0.36/h
standing: true
`

// torchImage is an image with Debian's PyTorch.
func torchImage(t *testing.T) v1.Image {
	t.Helper()
	const program = "testdata/pytorch/train.py"
	if err := exec.Command(python, "-S", "-c", "import sys; sys.path.append('"+pythonPath+"'); import torch").Run(); err != nil {
		t.Skipf("PyTorch is not installed; on Debian: apt install python3-torch: %v", err)
	}
	began := time.Now()
	const manager = pythonPath + "/torch/bin/torch_shm_manager" // of which it looks only whether it is there
	files := append(pythonFiles(t, program, t.TempDir(), "10"), fromDisk(t, "/app/train.py", program, nil), fromDisk(t, manager, manager, nil))
	layer := newFileLayer(t, files)
	t.Logf("an image of PyTorch: %d files, %d MB, in %s", len(layer.files), layer.size>>20, time.Since(began).Round(time.Second/10))
	return imageOf(t, layer, v1.Config{Entrypoint: []string{python, "-S"}, Env: []string{"PYTHONPATH=" + pythonPath}})
}

// lend has a machine lend itself out, from a folder that it returns.
func lend(t *testing.T, m *node) string {
	t.Helper()
	dir := lendAt(t, m)
	m.run("compute", "host", "--cpu", "1", "--memory", "2Gi", "--disk", "1Gi", "--volumes", "1Gi", "--price-second", "0.0001", "--dir", dir)
	return dir
}

// leased waits until an order's lease of that number runs.
func leased(t *testing.T, m *node, number int) operator.ComputeLease {
	t.Helper()
	var found operator.ComputeLease
	wait(t, 2*time.Minute, "a lease that runs", func() error {
		o := read[operator.ComputeOrder](m, "compute", "order", "counting")
		if len(o.Leases) == number && o.Leases[number-1].State == "active" && !o.Leases[number-1].Started.IsZero() {
			found = o.Leases[number-1]
			return nil
		}
		why, _ := m.try("compute", "explain", "counting")
		return errorf("%s %+v %+v\n%s", o.State, o.Leases, o.Keeping, why)
	})
	return found
}

// counted is how many steps the program has trained, as it says itself.
func counted(m *node) (int, error) {
	out, err := m.try("compute", "logs", "counting")
	if err != nil {
		return 0, err
	}
	steps := regexp.MustCompile(`(?m)^step (\d+) loss `).FindAllSubmatch(out, -1)
	if len(steps) == 0 {
		return 0, errorf("logs %q", out)
	}
	return strconv.Atoi(string(steps[len(steps)-1][1]))
}

// rooms are machines of one network, each with its own home, wallet and network namespace, and a listener that all of them reach.
func rooms(t *testing.T, n int) ([]*node, net.Listener) {
	t.Helper()
	namespaces, middle := star(t, n)
	list := make([]*node, n)
	for i, ns := range namespaces {
		m := newMachine(t, "--listen", "127.0.0.1:0", "--peer", fmt.Sprintf("10.78.0.%d", i+1), "--ollama", "off", "--name", fmt.Sprint("machine-", i))
		m.netns = ns
		if i == 0 {
			m.start()
		} else {
			m.start("join", read[operator.Invite](list[0], "invite").Token)
		}
		list[i] = m
	}
	return list, middle
}

// TestCompute leases a container that trains with PyTorch on another home in another network namespace: its provider is killed and begins
// anew, then it is lost with all that ran on it, and the order goes on from its checkpoint on a third home. The bill is right to the
// second of a clock on the wall.
func TestCompute(t *testing.T) {
	t.Parallel()
	binary(t)
	if os.Geteuid() != 0 {
		t.Skip("containers need root")
	}
	if _, err := exec.LookPath("runc"); err != nil {
		t.Skip("runc is not installed; on Debian: apt install runc")
	}
	image := torchImage(t)
	list, middle := rooms(t, 3)
	a, b, c := list[0], list[1], list[2]
	const at = "test/pytorch"
	reference := serveImages(t, middle, map[string]v1.Image{at: image}, func(h http.Handler) http.Handler { return h })[at]
	file := filepath.Join(t.TempDir(), "counting.yaml")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(counting, "IMAGE", reference)), 0o600); err != nil {
		t.Fatal(err)
	}
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

	began := make([]time.Time, 2)
	began[0] = copies(t, a)
	survives(t, a, b, first)
	kept := keeps(t, a)
	b.kill()
	endContainers(t, folder)
	ended := append(make([][2]time.Time, 0, 2), closes(a, "--lease"))
	lend(t, c)
	second := leased(t, a, 2)
	if second.Provider == first.Provider {
		t.Errorf("the order went to the machine that was lost")
	}
	goesOn(t, a, kept)
	began[1] = running(a).Started
	ended = append(ended, closes(a))
	wait(t, time.Minute, "the last seconds are paid", func() error {
		if o := read[operator.ComputeOrder](a, "compute", "order", "counting"); o.State != "closed" {
			return errorf("%+v", o)
		}
		return nil
	})
	bill(t, a, before, began, ended)
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

// closes ends the order or its lease, some time between the two that it returns.
func closes(a *node, flags ...string) (between [2]time.Time) {
	a.tb.Helper()
	between[0] = time.Now()
	a.run(append([]string{"compute", "close", "counting"}, flags...)...)
	between[1] = time.Now()
	return between
}

// running is the one replica of the lease, as its machine tells.
func running(a *node) worker.Replica {
	a.tb.Helper()
	s := read[struct{ Machine worker.Detail }](a, "compute", "status", "counting")
	if len(s.Machine.Replicas) != 1 {
		a.tb.Fatalf("%+v", s)
	}
	return s.Machine.Replicas[0]
}

// copies runs a program in the container, and copies into its volume and from there. It returns when the container began.
func copies(t *testing.T, a *node) time.Time {
	t.Helper()
	wait(t, time.Minute, "the program trains", func() error {
		_, err := counted(a)
		return err
	})
	var ended *exec.ExitError
	cmd := a.command("compute", "exec", "counting", "--", python, "-S", "-c", "print('exit 5'); raise SystemExit(5)")
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
	if out := a.run("compute", "exec", "counting", "--", python, "-S", "-c", "print(open('/data/in/word').read())"); strings.TrimSpace(string(out)) != "sent" {
		t.Errorf("what was copied reads %q", out)
	}
	a.run("compute", "cp", "counting:/data/in", filepath.Join(here, "back"))
	if text, err := os.ReadFile(filepath.Join(here, "back", "word")); err != nil || string(text) != "sent" {
		t.Errorf("what came back is %q, %v", text, err)
	}
	return running(a).Started
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
		line, more, _ := strings.Cut(string(out), "\n")
		text, said := strings.CutPrefix(line, "from ")
		if from, err = strconv.Atoi(text); !said || err != nil || !strings.Contains(more, fmt.Sprintf("step %d loss", from+5)) {
			return errorf("logs %q", out)
		}
		if from < kept {
			t.Errorf("it went on from %d, and was at %d when the checkpoint was made", from, kept)
		}
		t.Logf("at least %d was kept, it went on from %d", kept, from)
		return nil
	})
}

// bill compares what was paid with the ledger's times, each lease from its start to its end, and those with the clock on the wall: two
// roundings to seconds, and before a lease is paid its machine must see that all runs.
func bill(t *testing.T, a *node, before operator.Wallet, began []time.Time, ended [][2]time.Time) {
	t.Helper()
	o := read[operator.ComputeOrder](a, "compute", "order", "counting")
	sum := math.ZeroInt()
	for i, l := range o.Leases {
		seconds := l.Closed.Sub(l.Started) / time.Second
		due := credits(t, l.Price).MulRaw(int64(seconds))
		if l.State != "closed" || seconds < 1 || l.Units != uint64(seconds) || !credits(t, l.Paid).Equal(due) {
			t.Errorf("lease %d of %d s at %s paid %s: %+v", i+1, seconds, l.Price, l.Paid, l)
		}
		sum = sum.Add(due)
		least, most := ended[i][0].Sub(began[i]), ended[i][1].Sub(began[i])
		t.Logf("lease %d: %d s, %s credits; its container ran for %s to %s", i+1, seconds, l.Paid, least.Round(time.Millisecond), most.Round(time.Millisecond))
		if billed := time.Duration(l.Units) * time.Second; billed < least-2*time.Second || billed > most+time.Second {
			t.Errorf("lease %d: %s are paid, and the container ran from %s to %s: %+v", i+1, billed, began[i], ended[i], l)
		}
	}
	after := read[operator.Wallet](a, "wallet", "show")
	gone := credits(t, before.Balance).Sub(credits(t, after.Balance))
	fees := credits(t, after.Fees).Sub(credits(t, before.Fees))
	if o.State != "closed" || !credits(t, o.Paid).Equal(sum) || !credits(t, o.Escrow).IsZero() || !gone.Equal(sum.Add(fees)) {
		t.Errorf("paid %s, escrow %s; the tenant has %s less, of which %s are fees; leases come to %s", o.Paid, o.Escrow, home.FormatCredits(gone), home.FormatCredits(fees), home.FormatCredits(sum))
	}
}
