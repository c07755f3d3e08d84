package oci

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	mountInfo   = "/proc/self/mountinfo"
	nonBlocking = unix.O_NONBLOCK
)

// mountScratch mounts a tmpfs that holds the given bytes and files, and nothing that could be run with privileges.
func mountScratch(dir string, size int64, files int, owner int) error {
	// The folder itself and the two in it are files too.
	options := fmt.Sprintf("size=%d,nr_inodes=%d,mode=0700,uid=%d,gid=%d", size, files+4, owner, owner)
	return unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options)
}

// mountInput shows one file at another place, for reading only.
func mountInput(from, at string) error {
	if err := unix.Mount(from, at, "", unix.MS_BIND, ""); err != nil {
		return err
	}
	const flags = unix.MS_BIND | unix.MS_REMOUNT | unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	return unix.Mount("", at, "", flags, "")
}

// mountFolder shows one folder at another place.
func mountFolder(from, at string) error { return unix.Mount(from, at, "", unix.MS_BIND, "") }

// mountOverlay shows the lower folder, and keeps what is changed of it in the upper one.
func mountOverlay(lower, upper, work, at string) error {
	for _, dir := range []string{lower, upper, work} {
		if strings.ContainsAny(dir, ",:\\") {
			return fmt.Errorf("%s: a path of an overlay has no comma, colon or backslash; choose another folder", dir)
		}
	}
	options := "lowerdir=" + lower + ",upperdir=" + upper + ",workdir=" + work
	return unix.Mount("overlay", at, "overlay", unix.MS_NOSUID|unix.MS_NODEV, options)
}

// unmount takes away all that is mounted on a folder or in it, the last first.
func unmount(dir string) error {
	text, err := os.ReadFile(mountInfo)
	if err != nil {
		return err
	}
	var found []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 5 {
			continue
		}
		at := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(fields[4])
		if at == dir || strings.HasPrefix(at, dir+"/") {
			found = append(found, at)
		}
	}
	for _, at := range slices.Backward(found) {
		if err := unix.Unmount(at, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil && !errors.Is(err, unix.EINVAL) {
			return fmt.Errorf("unmount %s: %w", at, err)
		}
	}
	return nil
}

// scratchUse is what a tmpfs holds, and whether it is full.
func scratchUse(dir string) (used int64, full bool) {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return 0, false
	}
	return int64(st.Blocks-st.Bfree) * st.Bsize, st.Bfree == 0 || st.Ffree == 0
}

func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func killProcess(pid int) error { return unix.Kill(pid, unix.SIGKILL) }

// openFiles are the most that this process may have open.
func openFiles() uint64 {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return 1024
	}
	return l.Max
}

// userNamespaces tells whether the kernel makes them.
func userNamespaces() bool {
	most, err := os.ReadFile("/proc/sys/user/max_user_namespaces")
	return err == nil && strings.TrimSpace(string(most)) != "0"
}
