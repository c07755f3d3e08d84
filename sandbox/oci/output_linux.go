package oci

import (
	"os"

	"golang.org/x/sys/unix"
)

// blockSize is what holes of files are made of, on the file systems that we make.
const blockSize = 4096

// firstData is where a file's first bytes lie that are no hole.
func firstData(f *os.File) int64 {
	at, err := unix.Seek(int(f.Fd()), 0, unix.SEEK_DATA)
	if err != nil {
		return 0
	}
	return at
}

// punch gives the disk back what a file has before an offset.
func punch(f *os.File, before int64) error {
	return unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, before-before%blockSize)
}
