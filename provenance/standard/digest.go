package standard

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// Bounds of what is read and written.
const (
	// MaxFiles is the most files of one model or data set.
	MaxFiles = 4096
	// maxName bounds a file's name and everything else that is a line of text.
	maxName = 1024
)

// Digest is a SHA-256; zero is none.
type Digest [sha256.Size]byte

// ParseDigest reads 64 hexadecimal digits in lower case.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	if len(s) != 2*len(d) || strings.ToLower(s) != s {
		return d, fmt.Errorf("%w: digest %.80q is not 64 hexadecimal digits in lower case", ErrMalformed, s)
	}
	if _, err := hex.Decode(d[:], []byte(s)); err != nil {
		return Digest{}, fmt.Errorf("%w: digest %q: %w", ErrMalformed, s, err)
	}
	return d, nil
}

// IsZero tells that there is no digest.
func (d Digest) IsZero() bool { return d == Digest{} }

// String is the digest in hexadecimal digits, or nothing.
func (d Digest) String() string {
	if d.IsZero() {
		return ""
	}
	return hex.EncodeToString(d[:])
}

// MarshalText is String.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Digest) UnmarshalText(text []byte) (err error) {
	if *d = (Digest{}); len(text) > 0 {
		*d, err = ParseDigest(string(text))
	}
	return err
}

// File is a file by its digest. Name has slashes and is relative to the model; "." is a model that is one file.
type File struct {
	Name   string `json:"name"`
	Digest Digest `json:"sha256"`
	Size   int64  `json:"size,omitempty"`
}

// Whole is the name of the only file of a model that is one file.
const Whole = "."

// Root is the digest that stands for all files: of their digests, in the order of Model Signing.
func Root(files []File) Digest {
	files = slices.Clone(files)
	sortFiles(files)
	return rootOf(files)
}

func rootOf(files []File) Digest {
	h := sha256.New()
	for _, f := range files {
		h.Write(f.Digest[:])
	}
	return Digest(h.Sum(nil))
}

// sortFiles orders by path, folder by folder, as the reference implementation does.
func sortFiles(files []File) {
	slices.SortFunc(files, func(a, b File) int { return slices.Compare(strings.Split(a.Name, "/"), strings.Split(b.Name, "/")) })
}

// checkFiles holds names to what can be opened below a folder, each once.
func checkFiles(files []File) error {
	if len(files) == 0 || len(files) > MaxFiles {
		return fmt.Errorf("%w: %d files, not 1 to %d", ErrMalformed, len(files), MaxFiles)
	}
	seen := make(map[string]bool, len(files))
	for _, f := range files {
		switch {
		case len(f.Name) > maxName || !fs.ValidPath(f.Name) || f.Name == Whole && len(files) > 1:
			return fmt.Errorf("%w: %.80q is no name of a file below a folder", ErrMalformed, f.Name)
		case seen[f.Name]:
			return fmt.Errorf("%w: the file %q stands twice", ErrMalformed, f.Name)
		case f.Size < 0:
			return fmt.Errorf("%w: the file %q has %d bytes", ErrMalformed, f.Name, f.Size)
		}
		seen[f.Name] = true
	}
	return nil
}

// Sum reads a file whole, a piece at a time.
func Sum(ctx context.Context, r io.Reader) (Digest, int64, error) {
	h := sha256.New()
	n, err := io.Copy(h, reader{ctx, r})
	return Digest(h.Sum(nil)), n, err
}

// reader ends when nobody waits for it any more.
type reader struct {
	ctx context.Context //nolint:containedctx // it lives as long as one call
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// Folder sums the files below a folder, but those that skip names. Links are refused: what they show is not in the folder.
func Folder(ctx context.Context, folder fs.FS, skip func(name string) bool) ([]File, error) {
	var files []File
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && skip != nil && skip(name):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return nil
		case !entry.Type().IsRegular():
			return fmt.Errorf("%w: %s is no regular file", ErrFile, name)
		case len(files) == MaxFiles:
			return fmt.Errorf("%w: the folder has more than %d files", ErrMalformed, MaxFiles)
		}
		f, err := sumFile(ctx, folder, name)
		files = append(files, f)
		return err
	})
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return files, err
}

func sumFile(ctx context.Context, folder fs.FS, name string) (File, error) {
	f, err := folder.Open(name)
	if err != nil {
		return File{}, err
	}
	defer f.Close() //nolint:errcheck // only read
	digest, size, err := Sum(ctx, f)
	if err != nil {
		return File{}, fmt.Errorf("read %s: %w", name, err)
	}
	return File{Name: name, Digest: digest, Size: size}, nil
}
