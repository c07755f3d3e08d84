package corpus

import (
	"path"
	"slices"
	"strings"
)

// matchAny tells whether a path matches one of the globs, where ** stands for any number of folders.
// A glob without a slash matches names in every folder.
func matchAny(globs []string, name string) bool {
	parts := strings.Split(name, "/")
	for _, g := range globs {
		pattern := strings.Split(g, "/")
		if len(pattern) == 1 {
			pattern = []string{"**", g}
		}
		if match(pattern, parts) {
			return true
		}
	}
	return false
}

// match goes through the pattern once and keeps, for each number of parts, whether so many are matched: the work is the
// product of both lengths, whatever the pattern.
func match(pattern, parts []string) bool {
	reached := make([]bool, len(parts)+1)
	reached[0] = true
	for _, p := range pattern {
		if p == "**" {
			if first := slices.Index(reached, true); first >= 0 {
				for i := first; i < len(reached); i++ {
					reached[i] = true
				}
			}
			continue
		}
		for i := len(parts); i > 0; i-- {
			if reached[i] = reached[i-1]; reached[i] {
				ok, err := path.Match(p, parts[i-1])
				reached[i] = ok && err == nil
			}
		}
		reached[0] = false
	}
	return reached[len(parts)]
}
