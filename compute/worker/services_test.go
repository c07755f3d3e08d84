package worker_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"ayni.example/artifact"
	"ayni.example/compute/lease"
	"ayni.example/compute/worker"
	"ayni.example/sandbox/archive"
	"ayni.example/x/compute"
)

// small is what a service of a test takes.
const small = "    cpu: 0.5\n    memory: 64Mi\n    disk: 16Mi\n"

// TestRestart stops the daemon's part and starts it again: what ran runs on, and is logged, reached and closed as before.
func TestRestart(t *testing.T) {
	eachRuntime(t, func(m *machine, image string) {
		d := m.deploy("name: a\nprice: 1/h\nservices:\n  web:\n    image: "+image+"\n    args: [tick]\n"+small, 0)
		m.reconcile(d)
		m.provide(d)
		before := m.phase(d, lease.Running)
		m.stop()
		m.up()
		m.reconcile(d)
		after := m.phase(d, lease.Running)
		if !after.Replicas[0].Started.Equal(before.Replicas[0].Started) || after.Replicas[0].Restarts != 0 || !after.Ready {
			m.Errorf("%+v became %+v", before, after)
		}
		n := strings.Count(m.output(d, ""), "tick")
		m.until(d, "going on", func(worker.Detail) bool { return strings.Count(m.output(d, ""), "tick") > n })
		if out := m.output(d, ""); strings.Count(out, "tick 0\n") != 1 {
			m.Errorf("it was started anew: %q", out)
		}
	})
}

// TestTogether runs two services that know each other by name, one of which the tenant reaches, and copies from and to a volume.
func TestTogether(t *testing.T) {
	eachRuntime(t, func(m *machine, image string) {
		d := m.deploy(`name: shop
price: 1/h
services:
  db:
    image: `+image+`
    args: [serve, "5432", "i am db"]
    volumes: {rows: "16Mi:/rows"}
`+small+`  web:
    image: `+image+`
    args: [serve, "8080", "i am web"]
    expose: ["80:8080"]
    depends_on: [db]
`+small, 0)
		m.reconcile(d)
		m.provide(d)
		detail := m.until(d, "running", func(d worker.Detail) bool { return d.Ready && d.Phase == lease.Running })
		if len(detail.Ports) != 1 || detail.Ports[0] != (worker.Port{Service: "web", Port: 8080, As: 80}) {
			m.Errorf("%+v", detail.Ports)
		}
		var out bytes.Buffer
		m.until(d, "connected", func(worker.Detail) bool {
			out.Reset()
			code, err := m.exec(d, "web", &out, "ask", "db:5432")
			return code == 0 && err == nil
		})
		if out.String() != "i am db\n" {
			m.Errorf("%q", out.String())
		}
		conn, err := m.worker.Dial(m.Context(), d.id, "web", 80)
		if err != nil {
			m.Fatal(err)
		}
		b := make([]byte, len("i am web\n"))
		if _, err := io.ReadFull(conn, b); err != nil || string(b) != "i am web\n" {
			m.Errorf("%q, %v", b, err)
		}
		_ = conn.Close()
		if _, err := m.worker.Dial(m.Context(), d.id, "db", 5432); !errors.Is(err, worker.ErrNoReplica) {
			m.Errorf("what is not exposed was reached: %v", err)
		}
		if _, err := m.exec(d, "other", &out, "who"); !errors.Is(err, worker.ErrNoReplica) {
			m.Error(err)
		}
		m.copies(d)
	})
}

func (m *machine) copies(d deployment) {
	m.Helper()
	var tape, out bytes.Buffer
	if err := packFiles(m.T, &tape, map[string]string{"seed": "of the tenant"}); err != nil {
		m.Fatal(err)
	}
	if err := m.worker.Unpack(m.Context(), d.id, "db", "/rows/in/deep", &tape); err != nil {
		m.Fatal(err)
	}
	if code, err := m.exec(d, "db", &out, "read", "/rows/in/deep/seed"); code != 0 || err != nil || out.String() != "of the tenant\n" {
		m.Errorf("%d, %v, %q", code, err, out.String())
	}
	if code, err := m.exec(d, "db", &out, "write", "/rows/in/answer", "of the program"); code != 0 || err != nil {
		m.Error(code, err)
	}
	tape.Reset()
	if err := m.worker.Pack(m.Context(), d.id, "db", "/rows/in/answer", &tape); err != nil {
		m.Fatal(err)
	}
	in := tar.NewReader(&tape)
	h, err := in.Next()
	if text, _ := io.ReadAll(in); err != nil || h.Name != "answer" || string(text) != "of the program" {
		m.Errorf("%+v, %v", h, err)
	}
	for _, path := range []string{"/etc/passwd", "/rows/../etc", "/", "rowsx", "/rows/none"} {
		if err := m.worker.Pack(m.Context(), d.id, "db", path, io.Discard); err == nil {
			m.Errorf("%s was copied", path)
		}
	}
}

