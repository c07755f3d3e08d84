package oci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Reading of output.
const (
	followEvery = 100 * time.Millisecond
	readSize    = 32 << 10
)

// Output copies what a service wrote from an offset on, and returns the offset behind it. An offset of what is not kept any more
// moves to where the kept part begins; one below 0 counts from the end. With follow it goes on until ctx ends or the service does.
// The file only grows: what is not kept is a hole at its beginning, so that offsets stay what they are.
func (s *Services) Output(ctx context.Context, name string, offset int64, follow bool, each func(offset int64, text []byte) error) (int64, error) {
	v, err := s.known(name)
	if err != nil {
		return offset, err
	}
	spec, err := v.spec()
	if err != nil {
		return offset, err
	}
	f, err := openOutput(spec.Space)
	if errors.Is(err, fs.ErrNotExist) {
		return max(offset, 0), nil
	}
	if err != nil {
		return offset, err
	}
	defer func() { _ = f.Close() }()
	if offset, err = begin(f, offset); err != nil {
		return offset, err
	}
	b := make([]byte, readSize)
	for {
		over := follow && !v.alive() // asked before the read: what comes after was written before
		n, err := f.ReadAt(b, offset)
		if n > 0 {
			if err := each(offset, b[:n]); err != nil {
				return offset, err
			}
			offset += int64(n)
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return offset, fmt.Errorf("read output of %s: %w", name, err)
		}
		if !follow || over {
			return offset, nil
		}
		select {
		case <-ctx.Done():
			return offset, ctx.Err()
		case <-time.After(followEvery):
		}
	}
}

// openOutput opens the file of a service's output. Only we name files there, so it is no link.
func openOutput(space string) (*os.File, error) {
	return os.OpenFile(filepath.Join(space, outputFile), os.O_RDWR, 0)
}

// begin turns an offset into one at which something is kept.
func begin(f *os.File, offset int64) (int64, error) {
	st, err := f.Stat()
	if err != nil {
		return offset, err
	}
	if offset < 0 {
		offset = max(st.Size()+offset, 0)
	}
	return min(max(offset, firstData(f)), max(st.Size(), 0)), nil
}

// Trim drops output beyond what each service keeps. It is to be called every second or so.
func (s *Services) Trim() error {
	names, err := s.List()
	for _, name := range names {
		v := s.of(name)
		spec, specErr := v.spec()
		if specErr != nil {
			continue // removed just now
		}
		f, openErr := openOutput(spec.Space)
		if openErr != nil {
			continue // nothing was written
		}
		st, statErr := f.Stat()
		if statErr == nil && st.Size()-firstData(f) > spec.Log+spec.Log/2 {
			statErr = punch(f, st.Size()-spec.Log)
		}
		err = errors.Join(err, statErr, f.Close())
	}
	return err
}
