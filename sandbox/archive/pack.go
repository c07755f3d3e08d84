package archive

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// Bounds of an archive; zero fields have defaults.
type Bounds struct {
	Bytes   int64 // of all files, 1 GiB when 0
	Entries int   // 100,000 when 0
}

const (
	nameMax  = 4096
	depthMax = 128
)

// ErrTooLarge means that a bound was met.
var ErrTooLarge = errors.New("the archive is too large")

// ErrUnsafe refuses an archive whose names lead out of its folder.
var ErrUnsafe = errors.New("a name in the archive leads out of its folder")

func (b Bounds) fill() Bounds {
	if b.Bytes == 0 {
		b.Bytes = 1 << 30
	}
	if b.Entries == 0 {
		b.Entries = 100_000
	}
	return b
}

// take counts an entry.
func (b *Bounds) take(size int64) error {
	b.Entries--
	if b.Entries < 0 || size < 0 || size > b.Bytes {
		return ErrTooLarge
	}
	b.Bytes -= size
	return nil
}

// Pack writes what lies at a name in a folder: all that is in it when it is a folder, itself when it is a file. The archive ends whole even
// when files change meanwhile; one that shrinks is filled with zeros. Links that lead out of the folder are left out.
func Pack(ctx context.Context, root *os.Root, name string, to io.Writer, bounds Bounds) error {
	p := packer{ctx: ctx, root: root, out: tar.NewWriter(to), bounds: bounds.fill()}
	st, err := root.Stat(name)
	switch {
	case err != nil:
		return err
	case st.Mode().IsRegular():
		err = p.file(name, path.Base(name))
	case st.IsDir():
		err = p.folder(name)
	default:
		err = fmt.Errorf("%s is neither a folder nor a file", name)
	}
	return errors.Join(err, p.out.Close())
}

type packer struct {
	ctx    context.Context //nolint:containedctx // of one call
	root   *os.Root
	out    *tar.Writer
	bounds Bounds
}

func (p *packer) folder(name string) error {
	sub, err := p.root.OpenRoot(name)
	if err != nil {
		return err
	}
	defer func() { _ = sub.Close() }()
	p.root = sub
	return p.walk(".", 0)
}

// walk writes what is in a folder, sorted. What [Unpack] would refuse is refused here, before names of many levels fill the memory.
func (p *packer) walk(dir string, depth int) error {
	entries, err := p.list(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it went away
	}
	if err != nil {
		return err
	}
	for _, d := range entries {
		if err := p.ctx.Err(); err != nil {
			return err
		}
		name := path.Join(dir, d.Name())
		if depth > depthMax || len(name) > nameMax {
			return fmt.Errorf("%w: %.100s... lies too deep", ErrTooLarge, name)
		}
		if err := p.one(name, depth, d); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// list reads a folder, and no more names than the archive may have.
func (p *packer) list(dir string) ([]fs.DirEntry, error) {
	f, err := p.root.OpenFile(dir, os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	entries, err := f.ReadDir(p.bounds.Entries + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(entries) > p.bounds.Entries {
		return nil, ErrTooLarge
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

func (p *packer) one(name string, depth int, d fs.DirEntry) error {
	switch {
	case d.IsDir():
		if err := p.entry(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755}, d); err != nil {
			return err
		}
		return p.walk(name, depth+1)
	case d.Type() == fs.ModeSymlink:
		to, err := p.root.Readlink(name)
		if err != nil || !inside(name, to) {
			return nil //nolint:nilerr // it went away, or leads to what is not in the archive
		}
		return p.entry(&tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: to, Mode: 0o777}, nil)
	case d.Type().IsRegular():
		return p.file(name, name)
	}
	return nil
}

func (p *packer) entry(h *tar.Header, d fs.DirEntry) error {
	if d != nil {
		if st, err := d.Info(); err == nil {
			h.Mode = int64(st.Mode().Perm())
		}
	}
	h.ModTime, h.Format = time.Unix(0, 0), tar.FormatPAX
	if err := p.bounds.take(0); err != nil {
		return err
	}
	return p.out.WriteHeader(h)
}

func (p *packer) file(at, name string) error {
	f, err := p.root.OpenFile(at, os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return err // it was replaced by something else
	}
	if err := p.bounds.take(st.Size()); err != nil {
		return err
	}
	h := tar.Header{
		Typeflag: tar.TypeReg, Name: name, Size: st.Size(), Mode: int64(st.Mode().Perm()), ModTime: time.Unix(0, 0), Format: tar.FormatPAX,
	}
	if err := p.out.WriteHeader(&h); err != nil {
		return err
	}
	n, err := io.Copy(p.out, io.LimitReader(reader{p.ctx, f}, st.Size()))
	if err == nil && n < st.Size() {
		_, err = io.CopyN(p.out, zeros{}, st.Size()-n)
	}
	return err
}

type reader struct {
	ctx context.Context //nolint:containedctx // of one call
	io.Reader
}

// Read implements io.Reader.
func (r reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(b)
}

type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
