package oci_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"ayni.example/sandbox"
	"ayni.example/sandbox/oci"
	"ayni.example/sandbox/sandboxtest"
)

// either returns a driver with whichever runtime is there.
func either(t *testing.T, config oci.Config) *oci.Driver {
	t.Helper()
	config.Now, config.Logger = time.Now, slog.New(slog.DiscardHandler)
	if config.Dir == "" {
		config.Dir = sandboxtest.Folder(t)
	}
	d, err := oci.New(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Available(); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// transport counts requests, and may answer them with something else.
type transport struct {
	requests int
	change   func(path string, body []byte) io.Reader
}

func (tr *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	tr.requests++
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || tr.change == nil {
		return response, err
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	response.Body, response.ContentLength = io.NopCloser(tr.change(r.URL.Path, body)), -1
	return response, nil
}

func TestPrepare(t *testing.T) {
	tr := &transport{}
	d := either(t, oci.Config{Transport: tr})
	reference := push(t, v1.Config{}, layer(t, file("a", "1")), layer(t, file("b", "2"), file(".wh.a", "")))
	first, err := d.Prepare(t.Context(), reference)
	if err != nil {
		t.Fatal(err)
	}
	before := tr.requests
	second, err := d.Prepare(t.Context(), reference)
	if err != nil || first != second || tr.requests != before {
		t.Errorf("%v and %v after %d and %d requests, %v", first, second, before, tr.requests, err)
	}
	if _, err := d.Start(t.Context(), first, sandbox.Spec{}); !errors.Is(err, sandbox.ErrSpec) || !strings.Contains(err.Error(), "what to start") {
		t.Errorf("an image without a program: %v", err)
	}
	_, err = sandbox.Run(t.Context(), d, first, sandbox.Spec{Args: []string{"/none"}})
	if !errors.Is(err, sandbox.ErrSpec) || !strings.Contains(err.Error(), "none") {
		t.Errorf("a program that is not there: %v", err)
	}
}

func TestImagesRefused(t *testing.T) {
	small := layer(t, file("a", strings.Repeat("x", 2000)))
	one := push(t, v1.Config{}, layer(t, file("a", "1")))
	name, _, _ := strings.Cut(one, "@")
	for what, c := range map[string]struct {
		reference string
		change    func(string, []byte) io.Reader
		want      string
	}{
		"tag":       {name + ":latest", nil, "NAME@sha256:HEX"},
		"not there": {name + "@sha256:" + strings.Repeat("a", 64), nil, "MANIFEST_UNKNOWN"},
		"too large": {push(t, v1.Config{}, small), nil, "too large"},
		"climbs":    {push(t, v1.Config{}, layer(t, tar.Header{Typeflag: tar.TypeReg, Name: "../../x", Mode: 0o644})), nil, "out of the image"},
		"wrong layer": {push(t, v1.Config{}, layer(t, file("a", "3"))), func(path string, body []byte) io.Reader {
			if strings.Contains(path, "/blobs/") && !bytes.HasPrefix(body, []byte("{")) {
				return bytes.NewReader(tarOf(t, file("a", "4")).Bytes())
			}
			return bytes.NewReader(body)
		}, "sha256"},
		"long answer": {push(t, v1.Config{}, layer(t, file("a", "5"))), func(path string, body []byte) io.Reader {
			if strings.Contains(path, "/manifests/") {
				return endlessReader{}
			}
			return bytes.NewReader(body)
		}, "too many bytes"},
	} {
		t.Run(what, func(t *testing.T) {
			dir := sandboxtest.Folder(t)
			d := either(t, oci.Config{Dir: dir, Transport: &transport{change: c.change}, ImageMax: 1500, FilesMax: 20})
			_, err := d.Prepare(t.Context(), c.reference)
			if !errors.Is(err, sandbox.ErrImage) || !strings.Contains(err.Error(), c.want) {
				t.Error(err)
			}
			t.Log(err)
			for _, part := range []string{"images", "partial"} {
				if left, err := os.ReadDir(filepath.Join(dir, part)); err != nil || len(left) > 0 {
					t.Errorf("%s holds %v, %v", part, left, err)
				}
			}
		})
	}
}

type endlessReader struct{}

func (endlessReader) Read(p []byte) (int, error) { return len(p), nil }

// TestSecretInput gives a file that only its owner may read, in a folder that only its owner may pass.
func TestSecretInput(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program and runs a container")
	}
	d := either(t, oci.Config{})
	image, err := d.Prepare(t.Context(), attackImage(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(path, []byte("for you"), 0o600); err != nil {
		t.Fatal(err)
	}
	output := t.TempDir()
	result, err := sandbox.Run(t.Context(), d, image, sandbox.Spec{
		Args: []string{"/attack", "copy"}, Inputs: []sandbox.Input{{Name: "data", Path: path}}, Output: output,
	})
	if err != nil || !result.OK() {
		t.Fatalf("%+v, %v", result, err)
	}
	if text, err := os.ReadFile(filepath.Join(output, "a", "data")); err != nil || string(text) != "for you" {
		t.Errorf("the output is %q, %v", text, err)
	}
}

// TestNamespaces holds what only runc's filter of system calls refuses.
func TestNamespaces(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program and runs a container")
	}
	d := newDriver(t, sandboxtest.Folder(t), "runc")
	image, err := d.Prepare(t.Context(), attackImage(t))
	if err != nil {
		t.Fatal(err)
	}
	result, err := sandbox.Run(t.Context(), d, image, sandbox.Spec{Args: []string{"/attack", "unshare"}})
	if err != nil || result.Reason != sandbox.Exited || result.Exit != 9 {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestOneOwner(t *testing.T) {
	dir := sandboxtest.Folder(t)
	either(t, oci.Config{Dir: dir})
	if _, err := oci.New(oci.Config{Dir: dir, Now: time.Now, Logger: slog.New(slog.DiscardHandler)}); err == nil ||
		!strings.Contains(err.Error(), "choose another folder") {
		t.Error(err)
	}
}

// TestUnavailable says what is missing and what would help.
func TestUnavailable(t *testing.T) {
	hidden := filepath.Join(sandboxtest.Folder(t), "hidden")
	if err := os.Mkdir(hidden, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		config oci.Config
		want   string
	}{
		"no runtime":    {oci.Config{Runtime: "no-such-runtime", Dir: sandboxtest.Folder(t)}, "apt install"},
		"hidden folder": {oci.Config{Dir: filepath.Join(hidden, "x")}, "/var/lib/ayni/sandbox"},
	} {
		c.config.Now, c.config.Logger = time.Now, slog.New(slog.DiscardHandler)
		d, err := oci.New(c.config)
		if err != nil {
			t.Fatal(err)
		}
		err = d.Available()
		if !errors.Is(err, sandbox.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
		if os.Geteuid() == 0 && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := d.Prepare(t.Context(), "x"); !errors.Is(err, sandbox.ErrUnavailable) {
			t.Errorf("%s: prepare says %v", name, err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Where TestMain finds that it is the process that gets killed.
const doomed = "AYNI_TEST_DOOMED"

func TestMain(m *testing.M) {
	if os.Getenv(doomed) != "" {
		if err := runForEver(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// runForEver starts a container, says so, and waits.
func runForEver() error {
	d, err := oci.New(oci.Config{Dir: os.Getenv(doomed), Runtime: os.Getenv("RUNTIME"), Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	image, err := d.Prepare(context.Background(), os.Getenv("REFERENCE"))
	if err != nil {
		return err
	}
	if space := os.Getenv("SPACE"); space != "" {
		return serveForEver(d, image, space)
	}
	_, err = sandbox.Run(context.Background(), d, image, sandbox.Spec{Args: []string{"/attack", "hang"}, Stdout: os.Stdout})
	return err
}

// TestKilled kills the driver's process with SIGKILL and begins again: nothing of the run is left.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program and runs containers")
	}
	reference := attackImage(t)
	for _, binary := range []string{"runc", "runsc"} {
		t.Run(binary, func(t *testing.T) {
			dir := sandboxtest.Folder(t)
			if err := newDriver(t, dir, binary).Close(); err != nil {
				t.Fatal(err)
			}
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), doomed+"="+dir, "RUNTIME="+binary, "REFERENCE="+reference)
			out, err := child.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(out, make([]byte, len("ready"))); err != nil {
				t.Fatal(err)
			}
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = child.Wait()
			if runs, err := os.ReadDir(dir + "/runs"); err != nil || len(runs) != 1 {
				t.Fatalf("there is nothing to sweep: %v, %v", runs, err)
			}
			if len(oci.Groups(dir)) == 0 {
				t.Fatal("there is no control group to sweep")
			}
			d := newDriver(t, dir, binary)
			wantNothing(t, dir)
			// What was prepared is still there: its registry is not asked.
			if _, err := d.Prepare(t.Context(), reference); err != nil {
				t.Error(err)
			}
		})
	}
}
