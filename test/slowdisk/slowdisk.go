// Package slowdisk is a folder on a disk that can be made slow while programs use it: a FUSE file system that passes everything
// to another folder and sleeps before it writes and before it makes writes last.
package slowdisk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

const prefix = "ayni-slowdisk-"

// Disk is a mounted folder.
type Disk struct {
	server      *fuse.Server
	write, sync atomic.Int64 // nanoseconds
}

// Missing tells why this machine cannot mount one, or "".
func Missing() string {
	if os.Geteuid() != 0 {
		return "mounting needs root"
	}
	if _, err := os.Stat("/dev/fuse"); err != nil {
		return "there is no /dev/fuse"
	}
	return ""
}

// Mount shows the folder source at the folder target; both exist.
func Mount(source, target string) (*Disk, error) {
	below, err := fs.NewLoopbackRoot(source)
	if err != nil {
		return nil, fmt.Errorf("mount %s: %w", source, err)
	}
	d := &Disk{}
	top, ok := d.wrap(below)
	if !ok {
		return nil, fmt.Errorf("mount %s: the file system's root is a %T", source, below)
	}
	d.server, err = fs.Mount(target, top, &fs.Options{MountOptions: fuse.MountOptions{
		FsName: prefix + strconv.Itoa(os.Getpid()), Name: "slowdisk", DirectMountStrict: true,
	}})
	if err != nil {
		return nil, fmt.Errorf("mount %s: %w", source, err)
	}
	return d, nil
}

// Slow sets how much later each write and each sync comes; zero is as fast as the disk below.
func (d *Disk) Slow(write, sync time.Duration) {
	d.write.Store(int64(write))
	d.sync.Store(int64(sync))
}

// Close unmounts; nobody may have a file of it open.
func (d *Disk) Close() error {
	if err := d.server.Unmount(); err != nil {
		return fmt.Errorf("unmount: %w", err)
	}
	return nil
}

// Sweep unmounts what processes that are no more have left.
func Sweep() error {
	text, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return fmt.Errorf("list mounts: %w", err)
	}
	var errs []error
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		owner, ours := strings.CutPrefix(fields[0], prefix)
		pid, err := strconv.Atoi(owner)
		if !ours || err != nil || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			continue
		}
		if err := unix.Unmount(fields[1], unix.MNT_DETACH); !errors.Is(err, unix.EINVAL) { // which is: others have swept it
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// node is a file or folder whose open files are slow.
type node struct {
	*fs.LoopbackNode
	disk *Disk
}

func (d *Disk) wrap(below fs.InodeEmbedder) (fs.InodeEmbedder, bool) {
	n, ok := below.(*fs.LoopbackNode)
	return &node{n, d}, ok
}

// WrapChild makes whatever is found in a slow folder slow.
func (n *node) WrapChild(_ context.Context, below fs.InodeEmbedder) fs.InodeEmbedder {
	if child, ok := n.disk.wrap(below); ok {
		return child
	}
	return below
}

func (n *node) Open(ctx context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	f, mode, errno := n.LoopbackNode.Open(ctx, flags)
	return n.slow(f), mode, errno
}

func (n *node) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	inode, f, kind, errno := n.LoopbackNode.Create(ctx, name, flags, mode, out)
	return inode, n.slow(f), kind, errno
}

func (n *node) slow(f fs.FileHandle) fs.FileHandle {
	if below, ok := f.(*fs.LoopbackFile); ok {
		return &file{LoopbackFile: below, disk: n.disk}
	}
	return f
}

// file is an open file; everything but writing is as fast as below.
type file struct {
	*fs.LoopbackFile
	disk *Disk
}

func (f *file) Write(ctx context.Context, data []byte, off int64) (uint32, syscall.Errno) {
	time.Sleep(time.Duration(f.disk.write.Load()))
	return f.LoopbackFile.Write(ctx, data, off)
}

func (f *file) Fsync(ctx context.Context, flags uint32) syscall.Errno {
	time.Sleep(time.Duration(f.disk.sync.Load()))
	return f.LoopbackFile.Fsync(ctx, flags)
}

// PassthroughFd tells the kernel not to write past this program.
func (f *file) PassthroughFd() (int, bool) { return 0, false }
