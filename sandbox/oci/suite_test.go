package oci_test

import (
	"archive/tar"
	"bytes"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
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

	"ayni.example/sandbox/oci"
	"ayni.example/sandbox/sandboxtest"
)

// layer is an image's layer of the given entries.
func layer(t *testing.T, entries ...tar.Header) v1.Layer {
	t.Helper()
	b := tarOf(t, entries...).Bytes()
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil })
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// push puts an image of the layers into a registry of its own and returns its reference.
func push(t *testing.T, config v1.Config, layers ...v1.Layer) string {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(slog.NewLogLogger(slog.DiscardHandler, 0))))
	t.Cleanup(server.Close)
	image, err := mutate.AppendLayers(empty.Image, layers...)
	if err != nil {
		t.Fatal(err)
	}
	file, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Config = "linux", runtime.GOARCH, config
	if image, err = mutate.ConfigFile(image, file); err != nil {
		t.Fatal(err)
	}
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	reference := strings.TrimPrefix(server.URL, "http://") + "/test/image@" + digest.String()
	ref, err := name.NewDigest(reference)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, image); err != nil {
		t.Fatal(err)
	}
	return reference
}

// newDriver returns a driver with a runtime, or skips.
func newDriver(t *testing.T, dir, binary string) *oci.Driver {
	t.Helper()
	if _, err := exec.LookPath(binary); err != nil {
		t.Skipf("%s is not installed; on Debian: apt install %s", binary, binary)
	}
	d, err := oci.New(oci.Config{Dir: dir, Runtime: binary, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
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

// attackImage is the suite's program as an image.
func attackImage(t *testing.T) string {
	t.Helper()
	program, err := os.ReadFile(sandboxtest.Build(t, "linux", runtime.GOARCH))
	if err != nil {
		t.Fatal(err)
	}
	return push(t, v1.Config{Entrypoint: []string{"/attack"}, Env: []string{"FROM=image"}},
		layer(t, tar.Header{Typeflag: tar.TypeReg, Name: "attack", Mode: 0o4755, Linkname: string(program)},
			tar.Header{Typeflag: tar.TypeDir, Name: "etc/", Mode: 0o777},
			tar.Header{Typeflag: tar.TypeReg, Name: "etc/x", Mode: 0o666, Linkname: "of the image"}))
}

func TestSuite(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program and runs containers")
	}
	reference := attackImage(t)
	for _, binary := range []string{"runc", "runsc"} {
		t.Run(binary, func(t *testing.T) {
			dir := sandboxtest.Folder(t)
			d := newDriver(t, dir, binary)
			image, err := d.Prepare(t.Context(), reference)
			if err != nil {
				t.Fatal(err)
			}
			sandboxtest.Run(t, sandboxtest.Subject{Driver: d, Image: image, Processes: true, User: oci.Owner(d), Counts: oci.CountsProcesses()})
			wantNothing(t, dir)
		})
	}
}

// wantNothing looks for what runs leave behind: folders, mounts, control groups and processes.
func wantNothing(t *testing.T, dir string) {
	t.Helper()
	if runs, err := os.ReadDir(dir + "/runs"); err != nil || len(runs) > 0 {
		t.Errorf("runs are left: %v, %v", runs, err)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil || strings.Contains(string(mounts), dir) {
		t.Errorf("mounts are left: %v", err)
	}
	for _, dir := range oci.Groups(dir) {
		t.Errorf("the control group %s is left", dir)
	}
}
