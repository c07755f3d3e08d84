package e2e_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ayni.example/sandbox/sandboxtest"
)

// lendAt is a folder for a machine's leases, of which nothing stays.
func lendAt(t *testing.T, m *node) string {
	t.Helper()
	dir := sandboxtest.Folder(t)
	t.Cleanup(func() {
		m.kill() // or it would begin its leases again
		sweep(t, dir)
	})
	return dir
}

// endContainers kills all that runs for a folder of leases, as a machine that is switched off does.
func endContainers(t *testing.T, dir string) {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range lines {
		text, err := os.ReadFile(file)
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		mounts, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "mountinfo"))
		program := bytes.HasPrefix(text, []byte("/tenant\x00")) || bytes.HasPrefix(text, []byte(python+"\x00"))
		// This machine's own mounts show the containers' too, so a test's own interpreter is told by where it lives.
		room, _ := os.Readlink(filepath.Join(filepath.Dir(file), "ns", "mnt"))
		inside := program && room != own && bytes.Contains(mounts, []byte(filepath.Base(filepath.Dir(dir))))
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
