package artifact

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Age limits a collection of what nobody has pinned.
type Age struct {
	Blobs     time.Time // those last used before; zero: all
	Downloads time.Time // broken off before; zero: none
}

// CollectUnpinned deletes blobs that nobody has pinned, downloads that nobody went on with, and what broken writes left. Unlike
// Collect it runs beside writers: whoever needs a blob pins it before it gets its name.
func (s *Store) CollectUnpinned(ctx context.Context, age Age) (freed []Info, err error) {
	all, _, err := s.unpinned()
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		if ctx.Err() != nil {
			return freed, ctx.Err()
		}
		if !age.Blobs.IsZero() && !b.used.Before(age.Blobs) {
			continue
		}
		if err := s.remove(b.Digest); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return freed, fmt.Errorf("collect: %w", err)
		}
		freed = append(freed, b.Info)
	}
	return freed, errors.Join(s.sweepAlone(), s.dropTails(age.Downloads))
}

// Touch notes that a blob was used.
func (s *Store) Touch(d Digest, now time.Time) error { return os.Chtimes(s.Path(d), now, now) }

// Remove deletes a blob that nobody has pinned.
func (s *Store) Remove(d Digest) error {
	pins, err := s.pinNames()
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(pins, func(p Pin) bool { return p.Digest == d }); i >= 0 {
		return fmt.Errorf("remove %s: it is pinned by %s", d, pins[i].Owner)
	}
	err = s.remove(d)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrAbsent, d)
	}
	return err
}

// used is a blob and when it was used last.
type used struct {
	Info
	used time.Time
}

// unpinned are the blobs without a pin, those used longest ago first, and how many bytes the others have. Pins are read after
// blobs: a blob that is listed has had its pin before.
func (s *Store) unpinned() (list []used, pinned int64, err error) {
	all, err := s.List()
	if err != nil {
		return nil, 0, err
	}
	pins, err := s.pinNames()
	if err != nil {
		return nil, 0, err
	}
	keep := make(map[Digest]bool, len(pins))
	for _, p := range pins {
		keep[p.Digest] = true
	}
	for _, b := range all {
		if keep[b.Digest] {
			pinned += b.Size
			continue
		}
		if stat, err := os.Stat(s.Path(b.Digest)); err == nil { // one that was deleted meanwhile is no error
			list = append(list, used{b, stat.ModTime()})
		}
	}
	slices.SortStableFunc(list, func(a, b used) int { return a.used.Compare(b.used) })
	return list, pinned, nil
}

// evict frees at least so many bytes, if it can.
func (s *Store) evict(need int64) (pinned int64, err error) {
	list, pinned, err := s.unpinned()
	if err != nil {
		return 0, err
	}
	var free int64
	for _, b := range list {
		free += b.Size
	}
	for _, b := range list {
		if need <= 0 || free < need { // what does not help stays
			break
		}
		if err := s.remove(b.Digest); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return pinned, fmt.Errorf("make room: %w", err)
		}
		need -= b.Size
		free -= b.Size
	}
	return pinned, nil
}

// sweepAlone deletes what broken writes left, when nobody writes.
func (s *Store) sweepAlone() error {
	file, err := s.lockFile()
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // closing ends the lock
	if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return nil // the next collection does it
	}
	return errors.Join(s.sweep(), s.sweepOutlines())
}

// sweepOutlines deletes outlines of blobs that a crash kept from their names.
func (s *Store) sweepOutlines() error {
	entries, err := os.ReadDir(s.outlines())
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(s.blobs(), e.Name())); errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, os.Remove(filepath.Join(s.outlines(), e.Name())))
		}
	}
	return errors.Join(errs...)
}

// dropTails deletes downloads that nobody has written to since.
func (s *Store) dropTails(since time.Time) error {
	entries, err := os.ReadDir(s.partials())
	if err != nil {
		return fmt.Errorf("drop downloads: %w", err)
	}
	var errs []error
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.ModTime().Before(since) || !strings.HasPrefix(e.Name(), "tail-") || strings.HasSuffix(e.Name(), tailStates) {
			continue
		}
		name := filepath.Join(s.partials(), e.Name())
		file, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil { // else it is being written
			_ = os.Remove(name + tailStates) // it may have none
			errs = append(errs, os.Remove(name))
		}
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}
