package home

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrStopped tells that no process runs on the home.
var ErrStopped = errors.New("ayni is not running on this home")

// Running tells other commands how to reach the process that holds the home.
type Running struct {
	URL      string `json:"url"`      // of the gateway
	Operator string `json:"operator"` // of the operator's API
	Control  string `json:"control"`  // bearer token of the operator's API
	PID      int    `json:"pid"`
}

// Announce writes how to reach this process; only the owner may read it.
func (h *Home) Announce(r Running) error {
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("announce: %w", err)
	}
	return WriteFile(h.running(), text)
}

// Withdraw removes the announcement.
func (h *Home) Withdraw() error {
	if err := os.Remove(h.running()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("withdraw: %w", err)
	}
	return nil
}

// Running reads the announcement; ErrStopped when there is none.
func (h *Home) Running() (Running, error) {
	var r Running
	text, err := os.ReadFile(h.running())
	if errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("%w: %s", ErrStopped, h.dir)
	}
	if err != nil {
		return r, fmt.Errorf("read announcement: %w", err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("read announcement: %w", err)
	}
	return r, nil
}

func (h *Home) running() string { return filepath.Join(h.run(), "process.json") }

// ReadFile reads a file that somebody named, of at most so many bytes: it may be one that never ends.
func ReadFile(name string, most int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // nothing was written
	content, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(content)) > most {
		err = fmt.Errorf("%s has more than %d bytes", name, most)
	}
	return content, err
}

// WriteFile replaces a file in one step, flushed to disk, readable by its owner alone.
func WriteFile(name string, content []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = temp.Write(content)
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", name, err), os.Remove(temp.Name()))
	}
	return syncDir(filepath.Dir(name))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return errors.Join(d.Sync(), d.Close())
}
