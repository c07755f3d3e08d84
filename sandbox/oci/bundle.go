package oci

import "time"

// Who a program is.
const (
	nobody   = 65534
	firstUID = 100_000 // of this machine, for user 0 of the namespace
	idRange  = 65_536
	cpuSlack = 5 // seconds

	searchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
)

// owner is the user of this machine that a program is.
func (d *Driver) owner() int {
	if d.users {
		return firstUID + nobody
	}
	return nobody
}

// bundle is the runtime's description of a container, as far as we use it.
type bundle struct {
	Version  string        `json:"ociVersion"`
	Process  bundleProcess `json:"process"`
	Root     bundleRoot    `json:"root"`
	Hostname string        `json:"hostname"`
	Mounts   []bundleMount `json:"mounts"`
	Linux    bundleLinux   `json:"linux"`
}

type bundleProcess struct {
	User            bundleUser          `json:"user"`
	Args            []string            `json:"args"`
	Env             []string            `json:"env"`
	Dir             string              `json:"cwd"`
	NoNewPrivileges bool                `json:"noNewPrivileges"`
	Capabilities    map[string][]string `json:"capabilities"`
	Limits          []bundleLimit       `json:"rlimits"`
	Terminal        bool                `json:"terminal,omitempty"`
	Console         *bundleConsole      `json:"consoleSize,omitempty"`
}

type bundleConsole struct {
	Height uint16 `json:"height"`
	Width  uint16 `json:"width"`
}

type bundleUser struct {
	UID    int   `json:"uid"`
	GID    int   `json:"gid"`
	Groups []int `json:"additionalGids,omitempty"`
}

type bundleLimit struct {
	Type string `json:"type"`
	Hard uint64 `json:"hard"`
	Soft uint64 `json:"soft"`
}

type bundleRoot struct {
	Path     string `json:"path"`
	Readonly bool   `json:"readonly"`
}

type bundleMount struct {
	Destination string   `json:"destination"`
	Type        string   `json:"type"`
	Source      string   `json:"source"`
	Options     []string `json:"options"`
}

type bundleLinux struct {
	CgroupsPath string            `json:"cgroupsPath"`
	UIDs        []bundleMapping   `json:"uidMappings,omitempty"`
	GIDs        []bundleMapping   `json:"gidMappings,omitempty"`
	Namespaces  []bundleNamespace `json:"namespaces"`
	Masked      []string          `json:"maskedPaths"`
	Readonly    []string          `json:"readonlyPaths"`
	Seccomp     *seccompProfile   `json:"seccomp,omitempty"`
}

type bundleMapping struct {
	Container int `json:"containerID"`
	Host      int `json:"hostID"`
	Size      int `json:"size"`
}

type bundleNamespace struct {
	Type string `json:"type"`
	Path string `json:"path,omitempty"`
}

// describe writes the bundle of a run.
func (d *Driver) describe(r *run, s imageSettings) bundle {
	b := bundle{
		Version: "1.0.2", Hostname: "sandbox",
		Process: bundleProcess{
			User: bundleUser{UID: nobody, GID: nobody}, Args: s.Args, Dir: s.Dir, NoNewPrivileges: true, Capabilities: map[string][]string{},
			Env: append(append([]string{searchPath, "HOME=/tmp"}, s.Env...), r.spec.Env...),
			Limits: []bundleLimit{
				limit("RLIMIT_NOFILE", uint64(r.spec.Limits.Open)), limit("RLIMIT_CORE", 0),
				// The group is watched by this process; this holds without it, for each process alone.
				limit("RLIMIT_CPU", uint64(r.spec.Limits.CPU/time.Second)+cpuSlack), limit("RLIMIT_MEMLOCK", 64<<10),
			},
		},
		Root:   bundleRoot{Path: d.imageDir(r.image.Digest) + "/" + rootDir, Readonly: true},
		Mounts: r.mounts(), Linux: d.confine(r.group),
	}
	if len(r.spec.Args) > 0 {
		b.Process.Args = r.spec.Args
	}
	if b.Process.Dir == "" {
		b.Process.Dir = "/"
	}
	return b
}

// confine is what all containers of this driver are kept within.
func (d *Driver) confine(g *group) bundleLinux {
	l := bundleLinux{
		CgroupsPath: g.path(), Namespaces: namespaces(d.users),
		Masked: []string{
			"/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
			"/proc/timer_list", "/proc/timer_stats", "/sys/firmware",
		},
		Readonly: []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"},
	}
	if d.users {
		l.UIDs = []bundleMapping{{0, firstUID, idRange}}
		l.GIDs = l.UIDs
	}
	if !d.gvisor {
		l.Seccomp = seccomp() // gVisor answers system calls itself, and confines itself
	}
	return l
}

func limit(kind string, n uint64) bundleLimit { return bundleLimit{Type: kind, Hard: n, Soft: n} }

func namespaces(users bool) []bundleNamespace {
	list := []bundleNamespace{{Type: "pid"}, {Type: "ipc"}, {Type: "uts"}, {Type: "mount"}, {Type: "network"}, {Type: "cgroup"}}
	if users {
		list = append(list, bundleNamespace{Type: "user"})
	}
	return list
}

// mounts of a run: nothing of this machine but its scratch and its inputs.
func (r *run) mounts() []bundleMount {
	return []bundleMount{
		{"/proc", "proc", "proc", []string{"nosuid", "nodev", "noexec"}},
		{"/dev", "tmpfs", "tmpfs", []string{"nosuid", "noexec", "mode=755", "size=64k"}},
		{"/in", "bind", r.dir + "/" + inputDir, []string{"rbind", "ro", "nosuid", "nodev", "noexec", "rprivate"}},
		{"/out", "bind", r.scratch("out"), []string{"bind", "rw", "nosuid", "nodev", "rprivate"}},
		{"/tmp", "bind", r.scratch("tmp"), []string{"bind", "rw", "nosuid", "nodev", "rprivate"}},
	}
}
