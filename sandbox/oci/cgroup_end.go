package oci

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// kill sends SIGKILL to all processes of the group, in each tree: a process may be in some only while it starts.
func (g *group) kill() error {
	for _, dir := range g.dirs() {
		for _, pid := range processes(dir) {
			if err := killProcess(pid); err != nil && !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("kill process %d: %w", pid, err)
			}
		}
	}
	return nil
}

// processes lists who is in a group or in one within it.
func processes(dir string) []int {
	var pids []int
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil //nolint:nilerr // groups vanish while they are read
		}
		text, err := os.ReadFile(filepath.Join(path, "cgroup.procs"))
		if err != nil {
			return nil //nolint:nilerr // as above
		}
		for line := range strings.Lines(string(text)) {
			if pid, err := strconv.Atoi(strings.TrimSpace(line)); err == nil && pid > 0 {
				pids = append(pids, pid)
			}
		}
		return nil
	})
	return pids
}

// remove kills until nobody is left and takes the group away.
func (g *group) remove() error {
	var err error
	for range killTries {
		if err = g.kill(); err != nil {
			return err
		}
		if err = g.removeFolders(); err == nil {
			return nil
		}
		time.Sleep(killPause)
	}
	return fmt.Errorf("remove control group %s: %w", g.name, err)
}

// removeFolders removes the innermost first; files of the kernel go with their folder.
func (g *group) removeFolders() error {
	var all error
	for _, top := range g.dirs() {
		var found []string
		_ = filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				found = append(found, path)
			}
			return nil
		})
		for _, dir := range slices.Backward(found) {
			if err := syscall.Rmdir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
				all = errors.Join(all, fmt.Errorf("%s: %w", dir, err))
			}
		}
	}
	return all
}

// endRuntimes kills the runtimes that still watch over a run in one of these runs' folders: they stand outside the run's group, and
// would write into what is removed.
func endRuntimes(runs string) error {
	for range killTries {
		pids, err := filepath.Glob("/proc/[0-9]*")
		if err != nil {
			return err
		}
		left := 0
		for _, dir := range pids {
			if !watches(dir, runs) {
				continue
			}
			left++
			if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil {
				_ = killProcess(pid)
			}
		}
		if left == 0 {
			return nil
		}
		time.Sleep(killPause)
	}
	return errors.New("a runtime that an earlier process started does not end")
}

// watches tells whether a process is a runtime that was called as we call it, and still lives.
func watches(proc, runs string) bool {
	text, err := os.ReadFile(filepath.Join(proc, "cmdline"))
	if err != nil {
		return false
	}
	args := strings.Split(string(text), "\x00")
	i := slices.Index(args, "--bundle")
	return strings.HasPrefix(filepath.Base(args[0]), "run") && i > 0 && i+1 < len(args) && filepath.Dir(args[i+1]) == runs
}

// sweep removes all groups with this driver's prefix.
func (h *hierarchy) sweep() error {
	names := make(map[string]bool)
	for _, m := range h.mounts {
		entries, err := os.ReadDir(filepath.Join(m, groupRoot))
		if err != nil {
			continue
		}
		for _, e := range entries {
			if e.IsDir() && strings.HasPrefix(e.Name(), h.prefix) {
				names[e.Name()] = true
			}
		}
	}
	var all error
	for name := range names {
		g := &group{of: h, name: filepath.Join(groupRoot, name)}
		all = errors.Join(all, g.remove())
	}
	return all
}

// leaveKeepers removes the group of what watched over services, the last of which may be about to end.
func (h *hierarchy) leaveKeepers(prefix string) {
	for range leaveTries {
		busy := false
		for _, m := range h.mounts {
			busy = errors.Is(syscall.Rmdir(filepath.Join(m, groupRoot, prefix+keepersName)), syscall.EBUSY) || busy
		}
		if !busy {
			return
		}
		time.Sleep(killPause)
	}
}

// leave removes the folder of all groups where no other driver uses it.
func (h *hierarchy) leave() {
	for _, m := range h.mounts {
		_ = syscall.Rmdir(filepath.Join(m, groupRoot))
	}
}