// TestExits starts a program again that ends, ends a lease with one that is to, and gives one up that cannot begin.
func TestExits(t *testing.T) {
	eachRuntime(t, func(m *machine, image string) {
		one := func(args, more string) deployment {
			return m.deploy("name: a\nprice: 1/h\n"+more+"services:\n  web:\n    image: "+image+"\n"+args+small, 0)
		}
		again, once := one("    args: [exit, \"3\"]\n", ""), one("    args: [exit, \"0\"]\n", "until_exit: true\n")
		broken, nowhere := one("    command: [/none]\n", ""), one("", "")
		nowhere.blob = nil
		gone := m.deploy("name: a\nprice: 1/h\nservices:\n  web:\n    image: 127.0.0.1:1/x@sha256:"+strings.Repeat("a", 64)+"\n"+small, 0)
		m.reconcile(again, once, broken, nowhere, gone)
		for _, d := range []deployment{again, once, broken, gone} {
			m.provide(d)
		}
		r := m.until(again, "started again", func(d worker.Detail) bool { return len(d.Replicas) == 1 && d.Replicas[0].Restarts >= 2 }).Replicas[0]
		if r.Exit == nil || *r.Exit != 3 {
			m.Errorf("%+v", r)
		}
		m.phase(once, lease.Done)
		if s, _ := m.worker.Status(once.id); !s.Ready {
			m.Errorf("%+v", s)
		}
		m.phase(broken, lease.Failed)
		if s, _ := m.worker.Status(broken.id); s.Reason != compute.ReasonManifest || !strings.Contains(s.Detail, "none") || s.Ready {
			m.Errorf("%+v", s)
		}
		m.phase(gone, lease.Failed)
		if s, _ := m.worker.Status(gone.id); s.Reason != compute.ReasonImage || !s.Reason.Gives() {
			m.Errorf("%+v", s)
		}
		if s, _ := m.worker.Status(nowhere.id); s.Phase != lease.Waiting {
			m.Errorf("%+v", s)
		}
		events, err := m.worker.Events(again.id, 2)
		if err != nil || len(events) == 0 || events[0].Number != 3 {
			m.Errorf("%+v, %v", events, err)
		}
	})
}

var from = regexp.MustCompile(`from (\d+)\n`)

// TestCheckpoint kills a machine in the middle of a program's work: another goes on from the folder that was kept.
func TestCheckpoint(t *testing.T) {
	eachRuntime(t, func(m *machine, image string) {
		text := "name: t\nprice: 1/h\nuntil_exit: true\nservices:\n  train:\n    image: " + image + "\n    args: [train, /data/kept/n, \"60\"]\n" +
			"    volumes: {data: \"16Mi:/data\"}\n    checkpoint: {folder: /data/kept, every: 1s}\n" + small
		d := m.deploy(text, 0)
		m.reconcile(d)
		m.provide(d)
		var kept worker.Checkpoint
		var text1 string
		m.until(d, "kept", func(detail worker.Detail) bool {
			if len(detail.Replicas) == 0 || detail.Replicas[0].Checkpoint == nil {
				return false
			}
			kept = *detail.Replicas[0].Checkpoint
			text1 = contents(m.T, m.store, kept.Digest)["n"]
			n, _ := strconv.Atoi(text1)
			return n >= 5
		})
		m.stop() // it never comes back while the other works
		other := newMachine(m.T, m.binary)
		other.fetch = m.store
		second := d
		second.id = strings.Repeat("ab", 20)
		second.lease.Lease.ID = bytes.Repeat([]byte{0xab}, 20)
		other.reconcile(second)
		if err := other.worker.Provide(second.id, second.blob, map[string]artifact.Digest{"train-0": kept.Digest}); err != nil {
			m.Fatal(err)
		}
		other.phase(second, lease.Done)
		out := other.output(second, "train")
		if found := from.FindStringSubmatch(out); found == nil || found[1] != text1 || !strings.Contains(out, "trained 60\n") {
			m.Errorf("after %s: %q", text1, out)
		}
		last, err := other.worker.Detail(second.id)
		if err != nil || contents(m.T, other.store, last.Replicas[0].Checkpoint.Digest)["n"] != "60" {
			m.Errorf("the last checkpoint is not the end: %+v, %v", last, err)
		}
		m.up()
	})
}

