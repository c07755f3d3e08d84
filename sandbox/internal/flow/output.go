package flow

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Output opens the folder that gets a run's files; it must be there and empty. An empty path opens none.
func Output(path string) (*os.Root, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // no folder was asked for
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("open the folder for output: %w", err)
	}
	if len(entries) > 0 {
		return nil, fmt.Errorf("the folder for output %s is not empty; give a new one", path)
	}
	return os.OpenRoot(path)
}

// Save writes one file into the folder, at most limit bytes.
func Save(to *os.Root, name string, from io.Reader, limit int64) (int64, error) {
	f, err := to.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(f, io.LimitReader(from, limit))
	return n, errors.Join(err, f.Close())
}
