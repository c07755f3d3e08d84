package wasm

import (
	"errors"
	"io"
	"maps"
	"slices"

	expsys "github.com/tetratelabs/wazero/experimental/sys"
	"github.com/tetratelabs/wazero/sys"
)

// base puts what is not implemented one level below [cursor].
type base struct{ expsys.UnimplementedFile }

// cursor is a place in a file. It is generic only because vet knows no Seek but io.Seeker's.
type cursor[N int64] struct {
	files *files
	node  *node
	pos   N
}

// handle is an open file or folder.
type handle struct {
	base
	cursor[int64]
	read   bool
	write  bool
	add    bool
	closed bool
}

// Dev implements File.
func (h *handle) Dev() (uint64, expsys.Errno) { return 1, 0 }

// Ino implements File.
func (h *handle) Ino() (sys.Inode, expsys.Errno) { return h.node.ino, 0 }

// IsDir implements File.
func (h *handle) IsDir() (bool, expsys.Errno) { return h.node.dir(), 0 }

// IsAppend implements File.
func (h *handle) IsAppend() bool { return h.add }

// SetAppend implements File.
func (h *handle) SetAppend(add bool) expsys.Errno {
	h.add = add
	return 0
}

// Stat implements File.
func (h *handle) Stat() (sys.Stat_t, expsys.Errno) { return h.node.stat(), 0 }

// Read implements File.
func (h *handle) Read(buf []byte) (int, expsys.Errno) {
	n, errno := h.Pread(buf, h.pos)
	h.pos += int64(n)
	return n, errno
}

// Pread implements File.
func (h *handle) Pread(buf []byte, off int64) (int, expsys.Errno) {
	h.files.charge(len(buf))
	switch {
	case h.closed || !h.read:
		return 0, expsys.EBADF
	case h.node.dir():
		return 0, expsys.EISDIR
	case off < 0:
		return 0, expsys.EINVAL
	case off >= h.node.length():
		return 0, 0
	}
	if h.node.source == nil {
		return copy(buf, h.node.data[off:]), 0
	}
	n, err := h.node.source.ReadAt(buf[:min(int64(len(buf)), h.node.size-off)], off)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, expsys.EIO
	}
	return n, 0
}

// Seek implements File.
func (c *cursor[N]) Seek(offset N, whence int) (N, expsys.Errno) {
	c.files.charge(0)
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += c.pos
	case io.SeekEnd:
		offset += N(c.node.length())
	default:
		return 0, expsys.EINVAL
	}
	if offset < 0 || c.node.dir() && offset != 0 {
		return 0, expsys.EINVAL
	}
	c.pos = offset
	return offset, 0
}

// Readdir implements File. Names come in their order, whatever was made first.
func (h *handle) Readdir(n int) ([]expsys.Dirent, expsys.Errno) {
	if !h.node.dir() {
		return nil, expsys.ENOTDIR
	}
	names := slices.Sorted(maps.Keys(h.node.children))
	h.files.charge(64 * len(names))
	names = names[min(h.pos, int64(len(names))):]
	if n > 0 && len(names) > n {
		names = names[:n]
	}
	entries := make([]expsys.Dirent, len(names))
	for i, name := range names {
		c := h.node.children[name]
		entries[i] = expsys.Dirent{Name: name, Ino: c.ino, Type: c.stat().Mode.Type()}
	}
	h.pos += int64(len(names))
	return entries, 0
}

// Write implements File.
func (h *handle) Write(buf []byte) (int, expsys.Errno) {
	if h.add {
		h.pos = h.node.length()
	}
	n, errno := h.Pwrite(buf, h.pos)
	h.pos += int64(n)
	return n, errno
}

// Pwrite implements File.
func (h *handle) Pwrite(buf []byte, off int64) (int, expsys.Errno) {
	h.files.charge(len(buf))
	switch {
	case h.closed || !h.write:
		return 0, expsys.EBADF
	case off < 0:
		return 0, expsys.EINVAL
	case off > h.files.limits.Disk:
		h.files.full = true
		return 0, expsys.EIO
	}
	end := off + int64(len(buf))
	if more := end - h.node.length(); more > 0 {
		if errno := h.Truncate(end); errno != 0 {
			return 0, errno
		}
	}
	return copy(h.node.data[off:], buf), 0
}

// Truncate implements File.
func (h *handle) Truncate(size int64) expsys.Errno {
	old := h.node.length()
	switch {
	case h.closed || !h.write:
		return expsys.EBADF
	case size < 0:
		return expsys.EINVAL
	case size > h.files.limits.Disk || !h.files.grow(size-old):
		h.files.full = true
		return expsys.EIO
	case size <= old:
		h.files.charge(0)
		clear(h.node.data[size:])
		h.node.data = h.node.data[:size]
		return 0
	}
	h.files.charge(int(size - old))
	h.node.data = slices.Grow(h.node.data, int(size-old))[:size]
	return 0
}

// Sync implements File.
func (h *handle) Sync() expsys.Errno { return 0 }

// Datasync implements File.
func (h *handle) Datasync() expsys.Errno { return 0 }

// Utimens implements File.
func (h *handle) Utimens(_, _ int64) expsys.Errno { return 0 }

// Close implements File.
func (h *handle) Close() expsys.Errno {
	if h.closed {
		return expsys.EBADF
	}
	h.closed = true
	h.files.open--
	h.node.open--
	h.files.drop(h.node)
	return 0
}
