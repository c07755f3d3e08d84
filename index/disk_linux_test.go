package index_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ayni.example/index"
)

// TestDiskFull fills the disk under the index and frees it again.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("a small disk cannot be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 14<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	ledger := &scripted{chain: "ayni_1-1", txs: 4, earliest: 1, height: 300}
	x := open(t, ledger, filepath.Join(dir, "index.db"))
	// Before the disk is full, one connection may find the file locked by the other, which opens it: that stops the index as well.
	x.wait(t, "full disk", func(s index.Status) bool {
		return s.State == index.Stopped && strings.Contains(s.Cause, "full") && s.Errors > 0
	})
	if err := os.Remove(filler); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	x.caughtUp(t, 300)
	if x.digest(t) != fromNothing(t, ledger) {
		t.Error("the index differs after a full disk")
	}
}
