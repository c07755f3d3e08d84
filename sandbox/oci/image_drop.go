package oci

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// DropImages removes images that nothing has asked for in a while and that no service or run stands on.
func (d *Driver) DropImages(age time.Duration) error {
	if d.why != nil {
		return nil
	}
	images, err := os.ReadDir(d.path("images"))
	if err != nil {
		return fmt.Errorf("list images: %w", err)
	}
	used, err := d.used()
	if err != nil {
		return err // unknown means keep
	}
	for _, image := range images {
		dir := d.path("images", image.Name())
		st, statErr := os.Stat(filepath.Join(dir, settings))
		if statErr != nil || used["sha256:"+image.Name()] || d.cfg.Now().Sub(st.ModTime()) < age {
			continue
		}
		// The settings go first: without them an image is not there.
		err = errors.Join(err, os.Remove(filepath.Join(dir, settings)), os.RemoveAll(dir))
	}
	return err
}

// used are the digests of images that services stand on. Runs do not last as long as an image that was just asked for is kept.
func (d *Driver) used() (map[string]bool, error) {
	s := &Services{d: d}
	names, err := s.List()
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	used := make(map[string]bool, len(names))
	for _, name := range names {
		spec, err := s.of(name).spec()
		if err != nil {
			return nil, err
		}
		used[spec.Image.Digest] = true
	}
	return used, nil
}
