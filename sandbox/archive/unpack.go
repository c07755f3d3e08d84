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
	"strings"
)

// Owner is who gets what is unpacked; nil leaves it to this process.
type Owner struct{ UID, GID int }

// Unpack writes an archive into a folder. Files that are there are replaced.
func Unpack(ctx context.Context, root *os.Root, from io.Reader, owner *Owner, bounds Bounds) error {
	u := unpacker{ctx: ctx, root: root, owner: owner, bounds: bounds.fill()}
	in := tar.NewReader(reader{ctx, from})
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read archive: %w", err)
		}
		if err := u.entry(h, in); err != nil {
			return fmt.Errorf("unpack %.200q: %w", h.Name, err)
		}
	}
}

type unpacker struct {
	ctx    context.Context //nolint:containedctx // of one call
	root   *os.Root
	owner  *Owner
	bounds Bounds
}

func (u *unpacker) entry(h *tar.Header, body io.Reader) error {
	name := path.Clean(h.Name)
	if len(h.Name) > nameMax || strings.Count(name, "/") > depthMax || !fs.ValidPath(name) || strings.ContainsRune(h.Name, 0) {
		return ErrUnsafe
	}
	if name == "." {
		return nil
	}
	if err := u.folders(path.Dir(name)); err != nil {
		return err
	}
	mode := fs.FileMode(h.Mode).Perm()
	switch h.Typeflag {
	case tar.TypeDir:
		if err := u.bounds.take(0); err != nil {
			return err
		}
		return u.folder(name, mode|0o700)
	case tar.TypeReg:
		if err := u.bounds.take(h.Size); err != nil {
			return err
		}
		return u.file(name, mode, body)
	case tar.TypeSymlink:
		return errors.Join(u.bounds.take(0), u.link(name, h.Linkname))
	}
	return nil
}

// folders makes a folder and those above it.
func (u *unpacker) folders(name string) error {
	if name == "." {
		return nil
	}
	if st, err := u.root.Stat(name); err == nil && st.IsDir() {
		return nil
	}
	if err := u.folders(path.Dir(name)); err != nil {
		return err
	}
	if err := u.bounds.take(0); err != nil {
		return err
	}
	return u.folder(name, 0o755)
}

func (u *unpacker) folder(name string, mode fs.FileMode) error {
	if st, err := u.root.Lstat(name); err == nil && st.IsDir() {
		return nil
	}
	if err := u.root.Mkdir(name, mode); err != nil {
		return err
	}
	return errors.Join(u.root.Chmod(name, mode), u.own(name))
}

// file is written beside its place and moved there, so that who reads it sees the old one or the new one.
func (u *unpacker) file(name string, mode fs.FileMode, body io.Reader) error {
	part := name + ".ayni-part"
	if err := u.root.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := u.root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, body)
	err = errors.Join(err, f.Chmod(mode), f.Close())
	if err == nil {
		err = u.own(part)
	}
	if err == nil {
		err = u.root.Rename(part, name)
	}
	if err != nil {
		return errors.Join(err, u.root.Remove(part))
	}
	return nil
}

// link makes a symbolic link that stays in the folder: where it leads is followed by others, who may not be as careful.
func (u *unpacker) link(name, to string) error {
	if !inside(name, to) {
		return ErrUnsafe
	}
	if err := u.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return errors.Join(u.root.Symlink(to, name), u.own(name))
}

func (u *unpacker) own(name string) error {
	if u.owner == nil {
		return nil
	}
	return u.root.Lchown(name, u.owner.UID, u.owner.GID)
}

// inside tells whether a link stays in its folder.
func inside(name, to string) bool {
	return !path.IsAbs(to) && fs.ValidPath(path.Join(path.Dir(name), to)) && len(to) <= nameMax
}
