package artifact

import (
	"errors"
	"os"
	"syscall"
)

// allocate takes the room of a whole blob at once: a disk that is too full says so before the download, and chunks that are
// written from the end do not scatter the file.
func allocate(file *os.File, size int64) error {
	for {
		err := syscall.Fallocate(int(file.Fd()), 0, 0, size)
		if errors.Is(err, syscall.EOPNOTSUPP) || errors.Is(err, syscall.ENOSYS) {
			return nil
		}
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// flushSoon has the disk begin to write a part of a file, so that little is left for the flush at the end.
func flushSoon(file *os.File, from, n int64) {
	const begin = 2                                           // SYNC_FILE_RANGE_WRITE
	_ = syscall.SyncFileRange(int(file.Fd()), from, n, begin) // the flush at the end tells what fails
}
