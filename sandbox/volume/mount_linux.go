package volume

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// loopTries bounds how often another process may take the loop device that was free.
const loopTries = 16

// loopMajor is the number of loop devices' driver.
const loopMajor = 7

// Mount shows a volume at a folder.
func Mount(file, at string) error {
	mounted, err := Mounted(at)
	if mounted || err != nil {
		return err
	}
	loop, err := attached(file)
	if loop == nil && err == nil {
		loop, err = attach(file)
	}
	if err != nil {
		return fmt.Errorf("mount %s: %w", file, err)
	}
	// The device goes with the mount, or with this descriptor when there was none.
	err = unix.Mount(loop.Name(), at, "ext4", unix.MS_NOSUID|unix.MS_NODEV, "")
	if err = errors.Join(err, loop.Close()); err != nil {
		return fmt.Errorf("mount %s: %w", file, err)
	}
	return nil
}

// Mounted tells whether something is mounted at a folder.
func Mounted(at string) (bool, error) {
	var here, above unix.Stat_t
	if err := unix.Stat(at, &here); err != nil {
		return false, fmt.Errorf("look at %s: %w", at, err)
	}
	if err := unix.Stat(at+"/..", &above); err != nil {
		return false, fmt.Errorf("look at %s: %w", at, err)
	}
	return here.Dev != above.Dev, nil
}

// Unmount takes a volume away; none is no error. What still uses it goes on until it ends.
func Unmount(at string) error {
	err := unix.Unmount(at, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW)
	if err == nil || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) {
		return nil
	}
	return fmt.Errorf("unmount %s: %w", at, err)
}

// Use is what a mounted volume holds and could, in bytes.
func Use(at string) (used, size int64, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(at, &st); err != nil {
		return 0, 0, fmt.Errorf("look at %s: %w", at, err)
	}
	return int64(st.Blocks-st.Bfree) * st.Bsize, int64(st.Blocks) * st.Bsize, nil
}

// attached is the loop device that a file has already, as long as a process in another mount namespace uses what was unmounted
// here; none: nil. A second device would be a second file system over the same bytes, which knows nothing of the first one's.
func attached(file string) (*os.File, error) {
	var want unix.Stat_t
	if err := unix.Stat(file, &want); err != nil {
		return nil, err
	}
	list, err := filepath.Glob("/sys/block/loop*/loop/backing_file")
	if err != nil {
		return nil, err
	}
	for _, name := range list {
		n, err := strconv.Atoi(strings.TrimPrefix(strings.Split(name, "/")[3], "loop"))
		if err != nil {
			continue
		}
		loop, err := open(n, os.O_RDONLY) // others' may not be written to
		if err != nil {
			return nil, err
		}
		info, err := unix.IoctlLoopGetStatus64(int(loop.Fd()))
		if err == nil && info.Device == want.Dev && info.Inode == want.Ino {
			return loop, nil
		}
		if err := loop.Close(); err != nil { // it is another's, or has been freed
			return nil, err
		}
	}
	return nil, nil
}

// attach gives a file to a free loop device.
func attach(file string) (*os.File, error) {
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: there are no loop devices: %w", ErrUnavailable, err)
	}
	defer func() { _ = control.Close() }()
	backing, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = backing.Close() }()
	for range loopTries {
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return nil, fmt.Errorf("find a free loop device: %w", err)
		}
		loop, err := open(n, os.O_RDWR)
		if err != nil {
			return nil, err
		}
		err = unix.IoctlLoopConfigure(int(loop.Fd()), &unix.LoopConfig{
			Fd: uint32(backing.Fd()), Info: unix.LoopInfo64{Flags: unix.LO_FLAGS_AUTOCLEAR},
		})
		if err == nil {
			return loop, nil
		}
		if err = errors.Join(err, loop.Close()); !errors.Is(err, unix.EBUSY) {
			return nil, fmt.Errorf("set up loop device %d: %w", n, err)
		}
	}
	return nil, errors.New("all loop devices are taken as soon as they are free")
}

// open opens a loop device, whose node a small /dev may lack.
func open(n, how int) (*os.File, error) {
	path := "/dev/loop" + strconv.Itoa(n)
	loop, err := os.OpenFile(path, how, 0)
	if !errors.Is(err, os.ErrNotExist) {
		return loop, err
	}
	if err := unix.Mknod(path, unix.S_IFBLK|0o600, int(unix.Mkdev(loopMajor, uint32(n)))); err != nil {
		return nil, fmt.Errorf("make %s: %w", path, err)
	}
	return os.OpenFile(path, how, 0)
}
