package artifact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Partial is a blob on its way. One process at a time has it; what it wrote is there for the next one after a break.
type Partial struct {
	store *Store
	file  *os.File
	hash  *outliner
	want  Digest
	total int64
	have  int64
	done  bool

	reserved int64 // of the store's quota
}

// Partial begins or resumes a blob of a known digest and size. It waits while another writes the same blob. When the blob is
// there already, or by then, Complete says so. The caller ends it with Close.
func (s *Store) Partial(ctx context.Context, d Digest, size int64) (*Partial, error) {
	if size < 0 || size > s.max {
		return nil, fmt.Errorf("blob %s of %d bytes: this store takes at most %d", d, size, s.max)
	}
	p := &Partial{store: s, want: d, total: size, hash: newOutliner()}
	for {
		if info, err := s.Stat(d); err == nil {
			if info.Size != size {
				return nil, fmt.Errorf("blob %s has %d bytes, not the %d that were announced", d, info.Size, size)
			}
			p.have, p.done = size, true
			return p, nil
		}
		file, err := openLocked(ctx, s.partial(d))
		if err != nil {
			return nil, fmt.Errorf("resume blob %s: %w", d, err)
		}
		if file == nil {
			continue
		}
		p.file = file
		if _, err := s.Stat(d); err == nil { // it was finished between the two looks
			p.have, p.done = size, true
			return p, errors.Join(s.DropPartial(d), p.Close())
		}
		if err := s.quota.reserve(size); err != nil {
			return nil, errors.Join(err, p.Close())
		}
		p.reserved = size
		return p, p.replay(ctx)
	}
}

// openLocked opens a file that one process at a time may have; nil when the one before finished it or threw it away while we
// waited.
func openLocked(ctx context.Context, name string) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(ctx, file, syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	ours, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if now, err := os.Stat(name); err != nil || !os.SameFile(ours, now) {
		return nil, file.Close()
	}
	return file, nil
}

// replay hashes what an earlier process wrote; more than the blob can have is worth nothing.
func (p *Partial) replay(ctx context.Context) error {
	n, err := io.Copy(p.hash, io.LimitReader(reader{ctx, p.file}, p.total+1))
	if err == nil && n > p.total {
		return p.Restart()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("resume blob %s: %w", p.want, err), p.file.Close())
	}
	p.have = n
	return nil
}

// Complete tells that the blob is in the store.
func (p *Partial) Complete() bool { return p.done }

// Have is how many of the bytes are there.
func (p *Partial) Have() int64 { return p.have }

// Write adds bytes at the end and refuses more than were announced.
func (p *Partial) Write(b []byte) (int, error) {
	if p.done || int64(len(b)) > p.total-p.have {
		return 0, fmt.Errorf("blob %s: more than the %d bytes that were announced", p.want, p.total)
	}
	n, err := p.file.Write(b)
	_, _ = p.hash.Write(b[:n])
	p.have += int64(n)
	return n, err
}

// Restart throws away what is there.
func (p *Partial) Restart() error {
	p.hash = newOutliner()
	p.have = 0
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("blob %s: %w", p.want, err)
	}
	return p.file.Truncate(0)
}

// Commit puts the blob into the store. Bytes that are not the ones named are thrown away, so that the next try begins anew.
func (p *Partial) Commit() error {
	if p.done {
		return nil
	}
	if p.have != p.total {
		return fmt.Errorf("blob %s: %d of %d bytes: %w", p.want, p.have, p.total, io.ErrUnexpectedEOF)
	}
	if have := p.hash.digest(); have != p.want {
		return errors.Join(&MismatchError{Want: p.want, Have: have}, p.Restart())
	}
	if err := p.store.commit(p.file, p.want, p.hash.states); err != nil {
		return fmt.Errorf("store blob %s: %w", p.want, err)
	}
	p.done = true
	return nil
}

// Close lets the next one have the file. What was written stays.
func (p *Partial) Close() error {
	if p.file == nil {
		return nil
	}
	p.store.quota.release(p.reserved, p.done)
	err := p.file.Close()
	p.file = nil
	return err
}

// DropPartial deletes what came of a blob that is in the store by now; who writes it still finds that out by itself.
func (s *Store) DropPartial(d Digest) error {
	if _, err := s.Stat(d); err != nil {
		return err
	}
	if err := os.Remove(s.partial(d)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("drop download: %w", err)
	}
	return nil
}

func (s *Store) partial(d Digest) string { return filepath.Join(s.partials(), "sha256-"+d.Hex()) }

// Free is how many bytes the disk of the store has left.
func (s *Store) Free() (uint64, error) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(s.dir, &stat); err != nil {
		return 0, fmt.Errorf("look at the disk: %w", err)
	}
	return stat.Bavail * uint64(stat.Bsize), nil
}
