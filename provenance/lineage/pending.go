package lineage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"ayni.example/internal/home"
)

const (
	pendingDir = "pending"
	pendingMax = 64
)

// Want notes that contents are to be registered when this machine next sends something to its ledger.
func (b *Book) Want(contents ...string) error {
	dir := filepath.Join(b.cfg.Dir, pendingDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("lineage: %w", err)
	}
	for _, content := range contents {
		r, err := b.Find(content)
		if err != nil {
			return err
		}
		if r.Ledger {
			continue
		}
		if err := home.WriteFile(filepath.Join(dir, content), nil); err != nil {
			return err
		}
	}
	return nil
}

// Wanted are the contents that wait, a bounded number at a time.
func (b *Book) Wanted() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(b.cfg.Dir, pendingDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("lineage: %w", err)
	}
	var list []string
	for _, e := range entries {
		if len(e.Name()) == digestHex && len(list) < pendingMax {
			list = append(list, e.Name())
		}
	}
	slices.Sort(list)
	return list, nil
}

// Settled takes contents from those that wait.
func (b *Book) Settled(contents ...string) error {
	var failed error
	for _, content := range contents {
		err := os.Remove(filepath.Join(b.cfg.Dir, pendingDir, filepath.Base(content)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
