package provider

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// freeBytes is what programs may still write below a folder.
func freeBytes(dir string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("free disk at %s: %w", dir, err)
	}
	return s.Bavail * uint64(s.Bsize), nil //nolint:gosec,nolintlint // a block has a size
}

// diskClass is what the disk below a folder is.
func diskClass(dir string) string {
	info, err := os.Stat(dir)
	if err != nil {
		return "hdd"
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "hdd"
	}
	return blockClass(fmt.Sprintf("/sys/dev/block/%d:%d", unix.Major(stat.Dev), unix.Minor(stat.Dev)))
}
