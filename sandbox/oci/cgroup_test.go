package oci_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ayni.example/sandbox"
	"ayni.example/sandbox/oci"
)

// fake makes the files that the kernel would show in folders of a tree.
func fake(t *testing.T, tree string, files map[string][]string) {
	t.Helper()
	for dir, names := range files {
		if err := os.MkdirAll(filepath.Join(tree, dir), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if err := os.WriteFile(filepath.Join(tree, dir, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func wantFiles(t *testing.T, tree string, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got, err := os.ReadFile(filepath.Join(tree, name)); err != nil || string(got) != value {
			t.Errorf("%s is %q, not %q; %v", name, got, value, err)
		}
	}
}

// mountsFile writes a table of mounts as the kernel does.
func mountsFile(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mountinfo")
	if err := os.WriteFile(path, []byte("22 1 0:1 / / rw - ext4 /dev/root rw\nbroken line\n"+strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var limits = sandbox.Limits{Memory: 10 << 20, Disk: 1 << 20, Processes: 5, Cores: 1500}

// TestUnified writes version 2's files, on a folder that stands for its tree where the kernel has only version 1.
func TestUnified(t *testing.T) {
	tree := t.TempDir()
	if err := os.WriteFile(filepath.Join(tree, "cgroup.controllers"), []byte("cpuset cpu io memory pids\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	control := []string{"cgroup.subtree_control"}
	run := filepath.Join("ayni-sandbox", "test-r1")
	fake(t, tree, map[string][]string{
		".": control, "ayni-sandbox": control,
		run: {"cgroup.subtree_control", "memory.max", "memory.oom.group", "pids.max", "cpu.max", "memory.swap.max"},
	})
	mounts := mountsFile(t, fmt.Sprintf("30 22 0:26 / %s rw,nosuid - cgroup2 cgroup2 rw", tree))
	path, err := oci.CreateGroup(mounts, "r1", limits)
	if err != nil || path != "/"+run+"/c" {
		t.Fatalf("%s, %v", path, err)
	}
	wantFiles(t, tree, map[string]string{
		"cgroup.subtree_control": "+cpu +memory +pids", run + "/cgroup.subtree_control": "+cpu +memory +pids",
		run + "/memory.max": "12582912", run + "/memory.swap.max": "0", run + "/pids.max": "15", run + "/cpu.max": "150000 100000",
	})
}

func TestSplit(t *testing.T) {
	tree := t.TempDir()
	run := filepath.Join("ayni-sandbox", "test-r1")
	fake(t, tree, map[string][]string{
		"memory/" + run:      {"memory.limit_in_bytes"},
		"pids/" + run:        {"pids.max"},
		"cpu,cpuacct/" + run: {"cpu.cfs_period_us", "cpu.cfs_quota_us"},
		"unified":            nil,
	})
	mounts := mountsFile(t,
		fmt.Sprintf("31 22 0:27 / %s/memory rw - cgroup cgroup rw,memory", tree),
		fmt.Sprintf("32 22 0:28 / %s/pids rw - cgroup cgroup rw,pids", tree),
		fmt.Sprintf("33 22 0:29 / %s/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct", tree),
		fmt.Sprintf("34 22 0:30 / %s/unified rw - cgroup2 cgroup2 rw", tree))
	if _, err := oci.CreateGroup(mounts, "r1", limits); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, tree, map[string]string{
		"memory/" + run + "/memory.limit_in_bytes": "12582912", "pids/" + run + "/pids.max": "15",
		"cpu,cpuacct/" + run + "/cpu.cfs_quota_us": "150000",
	})
}

func TestNoControlGroups(t *testing.T) {
	if _, err := oci.CreateGroup(mountsFile(t, "31 22 0:27 / /nowhere rw - cgroup cgroup rw,memory"), "r1", limits); err == nil ||
		!strings.Contains(err.Error(), `"pids" is not mounted`) {
		t.Error(err)
	}
}
