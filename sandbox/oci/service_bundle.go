package oci

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"ayni.example/sandbox"
)

// Bounds of an image's list of users.
const (
	usersMax    = 1 << 20
	entriesRead = 10_000
)

// serviceCapabilities are what user 0 of a service may do with what is the service's own: images of servers begin as it, give their folders
// to another user and become that one. None of them reaches out of the user namespace.
func serviceCapabilities() []string {
	return []string{
		"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETGID", "CAP_SETUID",
	}
}

// describe writes the bundle of a service.
func (v service) describe(spec sandbox.Service, image imageSettings, g *group) (bundle, error) {
	process, err := v.process(spec, image)
	if err != nil {
		return bundle{}, err
	}
	b := bundle{
		Version: "1.0.2", Hostname: hostname(spec.Name), Process: process,
		Root: bundleRoot{Path: v.file(rootDir)}, Mounts: v.mounts(spec), Linux: v.d.confine(g),
	}
	for i := range b.Linux.Namespaces {
		switch b.Linux.Namespaces[i].Type {
		case "network":
			b.Linux.Namespaces[i].Path = spec.Net
		case "user":
			if !v.d.gvisor { // which makes its own, and needs not enter the other's
				b.Linux.Namespaces[i].Path = spec.Users
			}
		}
	}
	return b, nil
}

// hostname is the part of a service's name behind the last point.
func hostname(name string) string {
	return name[strings.LastIndexByte(name, '.')+1:]
}

// process is a service's program, as the image and the spec say.
func (v service) process(spec sandbox.Service, image imageSettings) (bundleProcess, error) {
	user, home, err := v.user(image.User)
	if err != nil {
		return bundleProcess{}, err
	}
	caps := make(map[string][]string)
	if user.UID == 0 {
		for _, set := range []string{"bounding", "effective", "permitted"} {
			caps[set] = serviceCapabilities()
		}
	} else {
		caps["bounding"] = serviceCapabilities()
	}
	p := bundleProcess{
		User: user, Args: image.command(spec), Dir: image.Dir, NoNewPrivileges: true, Capabilities: caps,
		Env: slices.Concat([]string{searchPath, "HOME=" + home, "HOSTNAME=" + hostname(spec.Name)}, image.Env, spec.Env),
		Limits: []bundleLimit{
			// More than this process may have nobody can give from a user namespace.
			limit("RLIMIT_NOFILE", min(uint64(spec.Limits.Open), openFiles())), limit("RLIMIT_CORE", 0), limit("RLIMIT_MEMLOCK", 64<<10),
		},
	}
	if p.Dir == "" {
		p.Dir = "/"
	}
	return p, nil
}

// user finds who an image wants to be: NAME or ID, with or without :GROUP.
func (v service) user(wanted string) (bundleUser, string, error) {
	name, group, _ := strings.Cut(wanted, ":")
	if name == "" {
		name = "0"
	}
	user, home := bundleUser{}, "/"
	id, err := strconv.Atoi(name)
	found := err == nil
	user.UID = id
	err = v.entries("etc/passwd", 7, func(f []string) {
		uid, err1 := strconv.Atoi(f[2])
		gid, err2 := strconv.Atoi(f[3])
		if err1 == nil && err2 == nil && (f[0] == name || found && uid == id) {
			user.UID, user.GID, home, found = uid, gid, f[5], true
		}
	})
	if err != nil {
		return user, "", err
	}
	if !found {
		return user, "", fmt.Errorf("%w: the image wants to run as %q and has no such user", sandbox.ErrImage, wanted)
	}
	if group != "" {
		id, err := strconv.Atoi(group)
		found = err == nil
		user.GID = id
		if err := v.entries("etc/group", 4, func(f []string) {
			if gid, err := strconv.Atoi(f[2]); err == nil && f[0] == group {
				user.GID, found = gid, true
			}
		}); err != nil {
			return user, "", err
		}
		if !found {
			return user, "", fmt.Errorf("%w: the image wants to run in the group %q and has no such group", sandbox.ErrImage, group)
		}
	}
	if user.UID < 0 || user.UID >= idRange || user.GID < 0 || user.GID >= idRange {
		return user, "", fmt.Errorf("%w: user %d and group %d; they must be below %d", sandbox.ErrImage, user.UID, user.GID, idRange)
	}
	if home == "" || strings.ContainsRune(home, 0) {
		home = "/"
	}
	return user, home, nil
}

// entries reads a file of an image whose lines have fields between colons; an absent file has none.
func (v service) entries(name string, fields int, each func([]string)) error {
	root, err := os.OpenRoot(v.file(rootDir))
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	f, err := openRegular(root, name)
	if err != nil {
		return nil //nolint:nilerr // an image need not have users, and a link out of it is none of ours
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(io.LimitReader(f, usersMax))
	for n := 0; lines.Scan() && n < entriesRead; n++ {
		if parts := strings.Split(lines.Text(), ":"); len(parts) == fields {
			each(parts)
		}
	}
	return nil
}

// openRegular opens a file and nothing that would keep us waiting.
func openRegular(root *os.Root, name string) (*os.File, error) {
	st, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	return root.OpenFile(name, os.O_RDONLY|nonBlocking, 0)
}

// mounts of a service.
func (v service) mounts(spec sandbox.Service) []bundleMount {
	list := []bundleMount{
		{"/proc", "proc", "proc", []string{"nosuid", "nodev", "noexec"}},
		{"/dev", "tmpfs", "tmpfs", []string{"nosuid", "noexec", "mode=755", "size=64k"}},
		{"/dev/pts", "devpts", "devpts", []string{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}},
		{"/etc/hosts", "bind", v.file("hosts"), []string{"bind", "ro", "nosuid", "nodev", "noexec", "rprivate"}},
	}
	if !slices.ContainsFunc(spec.Mounts, func(m sandbox.Mount) bool { return m.Target == sandbox.Shared }) {
		list = append(list, bundleMount{sandbox.Shared, "tmpfs", "tmpfs", []string{"nosuid", "nodev", "noexec", "mode=1777", "size=" + strconv.Itoa(shmSize)}})
	}
	for i, m := range spec.Mounts {
		if m.Source == "" {
			list = append(list, bundleMount{m.Target, "tmpfs", "tmpfs", []string{"nosuid", "nodev", "mode=1777", "size=" + strconv.FormatInt(m.Size, 10)}})
			continue
		}
		way := "rw"
		if m.ReadOnly {
			way = "ro"
		}
		list = append(list, bundleMount{m.Target, "bind", v.staged(i), []string{"bind", way, "nosuid", "nodev", "rprivate"}})
	}
	return list
}

// hosts is the file that names are looked up in.
func hosts(spec sandbox.Service) []byte {
	var b bytes.Buffer
	b.WriteString("127.0.0.1 localhost\n")
	for _, name := range slices.Sorted(maps.Keys(spec.Hosts)) {
		fmt.Fprintf(&b, "%s %s\n", spec.Hosts[name], name)
	}
	return b.Bytes()
}
