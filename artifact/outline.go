package artifact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// An outline is the states before each chunk of a blob but the first, one after the other. It is no secret and nobody trusts it:
// whoever reads a chunk with its state hashes it, and one that is wrong or gone is made anew from the blob.

// ErrDamaged says that the bytes of a blob on this disk are no longer those of its digest.
var ErrDamaged = errors.New("the blob is damaged")

// Chunk reads a chunk of a blob into b, which is as long as the chunk, and gives the state before it. What it gives is right: it
// hashes the chunk, so that nobody passes on what a disk has damaged.
func (s *Store) Chunk(ctx context.Context, info Info, chunk int64, b []byte) (State, error) {
	if chunk < 0 || chunk >= Chunks(info.Size) || int64(len(b)) != ChunkLen(info.Size, chunk) {
		return State{}, fmt.Errorf("blob %s has no chunk %d of %d bytes", info.Digest, chunk, len(b))
	}
	file, err := s.Open(info.Digest)
	if err != nil {
		return State{}, err
	}
	defer file.Close() //nolint:errcheck // only read
	if _, err := file.ReadAt(b, chunk*ChunkSize); err != nil {
		return State{}, fmt.Errorf("read blob %s: %w", info.Digest, err)
	}
	start, end, err := s.states(info, chunk)
	if err == nil && ChunkEnd(info.Size, chunk, start, b) == end {
		return start, nil
	}
	if err := s.outline(ctx, info.Digest); err != nil {
		return State{}, err
	}
	if start, end, err = s.states(info, chunk); err == nil && ChunkEnd(info.Size, chunk, start, b) != end {
		err = fmt.Errorf("%w: chunk %d of %s", ErrDamaged, chunk, info.Digest)
	}
	return start, err
}

// Outlined makes the outline of a blob that has none, such as one from before there were any.
func (s *Store) Outlined(ctx context.Context, info Info) error {
	if stat, err := os.Stat(s.outlinePath(info.Digest)); Chunks(info.Size) < 2 || err == nil && stat.Size() == outlineLen(info.Size) {
		return nil
	}
	return s.outline(ctx, info.Digest)
}

// states are the ones before and behind a chunk.
func (s *Store) states(info Info, chunk int64) (start, end State, err error) {
	start, end = FirstState(), State(info.Digest.Sum())
	last := Chunks(info.Size) - 1
	if last == 0 {
		return start, end, nil
	}
	file, err := os.Open(s.outlinePath(info.Digest))
	if err != nil {
		return start, end, err
	}
	defer file.Close() //nolint:errcheck // only read
	if chunk > 0 {
		_, err = file.ReadAt(start[:], (chunk-1)*int64(len(start)))
	}
	if err == nil && chunk < last {
		_, err = file.ReadAt(end[:], chunk*int64(len(end)))
	}
	return start, end, err
}

// outline hashes the whole blob. One at a time: the rest waits, and finds the work done.
func (s *Store) outline(ctx context.Context, d Digest) error {
	s.outlining.Lock()
	defer s.outlining.Unlock()
	file, err := s.Open(d)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	out := newOutliner()
	if _, err := io.CopyBuffer(out, reader{ctx, file}, make([]byte, copyBuffer)); err != nil {
		return fmt.Errorf("outline blob %s: %w", d, err)
	}
	if out.digest() != d {
		return fmt.Errorf("%w: %s", ErrDamaged, d)
	}
	return s.writeOutline(d, out.states)
}

// writeOutline puts an outline beside a blob. It is not flushed to the disk: losing it costs one hashing.
func (s *Store) writeOutline(d Digest, states []State) error {
	if len(states) == 0 {
		return nil
	}
	text := make([]byte, 0, len(states)*len(State{}))
	for _, state := range states {
		text = append(text, state[:]...)
	}
	if err := s.place(s.outlinePath(d), text); err != nil {
		return fmt.Errorf("outline blob %s: %w", d, err)
	}
	return nil
}

// place writes a file in one step.
func (s *Store) place(path string, content []byte) error {
	temp, err := os.CreateTemp(s.partials(), "put-*")
	if err != nil {
		return err
	}
	_, err = temp.Write(content)
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}

// remove deletes a blob, and its outline.
func (s *Store) remove(d Digest) error {
	if err := os.Remove(s.Path(d)); err != nil {
		return err
	}
	if err := os.Remove(s.outlinePath(d)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func outlineLen(size int64) int64 { return (Chunks(size) - 1) * int64(len(State{})) }

func (s *Store) outlines() string { return filepath.Join(s.dir, "outlines") }

func (s *Store) outlinePath(d Digest) string { return filepath.Join(s.outlines(), "sha256-"+d.Hex()) }
