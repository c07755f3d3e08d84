package chain

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// identityOf names a file by what a copy of it does not keep: its number in the file system and the moment of its making. Where
// the file system does not tell the moment, the device stands for it, which a restart may change.
func identityOf(path string) (string, error) {
	var s unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_INO|unix.STATX_BTIME, &s); err != nil {
		return "", fmt.Errorf("look at %s: %w", path, err)
	}
	if s.Mask&unix.STATX_BTIME == 0 {
		return fmt.Sprintf("file %d on %d:%d", s.Ino, s.Dev_major, s.Dev_minor), nil
	}
	return fmt.Sprintf("file %d of %d.%09d", s.Ino, s.Btime.Sec, s.Btime.Nsec), nil
}
