package chain

import (
	"fmt"
	"syscall"
)

// identityOf names a file by what a copy of it does not keep: its number in the file system and the moment of its making.
func identityOf(path string) (string, error) {
	var s syscall.Stat_t
	if err := syscall.Lstat(path, &s); err != nil {
		return "", fmt.Errorf("look at %s: %w", path, err)
	}
	return fmt.Sprintf("file %d of %d.%09d", s.Ino, s.Birthtimespec.Sec, s.Birthtimespec.Nsec), nil
}
