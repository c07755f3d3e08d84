package convert

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// WriteFolder writes the files of Export into a folder that must not be there yet. What is unfinished does not stay.
func WriteFolder(ctx context.Context, dir string, files []File) error {
	if err := os.Mkdir(dir, 0o755); err != nil { //nolint:gosec // for other programs
		return err
	}
	for _, f := range files {
		err := ctx.Err()
		if err == nil {
			err = writeFile(filepath.Join(dir, f.Name), f)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("%s: %w", f.Name, err), os.RemoveAll(dir))
		}
	}
	return nil
}

func writeFile(path string, f File) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644) //nolint:gosec // as above
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 1<<18)
	if err = f.Write(w); err == nil {
		err = w.Flush()
	}
	return errors.Join(err, file.Sync(), file.Close())
}
