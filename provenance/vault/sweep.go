package vault

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// unfinished begins the name of a folder that is being filled.
const unfinished = ".new-"

// writing is how long a file may take to be written: younger ones may be somebody's.
const writing = time.Minute

// sweep removes what writers left that did not come to their end. The caller holds the lock.
func (v *Vault) sweep() error {
	entries, err := os.ReadDir(filepath.Join(v.dir, "objects"))
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), unfinished) {
			errs = append(errs, wipeFolder(filepath.Join(v.dir, "objects", e.Name())))
		}
	}
	for _, folder := range []string{"grants", "received", "kept"} {
		left, err := filepath.Glob(filepath.Join(v.dir, folder, "*"+wiped))
		errs = append(errs, err)
		for _, path := range left {
			errs = append(errs, wipe(path))
		}
	}
	for _, folder := range []string{"", "grants", "received", "kept", "erasures", "objects/*"} {
		left, err := filepath.Glob(filepath.Join(v.dir, folder, ".*-*")) // what home.WriteFile begins
		errs = append(errs, err)
		for _, path := range left {
			if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() && v.now().Sub(info.ModTime()) > writing {
				errs = append(errs, wipe(path))
			}
		}
	}
	return errors.Join(errs...)
}
