package wasm

import (
	"io/fs"
	"path"
	"strings"

	expsys "github.com/tetratelabs/wazero/experimental/sys"
	"github.com/tetratelabs/wazero/sys"
)

// OpenFile implements FS.
func (f *files) OpenFile(p string, flag expsys.Oflag, _ fs.FileMode) (expsys.File, expsys.Errno) {
	dir, name, n, errno := f.walk(p)
	if errno != 0 {
		return nil, errno
	}
	write := flag&(expsys.O_RDWR|expsys.O_WRONLY) != 0
	switch {
	case n == nil && flag&expsys.O_CREAT == 0:
		return nil, expsys.ENOENT
	case n == nil:
		if n, errno = f.create(p, dir, name, false); errno != 0 {
			return nil, errno
		}
	case flag&expsys.O_EXCL != 0 && flag&expsys.O_CREAT != 0:
		return nil, expsys.EEXIST
	case flag&expsys.O_DIRECTORY != 0 && !n.dir():
		return nil, expsys.ENOTDIR
	case write && n.dir():
		return nil, expsys.EISDIR
	case write && !writable(p):
		return nil, expsys.EROFS
	}
	if f.open >= f.limits.Open {
		return nil, expsys.EAGAIN // there is no code for too many files
	}
	h := &handle{cursor: cursor[int64]{files: f, node: n}, write: write, read: flag&expsys.O_WRONLY == 0, add: flag&expsys.O_APPEND != 0}
	f.open++
	n.open++
	if flag&expsys.O_TRUNC != 0 && write {
		return h, h.Truncate(0)
	}
	return h, 0
}

// Stat implements FS.
func (f *files) Stat(p string) (sys.Stat_t, expsys.Errno) {
	_, _, n, errno := f.walk(p)
	if errno == 0 && n == nil {
		errno = expsys.ENOENT
	}
	if errno != 0 {
		return sys.Stat_t{}, errno
	}
	return n.stat(), 0
}

// Lstat implements FS; there are no links.
func (f *files) Lstat(p string) (sys.Stat_t, expsys.Errno) { return f.Stat(p) }

// Mkdir implements FS.
func (f *files) Mkdir(p string, _ fs.FileMode) expsys.Errno {
	dir, name, n, errno := f.walk(p)
	switch {
	case errno != 0:
		return errno
	case n != nil:
		return expsys.EEXIST
	}
	_, errno = f.create(p, dir, name, true)
	return errno
}

// Rmdir implements FS.
func (f *files) Rmdir(p string) expsys.Errno { return f.unlink(p, true) }

// Unlink implements FS.
func (f *files) Unlink(p string) expsys.Errno { return f.unlink(p, false) }

func (f *files) unlink(p string, folder bool) expsys.Errno {
	dir, name, n, errno := f.walk(p)
	switch {
	case errno != 0:
		return errno
	case n == nil:
		return expsys.ENOENT
	case !writable(p):
		return expsys.EROFS
	case folder && !n.dir():
		return expsys.ENOTDIR
	case !folder && n.dir():
		return expsys.EISDIR
	case len(n.children) > 0:
		return expsys.ENOTEMPTY
	}
	f.remove(dir, name)
	return 0
}

// Rename implements FS.
func (f *files) Rename(from, to string) expsys.Errno {
	source, name, n, errno := f.walk(from)
	if errno != 0 {
		return errno
	}
	target, other, old, errno := f.walk(to)
	switch {
	case errno != 0:
		return errno
	case n == nil:
		return expsys.ENOENT
	case !writable(from) || !writable(to):
		return expsys.EROFS
	case n == old:
		return 0
	case n.dir() && strings.HasPrefix(path.Clean("/"+to)+"/", path.Clean("/"+from)+"/"):
		return expsys.EINVAL
	case old != nil && old.dir() != n.dir():
		return expsys.ENOTDIR
	case old != nil && len(old.children) > 0:
		return expsys.ENOTEMPTY
	case old != nil:
		f.remove(target, other)
	}
	delete(source.children, name)
	target.children[other] = n
	return 0
}

// Chmod implements FS; there are no permissions.
func (f *files) Chmod(p string, _ fs.FileMode) expsys.Errno { return f.Utimens(p, 0, 0) }

// Utimens implements FS; files have no times.
func (f *files) Utimens(p string, _, _ int64) expsys.Errno {
	_, errno := f.Stat(p)
	return errno
}
