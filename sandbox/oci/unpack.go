package oci

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

const (
	whiteout   = ".wh."
	opaque     = ".wh..wh..opq"
	nameMax    = 255
	pathMax    = 4096
	depthMax   = 128
	linksMax   = 40
	trailMax   = 1 << 20 // zeros that may follow the end of an archive
	entriesMax = 4       // entries of a layer for each file that an image may have: replaced and removed ones count
)

// errEscape is what an image gets whose paths or links lead out of it.
var errEscape = errors.New("a path leads out of the image")

// unpacker writes layers into a folder, through an os.Root that nothing leaves, and follows links itself as in a root of its own.
type unpacker struct {
	root  *os.Root
	bytes int64
	files int
	first int             // of this machine, for the image's user 0; below 0 all is this process's
	seen  int             // entries that are left
	fresh map[string]bool // paths that the current layer made, and their folders
}

func newUnpacker(dir string, bytes int64, files, first int) (*unpacker, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &unpacker{root: root, bytes: bytes, files: files, first: first, seen: files * entriesMax}, nil
}

func (u *unpacker) close() error { return u.root.Close() }

// layer applies one; it is read to its end, because only there its digest is checked.
func (u *unpacker) layer(open func() (io.ReadCloser, error)) error {
	body, err := open()
	if err != nil {
		return err
	}
	u.fresh = make(map[string]bool)
	archive := tar.NewReader(body)
	for err == nil {
		var h *tar.Header
		if h, err = archive.Next(); err != nil {
			break
		}
		if u.seen--; u.seen < 0 {
			err = errors.New("it has too many entries")
			break
		}
		if err = u.entry(h, archive); err != nil {
			err = fmt.Errorf("%q: %w", h.Name, err)
		}
	}
	if errors.Is(err, io.EOF) {
		var n int64
		if n, err = io.Copy(io.Discard, io.LimitReader(body, trailMax)); n == trailMax {
			err = errors.New("it goes on after its end")
		}
	}
	return errors.Join(err, body.Close())
}

func (u *unpacker) entry(h *tar.Header, body io.Reader) error {
	name, err := cleanName(h.Name)
	if err != nil || name == "." {
		return err
	}
	dir, err := u.resolve(path.Dir(name), 0)
	if err != nil {
		return err
	}
	base := path.Base(name)
	if rest, ok := strings.CutPrefix(base, whiteout); ok {
		return u.whiteout(dir, base, rest)
	}
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeDir, tar.TypeSymlink, tar.TypeLink:
	default:
		return nil // devices and pipes are nothing that a program should bring
	}
	if err := u.folders(dir); err != nil {
		return err
	}
	target := path.Join(dir, base)
	if err := u.replace(target, h.Typeflag == tar.TypeDir); err != nil {
		return err
	}
	u.mark(target)
	if h.Typeflag == tar.TypeLink {
		return u.link(h.Linkname, target)
	}
	if err := u.make(h, target, body); err != nil {
		return err
	}
	return u.own(target, h.Uid, h.Gid)
}

// make writes a folder, symbolic link or file.
func (u *unpacker) make(h *tar.Header, target string, body io.Reader) error {
	mode := fs.FileMode(h.Mode).Perm()
	switch h.Typeflag {
	case tar.TypeDir:
		return u.folder(target, mode)
	case tar.TypeSymlink:
		if len(h.Linkname) == 0 || len(h.Linkname) > pathMax || strings.ContainsRune(h.Linkname, 0) {
			return errors.New("the link leads nowhere")
		}
		return errors.Join(u.count(0), u.root.Symlink(h.Linkname, target))
	default:
		return u.file(target, mode, h.Size, body)
	}
}

// own gives a file to the user that the image says, as the users' namespace counts; those outside of it become nobody.
func (u *unpacker) own(target string, uid, gid int) error {
	if u.first < 0 {
		return nil
	}
	inside := func(id int) int {
		if id < 0 || id >= idRange {
			id = nobody
		}
		return u.first + id
	}
	return u.root.Lchown(target, inside(uid), inside(gid))
}

// cleanName makes a path relative and refuses one that climbs.
func cleanName(name string) (string, error) {
	if len(name) > pathMax || strings.ContainsAny(name, "\x00\\") || strings.Count(name, "/") > depthMax {
		return "", fmt.Errorf("%w, or is too long", errEscape)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." || len(part) > nameMax {
			return "", errEscape
		}
	}
	return path.Clean(strings.TrimLeft(name, "/") + "/."), nil
}

