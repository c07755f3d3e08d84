package wasm

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	expsys "github.com/tetratelabs/wazero/experimental/sys"
	"github.com/tetratelabs/wazero/sys"

	"ayni.example/sandbox"
	"ayni.example/sandbox/internal/flow"
)

const (
	nameMax  = 255
	depthMax = 64
)

// node is a file or a folder.
type node struct {
	ino      uint64
	children map[string]*node // of a folder, else nil
	data     []byte
	source   *os.File // of an input, else nil
	size     int64    // of an input
	fixed    bool     // it is an input, or a folder that must stay
	open     int
	gone     bool // it has no name any more
}

func (n *node) dir() bool { return n.children != nil }

func (n *node) length() int64 {
	if n.source != nil {
		return n.size
	}
	return int64(len(n.data))
}

func (n *node) stat() sys.Stat_t {
	st := sys.Stat_t{Dev: 1, Ino: n.ino, Mode: 0o644, Nlink: 1, Size: n.length()}
	if n.dir() {
		st.Mode, st.Size = fs.ModeDir|0o755, 0
	}
	return st
}

// files is what a module sees as /: in, out and tmp. All of it lies in memory but the inputs, of which only bytes are read.
type files struct {
	expsys.UnimplementedFS
	root   *node
	limits sandbox.Limits
	charge func(bytes int)
	inodes uint64
	used   int64 // bytes in out and tmp
	count  int   // files and folders there
	open   int
	full   bool // a write was refused
}

func newFiles(limits sandbox.Limits, charge func(int)) *files {
	f := &files{limits: limits, charge: charge}
	f.root = f.folder()
	for _, name := range []string{"in", "out", "tmp"} {
		f.root.children[name] = f.folder()
		f.root.children[name].fixed = true
	}
	return f
}

func (f *files) folder() *node {
	f.inodes++
	return &node{ino: f.inodes, children: make(map[string]*node)}
}

func (f *files) input(in sandbox.Input) error {
	source, err := os.Open(in.Path)
	if err != nil {
		return fmt.Errorf("open input %s: %w", in.Name, err)
	}
	st, err := source.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("input %s is no regular file", in.Name)
	}
	f.inodes++
	n := &node{ino: f.inodes, source: source, fixed: true}
	f.root.children["in"].children[in.Name] = n
	if err == nil {
		n.size = st.Size()
	}
	return err
}

func (f *files) close() error {
	var first error
	for _, n := range f.root.children["in"].children {
		if err := n.source.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// save writes /out into a folder of this machine.
func (f *files) save(to *os.Root) error {
	if to == nil {
		return nil
	}
	return saveFolder(to, "", f.root.children["out"])
}

func saveFolder(to *os.Root, at string, dir *node) error {
	for _, name := range slices.Sorted(maps.Keys(dir.children)) {
		n, target := dir.children[name], path.Join(at, name)
		var err error
		if n.dir() {
			if err = to.Mkdir(target, 0o700); err == nil {
				err = saveFolder(to, target, n)
			}
		} else {
			_, err = flow.Save(to, target, bytes.NewReader(n.data), n.length())
		}
		if err != nil {
			return fmt.Errorf("keep output %s: %w", target, err)
		}
	}
	return nil
}

// walk finds a path's folder, its last name, and what has that name, nil if nothing.
func (f *files) walk(p string) (dir *node, name string, n *node, errno expsys.Errno) {
	f.charge(len(p))
	p = strings.TrimPrefix(path.Clean("/"+p), "/")
	if p == "" {
		return nil, "", f.root, 0
	}
	parts := strings.Split(p, "/")
	if len(parts) > depthMax {
		return nil, "", nil, expsys.ENAMETOOLONG
	}
	n = f.root
	for i, part := range parts {
		switch {
		case n == nil:
			return nil, "", nil, expsys.ENOENT
		case !n.dir():
			return nil, "", nil, expsys.ENOTDIR
		case len(part) > nameMax || strings.ContainsRune(part, 0):
			return nil, "", nil, expsys.ENAMETOOLONG
		}
		dir, name, n = n, parts[i], n.children[part]
	}
	return dir, name, n, 0
}

// writable tells whether a path lies in out or tmp.
func writable(p string) bool {
	p = path.Clean("/" + p)
	return strings.HasPrefix(p, "/out/") || strings.HasPrefix(p, "/tmp/")
}

// grow takes bytes of the quota, or gives them back.
func (f *files) grow(size int64) bool {
	if size > 0 && size > f.limits.Disk-f.used {
		f.full = true
		return false
	}
	f.used += size
	return true
}

// create makes an entry.
func (f *files) create(p string, dir *node, name string, folder bool) (*node, expsys.Errno) {
	if !writable(p) {
		return nil, expsys.EROFS
	}
	if f.count >= f.limits.Files {
		f.full = true
		return nil, expsys.EIO // there is no code for a full disk
	}
	n := f.folder()
	if !folder {
		n.children = nil
	}
	dir.children[name] = n
	f.count++
	return n, 0
}

// remove takes a name away; bytes are given back when nobody has the file open.
func (f *files) remove(dir *node, name string) {
	n := dir.children[name]
	delete(dir.children, name)
	n.gone = true
	f.count--
	f.drop(n)
}

func (f *files) drop(n *node) {
	if n.gone && n.open == 0 {
		f.used -= int64(len(n.data))
		n.data = nil
	}
}
