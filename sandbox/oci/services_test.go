package oci_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"ayni.example/sandbox"
	"ayni.example/sandbox/oci"
	"ayni.example/sandbox/sandboxtest"
	"ayni.example/sandbox/volume"
)

const endWait = 20 * time.Second

// tenantImage is the program of services as an image.
func tenantImage(t *testing.T) string {
	t.Helper()
	program, err := os.ReadFile(sandboxtest.BuildTenant(t))
	if err != nil {
		t.Fatal(err)
	}
	return push(t, v1.Config{Entrypoint: []string{"/tenant"}, Cmd: []string{"tick"}},
		layer(t, tar.Header{Typeflag: tar.TypeReg, Name: "tenant", Mode: 0o755, Linkname: string(program)},
			tar.Header{Typeflag: tar.TypeDir, Name: "etc/", Mode: 0o755}, file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nother:x:33:34:o:/home:/bin/sh\n"),
			tar.Header{Typeflag: tar.TypeDir, Name: "home/", Mode: 0o700, Uid: 33, Gid: 34}))
}

// bench is a driver with services, and an image.
type bench struct {
	*testing.T
	*oci.Services
	dir   string
	image sandbox.Image
}

// eachRuntime runs a test with every runtime that is there.
func eachRuntime(t *testing.T, test func(*bench)) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a program and runs containers")
	}
	reference := tenantImage(t)
	for _, binary := range []string{"runc", "runsc"} {
		t.Run(binary, func(t *testing.T) {
			dir := sandboxtest.Folder(t)
			d := newDriver(t, dir, binary)
			image, err := d.Prepare(t.Context(), reference)
			if err != nil {
				t.Fatal(err)
			}
			s, err := d.Services()
			if err != nil {
				t.Fatal(err)
			}
			b := &bench{T: t, Services: s, dir: dir, image: image}
			t.Cleanup(b.end)
			test(b)
		})
	}
}

