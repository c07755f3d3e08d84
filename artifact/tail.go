package artifact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

// tailStates ends the name of the file beside a tail.
const tailStates = ".states"

// Tail is a blob on its way whose last chunks come first, since the digest proves those. One process at a time has it. What it
// holds after a break is hashed again from the end, so that nothing on the disk needs to be trusted.
type Tail struct {
	store    *Store
	want     Digest
	file     *os.File // the blob, with a hole before the chunks that are there
	states   *os.File // its outline, likewise
	size     int64    // 0 until it is proven
	front    atomic.Int64
	done     bool
	closed   bool
	reserved int64 // of the store's quota
}

// Tail begins or resumes a blob of which only the digest is known. It waits while another writes the same blob. When the blob is
// there already, or by then, Complete says so. The caller ends it with Close.
func (s *Store) Tail(ctx context.Context, d Digest) (*Tail, error) {
	t := &Tail{store: s, want: d}
	for {
		if info, err := s.Stat(d); err == nil {
			t.size, t.done = info.Size, true
			return t, nil
		}
		file, err := openLocked(ctx, t.path())
		if err != nil {
			return nil, fmt.Errorf("resume blob %s: %w", d, err)
		}
		if file == nil {
			continue
		}
		t.file = file
		if info, err := s.Stat(d); err == nil { // it was finished between the two looks
			t.size, t.done = info.Size, true
			return t, errors.Join(os.Remove(t.path()), t.Close())
		}
		if err := t.resume(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("resume blob %s: %w", d, err), t.Close())
		}
		return t, nil
	}
}

// resume hashes what an earlier process left.
func (t *Tail) resume(ctx context.Context) error {
	var err error
	if t.states, err = os.OpenFile(t.path()+tailStates, os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	stat, err := t.file.Stat()
	if err != nil {
		return err
	}
	if stat.Size() == 0 || stat.Size() > t.store.max {
		return nil
	}
	t.size = stat.Size()
	n := Chunks(t.size)
	if err := t.prove(ctx, n); err != nil {
		return err
	}
	if t.front.Load() == n {
		t.size = 0 // nothing of it is proven, so neither is its size
		return nil
	}
	if err := t.store.quota.reserve(t.size); err != nil {
		return err
	}
	t.reserved = t.size
	return nil
}

// prove sets front to the first of the chunks that are right, together with all behind them. All processors hash.
func (t *Tail) prove(ctx context.Context, n int64) error {
	var next, wrong atomic.Int64
	next.Store(n)
	wrong.Store(-1)
	var group sync.WaitGroup
	errs := make(chan error, runtime.GOMAXPROCS(0))
	for range cap(errs) {
		group.Go(func() {
			b := make([]byte, ChunkSize)
			for i := next.Add(-1); i > wrong.Load() && i >= 0; i = next.Add(-1) {
				right, err := t.right(i, n, b)
				if err = errors.Join(err, ctx.Err()); err != nil {
					errs <- err
					return
				}
				for now := wrong.Load(); !right && now < i && !wrong.CompareAndSwap(now, i); now = wrong.Load() {
				}
			}
		})
	}
	group.Wait()
	close(errs)
	t.front.Store(wrong.Load() + 1)
	return <-errs
}

func (t *Tail) right(i, n int64, b []byte) (bool, error) {
	b = b[:ChunkLen(t.size, i)]
	if _, err := t.file.ReadAt(b, i*ChunkSize); err != nil {
		return false, err
	}
	start, err := t.state(i)
	if err != nil {
		return false, err
	}
	end := State(t.want.Sum())
	if i < n-1 {
		if end, err = t.state(i + 1); err != nil {
			return false, err
		}
	}
	return ChunkEnd(t.size, i, start, b) == end, nil
}

// state is the one before a chunk as the file has it; zeros where nothing was written.
func (t *Tail) state(i int64) (State, error) {
	if i == 0 {
		return FirstState(), nil
	}
	var s State
	_, err := t.states.ReadAt(s[:], (i-1)*int64(len(s)))
	if err != nil && !errors.Is(err, io.EOF) {
		return s, err
	}
	return s, nil
}

// Complete tells that the blob is in the store.
func (t *Tail) Complete() bool { return t.done }

// Size is the blob's length, 0 as long as no chunk proved it.
func (t *Tail) Size() int64 { return t.size }

// Front is the first chunk that is there, and with it all behind; Chunks(Size()) when none is. It may be asked from anywhere.
func (t *Tail) Front() int64 { return t.front.Load() }

// Wanted is the state that the next chunk, the one before Front, must end in.
func (t *Tail) Wanted() (State, error) {
	if t.Front() == Chunks(t.size) {
		return State(t.want.Sum()), nil
	}
	return t.state(t.Front())
}

// Begin makes room for a blob whose size the last chunk has proven.
func (t *Tail) Begin(size int64) error {
	if size <= 0 || size > t.store.max {
		return fmt.Errorf("blob %s of %d bytes: this store takes at most %d", t.want, size, t.store.max)
	}
	if free, err := t.store.Free(); err == nil && uint64(size) > free {
		return fmt.Errorf("blob %s needs %d bytes, the disk has %d: %w", t.want, size, free, syscall.ENOSPC)
	}
	if err := t.store.quota.reserve(size); err != nil {
		return err
	}
	t.reserved = size
	err := errors.Join(t.file.Truncate(0), t.states.Truncate(0))
	if err == nil {
		err = allocate(t.file, size)
	}
	if err == nil {
		err = t.file.Truncate(size)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("blob %s: make room for %d bytes: %w", t.want, size, err), t.file.Truncate(0))
	}
	t.size = size
	t.front.Store(Chunks(size))
	return nil
}

