package oci

import (
	"io"
	"os"
	"path/filepath"

	"ayni.example/sandbox"
)

// Groups lists the control groups of a driver's folder.
func Groups(dir string) []string {
	h, err := findHierarchy(mountInfo, groupPrefix(dir))
	if err != nil {
		return nil
	}
	var found []string
	for _, m := range h.mounts {
		some, _ := filepath.Glob(filepath.Join(m, groupRoot, h.prefix+"*"))
		found = append(found, some...)
	}
	return found
}

// CountsProcesses tells whether the kernel shows how many processes a group had.
func CountsProcesses() bool {
	h, err := findHierarchy(mountInfo, "test-")
	if err != nil {
		return false
	}
	g, err := h.create("counts", sandbox.Limits{}.Fill(), overhead{})
	if err != nil {
		return false
	}
	defer func() { _ = g.remove() }()
	for _, dir := range g.dirs() {
		if _, err := os.Stat(filepath.Join(dir, "pids.peak")); err == nil {
			return true
		}
	}
	return false
}

// Owner is the user of this machine that programs are.
func Owner(d *Driver) uint32 { return uint32(d.owner()) }

// Unpack applies layers, each a tar, to a new folder.
func Unpack(dir string, bytes int64, files int, layers ...io.Reader) error {
	u, err := newUnpacker(dir, bytes, files, -1)
	if err != nil {
		return err
	}
	defer func() { _ = u.close() }()
	for _, l := range layers {
		if err := u.layer(func() (io.ReadCloser, error) { return io.NopCloser(l), nil }); err != nil {
			return err
		}
	}
	return u.mountPoints()
}

// CreateGroup makes a run's control group in trees that a file of mounts names.
func CreateGroup(mountinfo, id string, l sandbox.Limits) (path string, err error) {
	h, err := findHierarchy(mountinfo, "test-")
	if err != nil {
		return "", err
	}
	g, err := h.create(id, l, overhead{memory: 1 << 20, processes: 10})
	if err != nil {
		return "", err
	}
	return g.path(), nil
}

// FirstUID is user 0 of services.
const FirstUID = firstUID

// ErrEscape is what an image gets whose paths lead out of it.
var ErrEscape = errEscape
