//go:build !linux

package volume

// There are no loop devices but on Linux.

// Mount shows a volume at a folder.
func Mount(string, string) error { return ErrUnavailable }

// Mounted tells whether something is mounted at a folder.
func Mounted(string) (bool, error) { return false, nil }

// Unmount takes a volume away; none is no error.
func Unmount(string) error { return nil }

// Use is what a mounted volume holds and could, in bytes.
func Use(string) (used, size int64, err error) { return 0, 0, ErrUnavailable }
