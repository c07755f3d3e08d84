package artifact

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// ErrPinned says that somebody else keeps a blob.
var ErrPinned = errors.New("it is pinned")

// Erase overwrites and deletes a blob, and takes the pins of these owners on it away: it is to be gone. One that is not here is no error.
// While another owner pins it, it stays as it is, with ErrPinned.
func (s *Store) Erase(d Digest, owners ...string) error {
	pins, err := s.pinNames()
	if err != nil {
		return err
	}
	var own []string
	for _, p := range pins {
		if p.Digest != d {
			continue
		}
		if !slices.Contains(owners, p.Owner) {
			return fmt.Errorf("erase %s: %w by %s", d, ErrPinned, p.Owner)
		}
		own = append(own, p.Owner)
	}
	var errs []error
	for _, owner := range own {
		errs = append(errs, os.Remove(filepath.Join(s.pinned(), pinName(d, owner))))
	}
	file, err := os.OpenFile(s.Path(d), os.O_WRONLY, 0)
	if err == nil {
		errs = append(errs, overwrite(file), file.Close(), s.remove(d))
	} else if !errors.Is(err, fs.ErrNotExist) {
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("erase %s: %w", d, err)
	}
	return syncDir(s.blobs())
}

// overwrite puts random bytes in the place of a file's own.
func overwrite(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	b := make([]byte, copyBuffer)
	for at := int64(0); at < info.Size(); at += int64(len(b)) {
		n := min(int64(len(b)), info.Size()-at)
		_, _ = rand.Read(b[:n]) // never fails
		if _, err := file.WriteAt(b[:n], at); err != nil {
			return err
		}
	}
	return file.Sync()
}
