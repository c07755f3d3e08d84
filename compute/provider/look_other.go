//go:build !linux

package provider

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// freeBytes is what programs may still write below a folder.
func freeBytes(dir string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("free disk at %s: %w", dir, err)
	}
	return s.Bavail * uint64(s.Bsize), nil
}

// diskClass promises the least: this system does not say.
func diskClass(string) string { return "hdd" }
