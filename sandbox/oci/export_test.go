package oci

import "path/filepath"

// Groups lists the control groups of a driver's folder.
func Groups(dir string) []string {
	h, err := findHierarchy(mountInfo, groupPrefix(dir))
	if err != nil {
		return nil
	}
	var found []string
	for _, m := range h.mounts {
		some, _ := filepath.Glob(filepath.Join(m, groupRoot, h.prefix+"*"))
		found = append(found, some...)
	}
	return found
}
