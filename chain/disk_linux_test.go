package chain

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestDiskFills: a node whose disk fills up ends whole and says why, also where it follows others and has not come to consensus, and
// does not start on a full disk.
func TestDiskFills(t *testing.T) {
	for name, seated := range map[string]bool{"in consensus": true, "catching up": false} {
		t.Run(name, func(t *testing.T) {
			cfg, keys := onlyNode(t), t.TempDir()
			if err := os.CopyFS(keys, os.DirFS(cfg.root())); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Mount("tmpfs", cfg.root(), "tmpfs", 0, "size=96m"); err != nil {
				t.Skipf("a small disk cannot be mounted: %v", err)
			}
			t.Cleanup(func() {
				if err := syscall.Unmount(cfg.root(), syscall.MNT_DETACH); err != nil {
					t.Error(err)
				}
			})
			if seated {
				if err := os.CopyFS(cfg.root(), os.DirFS(keys)); err != nil {
					t.Fatal(err)
				}
			} else { // another key makes the blocks, on a node that is not there: consensus never begins
				cfg.Peers = []string{"00112233445566778899aabbccddeeff00112233@127.0.0.1:9"}
			}
			node, err := NewNode(cfg)
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() { done <- node.Run(t.Context()) }() // ends with the disk
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := node.WaitListening(ctx); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(cfg.root(), "filler"), make([]byte, 48<<20), 0o600); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-done:
				if !errors.Is(err, syscall.ENOSPC) {
					t.Fatalf("ended with %v", err)
				}
			case <-ctx.Done():
				t.Fatal("the node goes on")
			}
			node.Close()
			if _, err := NewNode(cfg); !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("started on a full disk: %v", err)
			}
		})
	}
}
