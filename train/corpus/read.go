package corpus

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
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

// HeldBytes is the size of the text that is held out.
func (c *Corpus) HeldBytes() (n int) {
	for _, f := range c.Held {
		n += len(f.Text)
	}
	return n
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
