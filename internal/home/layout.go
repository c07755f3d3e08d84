package home

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ErrNewerHome is a home that a newer program has arranged.
var ErrNewerHome = errors.New("this home was arranged by a newer ayni")

// migration brings a home from one layout to the next. It may be run again after it was cut off anywhere.
type migration struct {
	changes []string // files, copied before
	run     func(dir string) error
}

// migrations begin with the one from layout 1 to 2. A new home has the last layout.
func migrations() []migration {
	return []migration{
		{changes: []string{"data/peers"}, run: exposePeers},
	}
}

// exposePeers moves the list of ledger nodes to where the owner finds and edits it.
func exposePeers(dir string) error {
	err := os.Rename(filepath.Join(dir, "data", "peers"), filepath.Join(dir, "peers"))
	if errors.Is(err, fs.ErrNotExist) { // moved before, or a home that follows nobody
		return nil
	}
	return err
}

// settle brings the home's files to the last layout. The caller holds the lock.
func (h *Home) settle(steps []migration) error {
	last := len(steps) + 1
	layout, err := h.layout(last)
	if err != nil {
		return err
	}
	if layout > last {
		return fmt.Errorf("%w: layout %d, this program knows %d; install the newer one", ErrNewerHome, layout, last)
	}
	for ; layout < last; layout++ {
		step := steps[layout-1]
		if err := h.backup(layout, step.changes); err != nil {
			return fmt.Errorf("copy files before they change: %w", err)
		}
		if err := step.run(h.dir); err != nil {
			return fmt.Errorf("bring home from layout %d to %d: %w", layout, layout+1, err)
		}
		if err := h.setLayout(layout + 1); err != nil {
			return err
		}
	}
	return nil
}

// layout is that of the home's files. A new home gets the last one; homes from before layouts were numbered have the first.
func (h *Home) layout(last int) (int, error) {
	text, err := os.ReadFile(h.layoutFile())
	switch {
	case err == nil:
		layout, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil || layout < 1 {
			return 0, fmt.Errorf("%s holds %q instead of a number; restore it from a backup", h.layoutFile(), text)
		}
		return layout, nil
	case !errors.Is(err, fs.ErrNotExist):
		return 0, fmt.Errorf("read layout of home: %w", err)
	}
	for _, name := range []string{h.Wallet(), h.Genesis(), filepath.Join(h.dir, "data", "peers")} {
		if _, err := os.Stat(name); err == nil {
			return 1, nil
		}
	}
	return last, h.setLayout(last)
}

func (h *Home) setLayout(layout int) error {
	return WriteFile(h.layoutFile(), fmt.Appendln(nil, layout))
}

// backup copies files to HOME/backup/layout-N, all or none. A copy from before an interruption is left alone, since the files
// may have changed since.
func (h *Home) backup(layout int, files []string) error {
	folder := filepath.Join(h.dir, "backup", fmt.Sprintf("layout-%d", layout))
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	part := folder + ".part"
	if err := errors.Join(os.RemoveAll(part), os.MkdirAll(part, 0o700)); err != nil {
		return err
	}
	for _, name := range files {
		content, err := os.ReadFile(filepath.Join(h.dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := WriteFile(filepath.Join(part, strings.ReplaceAll(name, "/", "_")), content); err != nil {
			return err
		}
	}
	return errors.Join(os.Rename(part, folder), syncDir(filepath.Dir(folder)))
}

func (h *Home) layoutFile() string { return filepath.Join(h.dir, "layout") }
