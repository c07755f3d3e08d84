package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"ayni.example/artifact"
)

// many is a store of many small artifacts; times are in seconds.
type many struct {
	Count       int     `json:"count"`
	Bytes       int     `json:"bytes"`
	Put         float64 `json:"put"`     // each, pinned
	Flushed     float64 `json:"flushed"` // a file alone, written and flushed
	List        float64 `json:"list"`    // all of them, as below
	Pins        float64 `json:"pins"`
	Stat        float64 `json:"stat"` // each
	CollectNone float64 `json:"collect_none"`
	CollectAll  float64 `json:"collect_all"`
}

func manyArtifacts(dir string) (many, error) {
	m := many{Count: 10_000, Bytes: 4096}
	ctx := context.Background()
	s, err := artifact.New(artifact.Config{Dir: filepath.Join(dir, "many")})
	if err != nil {
		return m, err
	}
	all := make([]artifact.Info, 0, m.Count)
	body := make([]byte, m.Bytes)
	m.Put, err = seconds(func() error {
		for i := range m.Count {
			copy(body, fmt.Sprint(i, " "))
			info, err := s.PutPinned(ctx, bytes.NewReader(body), "operator", "")
			if err != nil {
				return err
			}
			all = append(all, info)
		}
		return nil
	})
	if err != nil {
		return m, err
	}
	const files = 500
	for _, step := range []struct {
		into *float64
		each int
		do   func() error
	}{
		{&m.Flushed, files, func() error {
			for i := range files {
				err := flushed(filepath.Join(dir, fmt.Sprint("file-", i)), func(w io.Writer) error { return zeros(w, m.Bytes) })
				if err != nil {
					return err
				}
			}
			return nil
		}},
		{&m.List, 1, func() error { _, err := s.List(); return err }},
		{&m.Pins, 1, func() error { _, err := s.Pins(); return err }},
		{&m.Stat, m.Count, func() error {
			for _, b := range all {
				if _, err := s.Stat(b.Digest); err != nil {
					return err
				}
			}
			return nil
		}},
		{&m.CollectNone, 1, func() error { return collect(ctx, s, 0) }},
	} {
		if *step.into, err = seconds(step.do); err != nil {
			return m, err
		}
		*step.into /= float64(step.each)
	}
	m.Put /= float64(m.Count)
	for _, b := range all {
		if err := s.Unpin(b.Digest, "operator"); err != nil {
			return m, err
		}
	}
	m.CollectAll, err = seconds(func() error { return collect(ctx, s, m.Count) })
	return m, err
}

func collect(ctx context.Context, s *artifact.Store, want int) error {
	freed, err := s.CollectUnpinned(ctx, artifact.Age{})
	if err == nil && len(freed) != want {
		err = fmt.Errorf("collected %d, want %d", len(freed), want)
	}
	return err
}

func seconds(do func() error) (float64, error) {
	began := time.Now()
	err := do()
	return time.Since(began).Seconds(), err
}