// Add writes the chunk before Front, which the caller has checked against Wanted.
func (t *Tail) Add(start State, content []byte) error {
	i := t.front.Load() - 1
	if _, err := t.file.WriteAt(content, i*ChunkSize); err != nil {
		return fmt.Errorf("blob %s: %w", t.want, err)
	}
	if i > 0 {
		if _, err := t.states.WriteAt(start[:], (i-1)*int64(len(start))); err != nil {
			return fmt.Errorf("blob %s: %w", t.want, err)
		}
	}
	flushSoon(t.file, i*ChunkSize, int64(len(content)))
	t.front.Store(i)
	return nil
}

// Chunk reads a chunk that is there. It may be called beside Add.
func (t *Tail) Chunk(i int64, b []byte) (State, error) {
	if i < t.Front() {
		return State{}, fmt.Errorf("%w: chunk %d of %s", ErrAbsent, i, t.want)
	}
	if _, err := t.file.ReadAt(b, i*ChunkSize); err != nil {
		return State{}, fmt.Errorf("%w: chunk %d of %s: %w", ErrAbsent, i, t.want, err) // the fetch has ended
	}
	return t.state(i)
}

// Commit puts the blob into the store once all chunks are there.
func (t *Tail) Commit() error {
	if t.done {
		return nil
	}
	if t.size == 0 || t.Front() > 0 {
		return fmt.Errorf("blob %s: %d chunks are missing", t.want, t.Front())
	}
	err := t.file.Sync()
	if err == nil {
		err = os.Rename(t.states.Name(), t.store.outlinePath(t.want))
	}
	if err == nil {
		err = t.store.commit(t.file, t.want, nil)
	}
	if err != nil {
		return fmt.Errorf("store blob %s: %w", t.want, err)
	}
	t.done = true
	return nil
}

// Close lets the next one have the files. What is there stays, unless it is nothing.
func (t *Tail) Close() error {
	if t.file == nil || t.closed {
		return nil
	}
	t.closed = true
	t.store.quota.release(t.reserved, t.done)
	var err error
	if empty := t.size == 0 || t.Front() == Chunks(t.size); empty && !t.done {
		for _, name := range []string{t.path() + tailStates, t.path()} {
			if e := os.Remove(name); !errors.Is(e, fs.ErrNotExist) {
				err = errors.Join(err, e)
			}
		}
	}
	if t.states != nil {
		err = errors.Join(err, t.states.Close())
	}
	return errors.Join(err, t.file.Close())
}

func (t *Tail) path() string { return filepath.Join(t.store.partials(), "tail-"+t.want.Hex()) }
