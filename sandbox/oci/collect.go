package oci

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"ayni.example/sandbox"
	"ayni.example/sandbox/internal/flow"
)

// collect copies folders and regular files of /out, never what a link leads to. Nothing of the container runs any more. A file may
// be far larger than what it takes in the tmpfs, so the quota bounds the copies too.
func (r *run) collect() error {
	if r.to == nil {
		return nil
	}
	from, err := os.OpenRoot(r.scratch("out"))
	if err != nil {
		return fmt.Errorf("read output: %w", err)
	}
	left := r.spec.Limits.Disk
	err = fs.WalkDir(from.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		if strings.Count(name, "/") >= depthMax {
			return fmt.Errorf("%s nests too deep", path.Base(name))
		}
		if d.IsDir() {
			return r.to.Mkdir(name, 0o700)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		st, err := d.Info()
		if err != nil {
			return err
		}
		if st.Size() > left {
			r.result.Reason, r.result.Detail = sandbox.OutOfDisk, "files of the output are larger than the quota"
			return fs.SkipAll
		}
		left -= st.Size()
		return r.keep(from, name)
	})
	return errors.Join(err, from.Close())
}

func (r *run) keep(from *os.Root, name string) error {
	f, err := from.Open(name)
	if err != nil {
		return err
	}
	_, err = flow.Save(r.to, name, f, r.spec.Limits.Disk)
	return errors.Join(err, f.Close())
}
