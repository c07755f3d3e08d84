package oci

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"ayni.example/sandbox"
)

const (
	groupRoot = "ayni-sandbox"
	inner     = "c" // the runtime's own group in ours
	// keepersName is no name of a service.
	keepersName = "_keepers"
	swapSlack   = 1 << 20
	killTries   = 500
	leaveTries  = 20
	killPause   = 10 * time.Millisecond
)

// hierarchy is where the kernel shows control groups: one tree of version 2, or one a controller of version 1.
type hierarchy struct {
	mounts      []string          // all trees, in each of which a runtime may leave a folder
	controllers map[string]string // memory, pids, cpu, cpuacct: the tree of version 1
	unified     string            // the tree of version 2, "" where memory is version 1
	prefix      string            // of our groups' names
}

// overhead is what a runtime takes of a run's limits.
type overhead struct {
	memory    int64
	processes int
}

// groupPrefix names the groups of one driver's folder, so that a sweep takes no other's.
func groupPrefix(dir string) string {
	sum := sha256.Sum256([]byte(dir))
	return hex.EncodeToString(sum[:6]) + "-"
}

// findHierarchy reads the mounts.
func findHierarchy(mountinfo, prefix string) (*hierarchy, error) {
	f, err := os.Open(mountinfo)
	if err != nil {
		return nil, fmt.Errorf("control groups are not found: %w", err)
	}
	defer func() { _ = f.Close() }()
	h := &hierarchy{controllers: make(map[string]string), prefix: prefix}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		before, after, ok := strings.Cut(lines.Text(), " - ")
		fields, kind := strings.Fields(before), strings.Fields(after)
		if !ok || len(fields) < 5 || len(kind) < 3 {
			continue
		}
		h.add(fields[4], kind[0], strings.Split(kind[2], ","))
	}
	for _, c := range []string{"memory", "pids", "cpu", "cpuacct"} {
		if h.unified == "" && h.controllers[c] == "" {
			return nil, fmt.Errorf("the control group %q is not mounted; boot with it enabled", c)
		}
	}
	return h, nil
}

func (h *hierarchy) add(at, kind string, options []string) {
	switch kind {
	case "cgroup2":
		if slices.Contains(h.mounts, at) {
			return
		}
		h.mounts = append(h.mounts, at)
		has, err := os.ReadFile(filepath.Join(at, "cgroup.controllers"))
		if err == nil && slices.Contains(strings.Fields(string(has)), "memory") {
			h.unified = at
		}
	case "cgroup":
		h.mounts = append(h.mounts, at)
		for _, c := range options {
			h.controllers[c] = at
		}
	}
}

// group is one run's control group.
type group struct {
	of   *hierarchy
	name string
}

// create makes a group with limits. The runtime's own group lies in it, so that nothing depends on what a runtime does with limits.
func (h *hierarchy) create(id string, l sandbox.Limits, o overhead) (*group, error) {
	g := &group{of: h, name: filepath.Join(groupRoot, h.prefix+id)}
	memory := strconv.FormatInt(l.Memory+l.Disk+o.memory, 10) // what lies in a tmpfs counts as memory
	processes := strconv.Itoa(l.Processes + o.processes)
	const period = 100_000
	quota := strconv.Itoa(max(l.Cores*period/1000, 1000))
	var err error
	if h.unified != "" {
		err = g.createUnified([][2]string{
			{"memory.max", memory}, {"memory.oom.group", "1"}, {"pids.max", processes}, {"cpu.max", quota + " " + strconv.Itoa(period)},
		})
	} else {
		// The bound on memory must be the one that is hit: only that one counts how often.
		swap := strconv.FormatInt(l.Memory+l.Disk+o.memory+swapSlack, 10)
		err = g.createSplit(swap, [][3]string{
			{"memory", "memory.limit_in_bytes", memory},
			{"pids", "pids.max", processes},
			{"cpu", "cpu.cfs_period_us", strconv.Itoa(period)},
			{"cpu", "cpu.cfs_quota_us", quota},
			{"cpuacct", "", ""},
		})
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make control group: %w", err), g.remove())
	}
	return g, nil
}