// contents are the files of an artifact that is an archive.
func contents(t *testing.T, store *artifact.Store, digest artifact.Digest) map[string]string {
	t.Helper()
	f, err := store.Open(digest)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	return unpackFiles(t, f)
}

func unpackFiles(t *testing.T, f io.Reader) map[string]string {
	t.Helper()
	files := make(map[string]string)
	for in := tar.NewReader(f); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		files[h.Name] = string(text)
	}
}

// packFiles writes an archive of files.
func packFiles(t *testing.T, to io.Writer, files map[string]string) error {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	return errors.Join(archive.Pack(t.Context(), root, ".", to, archive.Bounds{}), root.Close())
}

// TestBatch runs tasks of which one fails more often than it may, and makes one anew that the tenant rejected.
func TestBatch(t *testing.T) {
	eachRuntime(t, func(m *machine, image string) {
		d := m.deploy("name: b\nprice: 1/task\nimage: "+image+"\nargs: [task]\ntasks: [{SAY: a}, {SAY: b}, {SAY: fail}]\nretries: 1\n"+
			strings.ReplaceAll(small, "    ", ""), 0)
		d.lease.Spec.Retries = 1
		m.reconcile(d)
		m.provide(d)
		detail := m.phase(d, lease.Done)
		results := m.worker.Results(d.id)
		if len(results) != 3 || len(detail.Tasks) != 3 {
			m.Fatalf("%+v, %+v", results, detail)
		}
		for i, want := range []struct {
			out, exit string
			tries     int
		}{{"a from 0 of 3", `"exit":0`, 1}, {"b from 1 of 3", `"exit":0`, 1}, {"", `"exit":9`, 2}} {
			task := detail.Tasks[i]
			files := contents(m.T, m.store, task.Digest)
			if files["said"] != want.out || !strings.Contains(files["exit.json"], want.exit) || task.Tries != want.tries || files["log"] == "" {
				m.Errorf("task %d: %+v, %q", i, task, files)
			}
			if sum := task.Digest.Sum(); !bytes.Equal(results[i].Digest, sum[:]) || results[i].Index != uint32(i) {
				m.Errorf("task %d: %+v", i, results[i])
			}
		}
		if err := m.worker.Rejected(m.Context(), d.id, []uint32{1, 7}); err != nil {
			m.Fatal(err)
		}
		if n := len(m.worker.Results(d.id)); n != 2 {
			m.Errorf("%d results", n)
		}
		m.phase(d, lease.Done)
		if again := m.worker.Results(d.id); !bytes.Equal(again[1].Digest, results[1].Digest) {
			m.Error("the same task left something else")
		}
		if err := m.worker.Rejected(m.Context(), d.id, []uint32{1}); err != nil || len(m.worker.Results(d.id)) != 3 {
			m.Errorf("rejected without end, %v", err)
		}
	})
}

// TestVolumesStay keeps volumes for the notice that the order demands, and no longer.
func TestVolumesStay(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program and runs containers")
	}
	image := push(t)
	m := newMachine(t, "runc")
	d := m.deploy("name: v\nprice: 1/h\nservices:\n  web:\n    image: "+image+"\n    args: [tick]\n    volumes: {data: \"16Mi:/data\"}\n"+small, 3)
	m.reconcile(d)
	m.provide(d)
	m.phase(d, lease.Running)
	var out bytes.Buffer
	if code, err := m.exec(d, "", &out, "write", "/data/x", "kept"); code != 0 || err != nil {
		t.Fatal(code, err)
	}
	if err := m.worker.Close(t.Context(), d.id, compute.ReasonReclaimed); err != nil {
		t.Fatal(err)
	}
	m.until(d, "ended", func(detail worker.Detail) bool { return detail.Phase == lease.Done })
	var tape bytes.Buffer
	if err := m.worker.Pack(t.Context(), d.id, "", "/data/x", &tape); err != nil || !strings.Contains(tape.String(), "kept") {
		t.Errorf("the volume is gone: %v", err)
	}
	if _, err := m.exec(d, "", &out, "who"); err == nil {
		t.Error("it still runs")
	}
	for end := time.Now().Add(waitMax); ; time.Sleep(50 * time.Millisecond) {
		if left, err := filepath.Glob(m.dir + "/compute/leases/*"); err == nil && len(left) == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the volume stays for ever")
		}
	}
	if _, err := m.worker.Detail(d.id); !errors.Is(err, worker.ErrNoLease) {
		t.Error(err)
	}
}

func (m *machine) exec(d deployment, replica string, out *bytes.Buffer, args ...string) (int, error) {
	out.Reset()
	ctx, end := context.WithTimeout(m.Context(), waitMax)
	defer end()
	return m.worker.Exec(ctx, d.id, replica, sandboxExec(out, args...))
}
