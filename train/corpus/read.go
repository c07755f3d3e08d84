package corpus

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds on what one run reads; all text is in memory.
const (
	maxFiles = 1 << 20
	maxTotal = 4 << 30
	maxList  = 256 << 20
)

// Config says where the text is.
type Config struct {
	Folder   string
	Include  []string // globs; none: every file
	Exclude  []string
	List     string // file with "DIGEST [train|held] PATH" lines; then there are no globs
	HeldOut  int    // one file in so many is held out; 0: none but those that the list marks
	MaxBytes int64  // of one file; larger ones are left out
	Strip    bool   // remove a leading comment that holds the word Copyright
}

// File is one text.
type File struct {
	Path   string
	Digest [sha256.Size]byte // of the file as it is on disk
	Text   string
}

// Corpus is what a run trains on and what it is measured on.
type Corpus struct {
	Train, Held []File
	LeftOut     map[string]int    // why files of the folder are not used, and how many
	Digest      [sha256.Size]byte // of all paths, digests, splits, and how text was prepared
}

// Read finds, checks and reads all files.
func Read(cfg Config) (*Corpus, error) {
	info, err := os.Stat(cfg.Folder)
	if err != nil {
		return nil, fmt.Errorf("read corpus: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("read corpus: %s is no folder", cfg.Folder)
	}
	c := &Corpus{LeftOut: make(map[string]int)}
	lines, err := entries(cfg, c.LeftOut)
	if err != nil {
		return nil, fmt.Errorf("read corpus: %w", err)
	}
	h := sha256.New()
	fmt.Fprintf(h, "ayni/corpus/1\nstrip %v\n", cfg.Strip)
	total := int64(0)
	for _, l := range lines {
		f, used, err := l.read(cfg, c.LeftOut)
		if err != nil {
			return nil, fmt.Errorf("read corpus: %w", err)
		}
		if !used {
			continue
		}
		if total += int64(len(f.Text)); total > maxTotal {
			return nil, fmt.Errorf("read corpus: more than %d bytes of text", int64(maxTotal))
		}
		split := "train"
		if l.held {
			split = "held"
			c.Held = append(c.Held, f)
		} else {
			c.Train = append(c.Train, f)
		}
		fmt.Fprintf(h, "%x %s %s\n", f.Digest, split, f.Path)
	}
	if len(c.Train) == 0 {
		return nil, &EmptyError{Folder: cfg.Folder, LeftOut: c.LeftOut, Held: len(c.Held)}
	}
	h.Sum(c.Digest[:0])
	return c, nil
}

// EmptyError says why there is nothing to train on.
type EmptyError struct {
	Folder  string
	LeftOut map[string]int
	Held    int
}

// Error counts what was left out.
func (e *EmptyError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "read corpus: no text to train on in %s", e.Folder)
	for _, why := range slices.Sorted(maps.Keys(e.LeftOut)) {
		fmt.Fprintf(&b, "; %d files left out: %s", e.LeftOut[why], why)
	}
	if e.Held > 0 {
		fmt.Fprintf(&b, "; %d held out", e.Held)
	}
	return b.String()
}

// Hint is advice.
func (e *EmptyError) Hint() string {
	return "look at data.folder, include and exclude; with very few files set held_out: 0"
}

// NotAsked is why a file that the globs do not match is left out.
const NotAsked = "not asked for by include and exclude"

// entry is a file that a folder or list names.
type entry struct {
	path   string
	digest string // hexadecimal; "" when nothing says what it must be
	held   bool
}

func entries(cfg Config, leftOut map[string]int) ([]entry, error) {
	if cfg.List != "" {
		f, err := os.Open(cfg.List)
		if err != nil {
			return nil, err
		}
		defer f.Close() //nolint:errcheck // nothing was written
		text, err := io.ReadAll(io.LimitReader(f, maxList+1))
		if err != nil {
			return nil, err
		}
		if len(text) > maxList {
			return nil, fmt.Errorf("%s has more than %d bytes", cfg.List, maxList)
		}
		return parseList(cfg.List, string(text), cfg.HeldOut)
	}
	return find(cfg, leftOut)
}

