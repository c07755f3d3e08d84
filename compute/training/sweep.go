package training

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"ayni.example/artifact"
	"ayni.example/internal/home"
)

// closedFile in an order's folder tells since when no lease of this machine works on it.
const closedFile = "closed"

func (w *Worker) mark(dir string) error {
	err := home.WriteFile(filepath.Join(dir, closedFile), []byte(w.cfg.Now().UTC().Format(time.RFC3339)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing was made
	}
	return err
}

// sweep forgets orders that were closed long ago.
func (w *Worker) sweep() error {
	folders, err := os.ReadDir(w.cfg.Dir)
	for _, f := range folders {
		dir := filepath.Join(w.cfg.Dir, f.Name())
		text, readErr := os.ReadFile(filepath.Join(dir, closedFile))
		if readErr != nil {
			continue
		}
		since, parseErr := time.Parse(time.RFC3339, string(text))
		if parseErr == nil && w.cfg.Now().Sub(since) < keptFor {
			continue
		}
		err = errors.Join(err, w.forget(dir))
	}
	return err
}

// forget removes what an order left on this machine.
func (w *Worker) forget(dir string) error {
	list, err := readSegments(dir)
	if err != nil {
		return err
	}
	for _, s := range list {
		if unpinned := w.cfg.Store.Unpin(artifact.Digest(s.State), Owner); !errors.Is(unpinned, artifact.ErrNotPinned) {
			err = errors.Join(err, unpinned)
		}
	}
	return errors.Join(err, dropPack(w.cfg.Store, dir), os.RemoveAll(dir))
}