// end removes all services and looks for what they leave behind.
func (b *bench) end() {
	names, err := b.List()
	for _, name := range names {
		err = errors.Join(err, b.Remove(context.Background(), name))
	}
	if err != nil {
		b.Error(err)
	}
	spaces, _ := filepath.Glob(b.dir + "/space-*")
	for _, at := range spaces {
		if err := volume.Unmount(at); err != nil {
			b.Error(err)
		}
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil || strings.Contains(string(mounts), b.dir) {
		b.Errorf("mounts are left: %v", err)
	}
}

// spec of a service with a Space of its own.
func (b *bench) spec(name string, args ...string) sandbox.Service {
	b.Helper()
	at := filepath.Join(b.dir, "space-"+name)
	if err := os.MkdirAll(at, 0o755); err != nil {
		b.Fatal(err)
	}
	err := volume.Make(b.Context(), at+".img", 16<<20)
	if err == nil {
		err = volume.Mount(at+".img", at)
	}
	if err != nil {
		b.Fatal(err)
	}
	return sandbox.Service{Name: name, Image: b.image, Args: args, Space: at}
}

func (b *bench) start(name string, args ...string) {
	b.Helper()
	if err := b.Start(b.Context(), b.spec(name, args...)); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) until(name string, what string, so func(sandbox.State) bool) sandbox.State {
	b.Helper()
	end := time.Now().Add(endWait)
	for {
		state, err := b.State(name)
		if err != nil {
			b.Fatal(err)
		}
		if so(state) {
			return state
		}
		if time.Now().After(end) {
			b.Fatalf("%s is not %s: %+v\n%s", name, what, state, b.output(name, 0))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (b *bench) ended(name string) sandbox.State {
	b.Helper()
	return b.until(name, "ended", func(s sandbox.State) bool { return s.Phase == sandbox.Ended })
}

func (b *bench) output(name string, from int64) string {
	b.Helper()
	var all bytes.Buffer
	if _, err := b.Output(b.Context(), name, from, false, func(_ int64, text []byte) error {
		all.Write(text)
		return nil
	}); err != nil {
		b.Error(err)
	}
	return all.String()
}

func (b *bench) exec(name string, args ...string) string {
	b.Helper()
	var out, errs bytes.Buffer
	code, err := b.Exec(b.Context(), name, sandbox.Exec{Args: append([]string{"/tenant"}, args...), Stdout: &out, Stderr: &errs})
	if err != nil || code != 0 {
		b.Fatalf("%v: %d, %v\n%s", args, code, err, errs.String())
	}
	return out.String()
}

func TestServiceRuns(t *testing.T) {
	eachRuntime(t, func(b *bench) {
		b.start("web")
		if err := b.Start(b.Context(), b.spec("web")); !errors.Is(err, sandbox.ErrExists) {
			b.Errorf("started twice: %v", err)
		}
		state := b.until("web", "running", func(s sandbox.State) bool { return s.Phase == sandbox.Running })
		if state.Memory == 0 || state.Started.IsZero() {
			b.Errorf("%+v", state)
		}
		seen := make(chan string, 1)
		ctx, stop := context.WithTimeout(b.Context(), endWait)
		go func() {
			var all bytes.Buffer
			_, _ = b.Output(ctx, "web", 0, true, func(_ int64, text []byte) error {
				all.Write(text)
				if strings.Contains(all.String(), "tick 5\n") {
					return io.EOF
				}
				return nil
			})
			seen <- all.String()
		}()
		if out := <-seen; !strings.Contains(out, "tick 0\ntick 1\n") || !strings.Contains(out, "tick 5") {
			b.Errorf("followed %q", out)
		}
		stop()
		if got := b.exec("web", "who"); got != "0 0 web\n" {
			b.Errorf("it is %q", got)
		}
		if err := b.Stop(b.Context(), "web", endWait); err != nil {
			b.Fatal(err)
		}
		state = b.ended("web")
		if state.Exit != 7 || state.Reason != sandbox.Exited || state.Ended.Before(state.Started) {
			b.Errorf("%+v", state)
		}
		if out := b.output("web", -8); out != "goodbye\n" {
			b.Errorf("its last words are %q", out)
		}
		if _, err := b.Exec(b.Context(), "web", sandbox.Exec{Args: []string{"/tenant", "who"}}); !errors.Is(err, sandbox.ErrStopped) {
			b.Errorf("run in a stopped service: %v", err)
		}
	})
}

func TestServiceEnds(t *testing.T) {
	eachRuntime(t, func(b *bench) {
		b.start("code", "exit", "3")
		if s := b.ended("code"); s.Exit != 3 || s.Reason != sandbox.Exited {
			b.Errorf("%+v", s)
		}
		b.start("code", "exit", "4") // again: its output goes on
		if s := b.ended("code"); s.Exit != 4 || b.output("code", 0) != "exit 3\nexit 4\n" {
			b.Errorf("%+v, %q", s, b.output("code", 0))
		}
		missing := b.spec("missing")
		missing.Command = []string{"/none"}
		if err := b.Start(b.Context(), missing); err != nil {
			b.Fatal(err)
		}
		if s := b.ended("missing"); s.Exit == 0 || !strings.Contains(s.Detail, "none") {
			b.Errorf("%+v", s)
		}
		b.start("stubborn", "stubborn")
		if err := b.Stop(b.Context(), "stubborn", 300*time.Millisecond); err != nil {
			b.Error(err)
		}
		if s := b.ended("stubborn"); s.Exit == 0 {
			b.Errorf("%+v", s)
		}
		hungry := b.spec("hungry", "memory")
		hungry.Limits.Memory = 64 << 20
		if err := b.Start(b.Context(), hungry); err != nil {
			b.Fatal(err)
		}
		if s := b.until("hungry", "gone", func(s sandbox.State) bool { return s.Phase != sandbox.Running }); s.Reason != sandbox.OutOfMemory {
			b.Errorf("%+v", s)
		}
		if _, err := b.State("nobody"); !errors.Is(err, sandbox.ErrNoService) {
			b.Error(err)
		}
		if _, err := b.State("../x"); !errors.Is(err, sandbox.ErrNoService) {
			b.Error(err)
		}
	})
}

func TestServiceFiles(t *testing.T) {
	eachRuntime(t, func(b *bench) {
		data := filepath.Join(b.dir, "data")
		if err := errors.Join(os.Mkdir(data, 0o755), os.Chown(data, oci.FirstUID, oci.FirstUID)); err != nil {
			b.Fatal(err)
		}
		spec := b.spec("files")
		spec.Mounts = []sandbox.Mount{{Source: data, Target: "/var/lib/data"}, {Source: data, Target: "/fixed", ReadOnly: true}, {Target: "/fast", Size: 1 << 20}}
		spec.Env = []string{"GREETING=hello there"}
		spec.Hosts = map[string]string{"db": "10.0.0.7"}
		if err := b.Start(b.Context(), spec); err != nil {
			b.Fatal(err)
		}
		for _, path := range []string{"/var/lib/data/a", "/tmp/a", "/a", "/etc/passwd", "/fast/a"} {
			b.exec("files", "write", path, "x")
		}
		if text, err := os.ReadFile(filepath.Join(data, "a")); string(text) != "x" {
			b.Error(err)
		}
		code, err := b.Exec(b.Context(), "files", sandbox.Exec{Args: []string{"/tenant", "write", "/fixed/b", "x"}})
		if code != 9 || err != nil {
			b.Errorf("wrote to what is for reading only: %d, %v", code, err)
		}
		if got := b.exec("files", "env", "GREETING"); got != "hello there\n" {
			b.Errorf("%q", got)
		}
		if got := b.exec("files", "read", "/etc/hosts"); !strings.Contains(got, "10.0.0.7 db\n") {
			b.Errorf("%q", got)
		}
		// What it wrote beside its volumes is there after it began anew.
		if err := b.Stop(b.Context(), "files", endWait); err != nil {
			b.Fatal(err)
		}
		if err := b.Start(b.Context(), spec); err != nil {
			b.Fatal(err)
		}
		if got := b.exec("files", "read", "/a"); got != "x\n" {
			b.Errorf("%q", got)
		}
	})
}

// TestServiceLog holds the bound on output: what is beyond it is dropped, offsets stay, and the quota holds without us.
func TestServiceLog(t *testing.T) {
	eachRuntime(t, func(b *bench) {
		spec := b.spec("loud", "flood", "8")
		spec.Log = 1 << 20
		if err := b.Start(b.Context(), spec); err != nil {
			b.Fatal(err)
		}
		b.until("loud", "done", func(sandbox.State) bool { return strings.HasSuffix(b.output("loud", -8), "flooded\n") })
		if err := b.Trim(); err != nil {
			b.Fatal(err)
		}
		first := int64(-1)
		end, err := b.Output(b.Context(), "loud", 0, false, func(at int64, _ []byte) error {
			if first < 0 {
				first = at
			}
			return nil
		})
		if want := int64(8<<20 + 8); err != nil || end != want || first < want-1<<20-8192 || first > want-1<<20 {
			b.Errorf("kept from %d to %d, %v", first, end, err)
		}
		used, _, err := volume.Use(spec.Space)
		if err != nil || used > 3<<20 {
			b.Errorf("%d bytes used, %v", used, err)
		}
	})
}

func TestServiceTerminal(t *testing.T) {
	eachRuntime(t, func(b *bench) {
		b.start("shell")
		input, output := io.Pipe()
		var out lockedBuffer
		resize := make(chan sandbox.Size)
		done := make(chan error, 1)
		go func() {
			code, err := b.Exec(b.Context(), "shell", sandbox.Exec{
				Args: []string{"/tenant", "terminal"}, Stdin: input, Stdout: &out, Terminal: &sandbox.Size{Rows: 24, Columns: 80}, Resize: resize,
			})
			if code != 0 {
				err = errors.Join(err, errors.New("it failed"))
			}
			done <- err
		}()
		out.want(b.T, "size 24 80")
		resize <- sandbox.Size{Rows: 40, Columns: 132}
		out.want(b.T, "size 40 132")
		if _, err := output.Write([]byte("hello\n")); err != nil {
			b.Fatal(err)
		}
		if err := <-done; err != nil {
			b.Errorf("%v: %s", err, out.String())
		}
		out.want(b.T, "line hello")
		_ = output.Close()
	})
}

// TestServiceExecLeft ends what an exec began when its caller leaves.
func TestServiceExecLeft(t *testing.T) {
	eachRuntime(t, func(b *bench) {
		b.start("shell")
		ctx, leave := context.WithCancel(b.Context())
		var out lockedBuffer
		done := make(chan error, 1)
		go func() {
			_, err := b.Exec(ctx, "shell", sandbox.Exec{Args: []string{"/tenant", "stubborn"}, Stdout: &out})
			done <- err
		}()
		out.want(b.T, "stubborn")
		leave()
		if err := <-done; !errors.Is(err, context.Canceled) {
			b.Error(err)
		}
		if state, err := b.State("shell"); err != nil || state.Phase != sandbox.Running {
			b.Errorf("the service ended with it: %+v, %v", state, err)
		}
	})
}

func TestServiceUser(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program and runs containers")
	}
	program, err := os.ReadFile(sandboxtest.BuildTenant(t))
	if err != nil {
		t.Fatal(err)
	}
	reference := push(t, v1.Config{Entrypoint: []string{"/tenant", "tick"}, User: "www"},
		layer(t, tar.Header{Typeflag: tar.TypeReg, Name: "tenant", Mode: 0o755, Linkname: string(program)},
			tar.Header{Typeflag: tar.TypeDir, Name: "etc/", Mode: 0o755}, file("etc/passwd", "www:x:33:34:o:/home:/bin/sh\n"),
			tar.Header{Typeflag: tar.TypeDir, Name: "home/", Mode: 0o700, Uid: 33, Gid: 34}))
	for _, binary := range []string{"runc", "runsc"} {
		t.Run(binary, func(t *testing.T) {
			dir := sandboxtest.Folder(t)
			d := newDriver(t, dir, binary)
			image, err := d.Prepare(t.Context(), reference)
			if err != nil {
				t.Fatal(err)
			}
			s, err := d.Services()
			if err != nil {
				t.Fatal(err)
			}
			b := &bench{T: t, Services: s, dir: dir, image: image}
			t.Cleanup(b.end)
			b.start("w")
			if got := b.exec("w", "who"); got != "33 34 w\n" {
				t.Errorf("it is %q", got)
			}
			b.exec("w", "write", "/home/x", "mine")
			code, err := b.Exec(t.Context(), "w", sandbox.Exec{Args: []string{"/tenant", "write", "/x", "root's"}})
			if code != 9 || err != nil {
				t.Errorf("wrote to another's folder: %d, %v", code, err)
			}
		})
	}
}

// TestDropImages keeps what services stand on and what was just asked for.
func TestDropImages(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program and runs containers")
	}
	dir := sandboxtest.Folder(t)
	d := newDriver(t, dir, "runc")
	image, err := d.Prepare(t.Context(), tenantImage(t))
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Services()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{T: t, Services: s, dir: dir, image: image}
	t.Cleanup(b.end)
	there := func() bool {
		_, err := os.Stat(filepath.Join(dir, "images", strings.TrimPrefix(image.Digest, "sha256:")))
		return err == nil
	}
	b.start("user")
	if err := d.DropImages(0); err != nil || !there() {
		t.Errorf("the image of a service is gone, %v", err)
	}
	b.exec("user", "who")
	if err := b.Remove(t.Context(), "user"); err != nil {
		t.Fatal(err)
	}
	if err := d.DropImages(time.Hour); err != nil || !there() {
		t.Errorf("an image that was just asked for is gone, %v", err)
	}
	if err := d.DropImages(0); err != nil || there() {
		t.Errorf("an image that nobody uses stays, %v", err)
	}
	if err := b.Start(t.Context(), b.spec("user")); !errors.Is(err, sandbox.ErrImage) {
		t.Error(err)
	}
}