// find walks the folder. Hidden files and folders are not text that anybody meant.
func find(cfg Config, leftOut map[string]int) ([]entry, error) {
	var out []entry
	err := fs.WalkDir(os.DirFS(cfg.Folder), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular():
			return nil
		case len(cfg.Include) > 0 && !matchAny(cfg.Include, name), matchAny(cfg.Exclude, name):
			leftOut[NotAsked]++
			return nil
		}
		if len(out) == maxFiles {
			return fmt.Errorf("%s has more than %d files", cfg.Folder, maxFiles)
		}
		out = append(out, entry{path: name, held: held(name, cfg.HeldOut)})
		return nil
	})
	slices.SortFunc(out, func(a, b entry) int { return strings.Compare(a.path, b.path) })
	return out, err
}

// held is the rule of the package comment.
func held(name string, oneIn int) bool {
	if oneIn <= 0 {
		return false
	}
	rest := uint64(0)
	for _, b := range sha256.Sum256([]byte(name)) {
		rest = (rest<<8 | uint64(b)) % uint64(oneIn)
	}
	return rest == 0
}

// read gives the text of a file; one that cannot be text is left out, unless a list names it.
func (e entry) read(cfg Config, leftOut map[string]int) (f File, used bool, err error) {
	name := filepath.Join(cfg.Folder, filepath.FromSlash(e.path))
	info, err := os.Stat(name)
	if err != nil {
		return f, false, err
	}
	why := ""
	if info.Size() > cfg.MaxBytes {
		why = fmt.Sprintf("larger than %d bytes", cfg.MaxBytes)
	} else {
		raw, err := os.ReadFile(name)
		if err != nil {
			return f, false, err
		}
		f = File{Path: e.path, Digest: sha256.Sum256(raw), Text: string(raw)}
		if have := hex.EncodeToString(f.Digest[:]); e.digest != "" && e.digest != have {
			return f, false, &DigestError{Path: name, Want: e.digest, Have: have}
		}
		if cfg.Strip {
			f.Text = strip(f.Text)
		}
		if !utf8.ValidString(f.Text) || strings.Contains(f.Text, "\x00") {
			why = "not UTF-8 text"
		} else if f.Text == "" {
			why = "empty"
		}
	}
	if why != "" && e.digest != "" {
		return f, false, fmt.Errorf("%s is %s, and the list names it", name, why)
	}
	if why != "" {
		leftOut[why]++
	}
	return f, why == "", nil
}

// DigestError tells that a file is not the one that a list names.
type DigestError struct{ Path, Want, Have string }

// Error names the file and both digests.
func (e *DigestError) Error() string {
	return fmt.Sprintf("%s has digest sha256:%s, the list says sha256:%s", e.Path, e.Have, e.Want)
}

// Hint is advice.
func (e *DigestError) Hint() string {
	return "data.folder holds another version of these files: the head of the list may say which one it wants"
}

// strip removes a leading block of line comments that holds the word Copyright, and the blank lines after it.
func strip(text string) string {
	end := 0
	for strings.HasPrefix(text[end:], "//") || strings.HasPrefix(text[end:], "#") {
		n := strings.IndexByte(text[end:], '\n')
		if n < 0 {
			break
		}
		end += n + 1
	}
	if !strings.Contains(text[:end], "Copyright") {
		return text
	}
	return strings.TrimLeft(text[end:], "\n")
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

func match(pattern, parts []string) bool {
	if len(pattern) == 0 {
		return len(parts) == 0
	}
	if pattern[0] == "**" {
		for i := range len(parts) + 1 {
			if match(pattern[1:], parts[i:]) {
				return true
			}
		}
		return false
	}
	if len(parts) == 0 {
		return false
	}
	ok, err := path.Match(pattern[0], parts[0])
	return ok && err == nil && match(pattern[1:], parts[1:])
}
