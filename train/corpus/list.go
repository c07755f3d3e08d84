package corpus

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// entry is a file that a folder or list names.
type entry struct {
	path   string
	digest string // hexadecimal; "" when nothing says what it must be
	held   bool
}

func entries(cfg Config, leftOut map[string]int) ([]entry, error) {
	if cfg.List != "" {
		text, err := ReadFile(cfg.List, maxList)
		if err != nil {
			return nil, err
		}
		return parseList(cfg.List, string(text), cfg.HeldOut)
	}
	return find(cfg, leftOut)
}

// parseList reads "DIGEST [train|held] PATH" lines; a line that begins with # is a comment.
func parseList(name, text string, oneIn int) ([]entry, error) {
	var out []entry
	seen := make(map[string]bool)
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		fault := func(why string) error {
			return fmt.Errorf("%s:%d: %s; want a line such as \"SHA256  train  folder/file.txt\"", name, n, why)
		}
		digest, rest, _ := strings.Cut(line, " ")
		digest = strings.TrimPrefix(digest, "sha256:")
		if raw, err := hex.DecodeString(digest); err != nil || len(raw) != sha256.Size {
			return nil, fault("no SHA-256 digest")
		}
		e := entry{digest: strings.ToLower(digest), path: strings.TrimSpace(rest)}
		e.held = held(e.path, oneIn)
		for _, split := range []string{"train", "held"} {
			if tail, ok := strings.CutPrefix(e.path, split+" "); ok {
				e.path, e.held = strings.TrimSpace(tail), split == "held"
				break
			}
		}
		switch {
		case !fs.ValidPath(e.path) || e.path == ".":
			return nil, fault(fmt.Sprintf("%q is no path below the folder", e.path))
		case seen[e.path]:
			return nil, fault(e.path + " stands twice")
		case len(out) == maxFiles:
			return nil, fmt.Errorf("%s has more than %d files", name, maxFiles)
		}
		seen[e.path] = true
		out = append(out, e)
	}
	if len(out) == 0 {
		return nil, errors.New(name + " names no files")
	}
	return out, nil
}