// resolve follows links among the folders of a path as they would be followed with the image as root. What is not there stays as it is.
func (u *unpacker) resolve(p string, depth int) (string, error) {
	if depth > linksMax {
		return "", fmt.Errorf("%w: links follow links", errEscape)
	}
	at := "."
	rest := strings.Split(p, "/")
	for i, part := range rest {
		switch part {
		case "", ".":
			continue
		case "..":
			at = path.Join("/", at, "..")[1:]
			if at == "" {
				at = "."
			}
			continue
		}
		next := path.Join(at, part)
		st, err := u.root.Lstat(next)
		if errors.Is(err, fs.ErrNotExist) || err == nil && st.IsDir() {
			at = next
			continue
		}
		if err != nil {
			return "", err
		}
		if st.Mode()&fs.ModeSymlink == 0 {
			return "", fmt.Errorf("%s is no folder", next)
		}
		to, err := u.root.Readlink(next)
		if err != nil {
			return "", err
		}
		if !path.IsAbs(to) {
			to = at + "/" + to
		}
		return u.resolve(to+"/"+strings.Join(rest[i+1:], "/"), depth+1)
	}
	return at, nil
}

// whiteout removes what lower layers made.
func (u *unpacker) whiteout(dir, base, name string) error {
	if base != opaque {
		target := path.Join(dir, name)
		if name == "" || name == "." || name == ".." || u.fresh[target] {
			return nil
		}
		return u.root.RemoveAll(target)
	}
	f, err := u.root.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	names, err := f.Readdirnames(-1)
	err = errors.Join(err, f.Close())
	for _, name := range names {
		if target := path.Join(dir, name); !u.fresh[target] {
			err = errors.Join(err, u.root.RemoveAll(target))
		}
	}
	return err
}

// replace makes room; a folder stays if a folder comes.
func (u *unpacker) replace(target string, folder bool) error {
	st, err := u.root.Lstat(target)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || folder && st.IsDir() {
		return err
	}
	return u.root.RemoveAll(target)
}

// mark notes what the current layer made.
func (u *unpacker) mark(target string) {
	for ; target != "." && !u.fresh[target]; target = path.Dir(target) {
		u.fresh[target] = true
	}
}

// count takes a file and bytes of what an image may have.
func (u *unpacker) count(size int64) error {
	u.files--
	if u.files < 0 || size < 0 || size > u.bytes {
		return errors.New("the image is too large when unpacked; raise the bound on images")
	}
	u.bytes -= size
	return nil
}

// folders makes a folder's parents and itself.
func (u *unpacker) folders(dir string) error {
	if dir == "." {
		return nil
	}
	if st, err := u.root.Lstat(dir); err == nil && st.IsDir() {
		return nil
	}
	if err := u.folders(path.Dir(dir)); err != nil {
		return err
	}
	u.mark(dir)
	return u.folder(dir, 0o755)
}

// folder makes one that its owner can write to and everybody can pass.
func (u *unpacker) folder(target string, mode fs.FileMode) error {
	if err := u.count(0); err != nil {
		return err
	}
	if err := u.root.Mkdir(target, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return errors.Join(u.root.Chmod(target, mode|0o700), u.own(target, 0, 0))
}

func (u *unpacker) file(target string, mode fs.FileMode, size int64, body io.Reader) error {
	if err := u.count(size); err != nil {
		return err
	}
	f, err := u.root.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, body)
	return errors.Join(err, f.Chmod(mode), f.Close())
}

// link gives a second name to a file of the image.
func (u *unpacker) link(to, target string) error {
	name, err := cleanName(to)
	if err != nil {
		return err
	}
	dir, err := u.resolve(path.Dir(name), 0)
	if err != nil {
		return err
	}
	source := path.Join(dir, path.Base(name))
	st, err := u.root.Lstat(source)
	if err != nil {
		return err
	}
	if !st.Mode().IsRegular() {
		return fmt.Errorf("%s is no file to link to", source)
	}
	return errors.Join(u.count(0), u.root.Link(source, target))
}

// mountPoints makes what a run mounts into true folders, so that no link of an image says where.
func (u *unpacker) mountPoints() error {
	for _, name := range []string{"proc", "dev", "tmp", "in", "out", "sys"} {
		if err := errors.Join(u.replace(name, true), u.folder(name, 0o755)); err != nil {
			return fmt.Errorf("make /%s: %w", name, err)
		}
	}
	return errors.Join(u.root.Chmod(".", 0o755), u.own(".", 0, 0))
}
