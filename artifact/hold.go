package artifact

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// ErrBusy says that something writes to the store, so that blobs without a name may be about to get one.
var ErrBusy = errors.New("blobs are being written to this store")

// lockPoll is how often a lock that another has is tried again.
const lockPoll = 50 * time.Millisecond

// Hold keeps collection away until release is called: from before blobs are written until something names them.
func (s *Store) Hold(ctx context.Context) (release func(), err error) {
	file, err := s.lockFile()
	if err != nil {
		return nil, err
	}
	if err := lock(ctx, file, syscall.LOCK_SH); err != nil {
		return nil, errors.Join(fmt.Errorf("hold artifact store: %w", err), file.Close())
	}
	return func() { _ = file.Close() }, nil // closing ends the lock; nothing was written
}

// Collect deletes blobs that live does not name, and what broken writes left. It asks live once no writer is left, and gives
// ErrBusy at once when there is one: the next collection does the work.
func (s *Store) Collect(ctx context.Context, live func() (map[Digest]bool, error)) (freed []Info, err error) {
	file, err := s.lockFile()
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // closing ends the lock
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, fmt.Errorf("collect: %w", ErrBusy)
	}
	keep, err := live()
	if err != nil {
		return nil, fmt.Errorf("collect: %w", err)
	}
	all, err := s.List()
	if err != nil {
		return nil, err
	}
	for _, blob := range all {
		if keep[blob.Digest] || ctx.Err() != nil {
			continue
		}
		if err := s.remove(blob.Digest); err != nil {
			return freed, fmt.Errorf("collect: %w", err)
		}
		freed = append(freed, blob)
	}
	return freed, errors.Join(s.sweep(), ctx.Err())
}

// sweep deletes unfinished files of Put. Downloads stay: they can be resumed, until DropPartials.
func (s *Store) sweep() error { return s.removePartials("put-") }

// DropPartials deletes downloads that were broken off.
func (s *Store) DropPartials() error {
	file, err := s.lockFile()
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // closing ends the lock
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("drop downloads: %w", ErrBusy)
	}
	return s.removePartials("")
}

func (s *Store) removePartials(prefix string) error {
	entries, err := os.ReadDir(s.partials())
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) {
			errs = append(errs, os.Remove(filepath.Join(s.partials(), e.Name())))
		}
	}
	return errors.Join(errs...)
}

func (s *Store) lockFile() (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(s.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock artifact store: %w", err)
	}
	return file, nil
}

// lock waits for a lock until ctx ends.
func lock(ctx context.Context, file *os.File, how int) error {
	for {
		err := syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB)
		if err == nil || !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lockPoll):
		}
	}
}