func (g *group) createUnified(settings [][2]string) error {
	dir := g.of.unified
	for _, part := range append([]string{""}, strings.Split(g.name, "/")...) {
		dir = filepath.Join(dir, part)
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return err
		}
		if err := write(dir, "cgroup.subtree_control", "+cpu +memory +pids"); err != nil {
			return err
		}
	}
	for _, s := range settings {
		if err := write(dir, s[0], s[1]); err != nil {
			return err
		}
	}
	return optional(write(dir, "memory.swap.max", "0"))
}

func (g *group) createSplit(swap string, settings [][3]string) error {
	for _, s := range settings {
		dir := filepath.Join(g.of.controllers[s[0]], g.name)
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return err
		}
		if s[1] == "" {
			continue
		}
		if err := write(dir, s[1], s[2]); err != nil {
			return err
		}
	}
	return optional(write(filepath.Join(g.of.controllers["memory"], g.name), "memory.memsw.limit_in_bytes", swap))
}

func write(dir, file, value string) error {
	f, err := os.OpenFile(filepath.Join(dir, file), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}

// optional forgives files that a kernel without swap accounting does not have.
func optional(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// path is what the runtime is told.
func (g *group) path() string { return "/" + g.name + "/" + inner }

// dirs are the group's folders in every tree, whether they are there or not.
func (g *group) dirs() []string {
	dirs := make([]string, len(g.of.mounts))
	for i, m := range g.of.mounts {
		dirs[i] = filepath.Join(m, g.name)
	}
	return dirs
}

// cpu is the time that all processes of the group used.
func (g *group) cpu() time.Duration {
	if g.of.unified != "" {
		return time.Duration(field(filepath.Join(g.of.unified, g.name, "cpu.stat"), "usage_usec")) * time.Microsecond
	}
	return time.Duration(field(filepath.Join(g.of.controllers["cpuacct"], g.name, "cpuacct.usage"), ""))
}

// peak is the most memory that the group had.
func (g *group) peak() int64 {
	if g.of.unified != "" {
		return field(filepath.Join(g.of.unified, g.name, "memory.peak"), "")
	}
	return field(filepath.Join(g.of.controllers["memory"], g.name, "memory.max_usage_in_bytes"), "")
}

// memory is what the group has now.
func (g *group) memory() int64 {
	if g.of.unified != "" {
		return field(filepath.Join(g.of.unified, g.name, "memory.current"), "")
	}
	return field(filepath.Join(g.of.controllers["memory"], g.name, "memory.usage_in_bytes"), "")
}

// keepers makes a group without limits, for what watches over services, and returns its folder in every tree that takes one.
func (h *hierarchy) keepers() ([]string, error) {
	g := &group{of: h, name: filepath.Join(groupRoot, h.prefix+keepersName)}
	for _, dir := range g.dirs() {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return nil, fmt.Errorf("make control group: %w", err)
		}
	}
	return g.dirs(), nil
}

// starved tells whether the group was refused memory.
func (g *group) starved() bool {
	if g.of.unified != "" {
		return field(filepath.Join(g.of.unified, g.name, "memory.events"), "oom_kill") > 0
	}
	return field(filepath.Join(g.of.controllers["memory"], g.name, "memory.failcnt"), "") > 0
}

// crowded tells whether the group was refused a process: version 1 counts that in the runtime's own group, which is gone by then, so
// there it is whether the group was ever full. Kernels before 6.11 do not say that either.
func (g *group) crowded() bool {
	tree := g.of.unified
	if tree == "" {
		tree = g.of.controllers["pids"]
	}
	dir := filepath.Join(tree, g.name)
	most := field(filepath.Join(dir, "pids.max"), "")
	return field(filepath.Join(dir, "pids.events"), "max") > 0 || most > 0 && field(filepath.Join(dir, "pids.peak"), "") >= most
}

// field reads a number from a file of the kernel, the whole of it or behind a name; 0 where there is none.
func field(path, name string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		key, value, found := strings.Cut(strings.TrimSpace(line), " ")
		if name == "" && !found {
			value = key
		} else if key != name {
			continue
		}
		n, err := strconv.ParseInt(value, 10, 64)
		if err == nil {
			return n
		}
	}
	return 0
}
