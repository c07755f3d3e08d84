package recipe

import (
	"os"
	"path/filepath"
	"strings"
)

// Expand puts environment variables in place of ${NAME} in a path; a relative one starts at the folder of the recipe.
func (r *Recipe) Expand(field, path string, lookup func(name string) (string, bool)) (string, error) {
	if path == "" {
		return "", nil
	}
	missing := ""
	path = os.Expand(path, func(name string) string {
		value, ok := lookup(name)
		if !ok || value == "" {
			missing = name
		}
		return value
	})
	if missing != "" {
		return "", r.errorf(field, missing+"=... before the command sets it", "the environment variable %s is not set", missing)
	}
	if home, ok := strings.CutPrefix(path, "~/"); ok {
		if dir, set := lookup("HOME"); set {
			path = filepath.Join(dir, home)
		}
	}
	if filepath.IsAbs(path) {
		return path, nil
	}
	return filepath.Join(r.dir, path), nil
}
