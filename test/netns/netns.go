// Package netns gives tests network namespaces of their own. Their names hold the process that made them, so that the next
// start can sweep what a killed test left: the namespaces and the processes in them.
package netns

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	folder = "/run/netns" // where ip(8) keeps them
	prefix = "ayni"
)

// Missing tells why this machine cannot have namespaces with tunnels, or "".
func Missing() string {
	if os.Geteuid() != 0 {
		return "network namespaces need root"
	}
	for _, program := range []string{"ip", "tc"} {
		if _, err := exec.LookPath(program); err != nil {
			return program + " is not installed"
		}
	}
	if _, err := os.Stat("/dev/net/tun"); err != nil {
		return "there is no /dev/net/tun"
	}
	return ""
}

// labelMax is how many namespaces of one process may have the same label.
const labelMax = 100

// Make adds a namespace whose loopback works, and tells its name, which holds the label and a number that is free.
func Make(label string) (string, error) {
	for i := range labelMax {
		name := fmt.Sprintf("%s-%d-%s-%d", prefix, os.Getpid(), label, i)
		if exists(name) {
			continue
		}
		if err := command("ip", "netns", "add", name); err != nil {
			if exists(name) { // another test was faster
				continue
			}
			return "", err
		}
		return name, command("ip", "-n", name, "link", "set", "lo", "up")
	}
	return "", fmt.Errorf("there are %d namespaces %s of this process already", labelMax, label)
}

func exists(name string) bool {
	_, err := os.Stat(filepath.Join(folder, name))
	return err == nil
}

// Remove kills what runs in a namespace and removes it.
func Remove(name string) error {
	out, err := exec.Command("ip", "netns", "pids", name).Output()
	if err != nil {
		return fmt.Errorf("processes of namespace %s: %w", name, err)
	}
	for field := range strings.FieldsSeq(string(out)) {
		if pid, err := strconv.Atoi(field); err == nil && pid != os.Getpid() {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended by itself
		}
	}
	return command("ip", "netns", "del", name)
}

// Sweep removes the namespaces of processes that are no more.
func Sweep() error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list namespaces: %w", err)
	}
	var errs []error
	for _, entry := range entries {
		rest, ours := strings.CutPrefix(entry.Name(), prefix+"-")
		owner, _, labelled := strings.Cut(rest, "-")
		pid, err := strconv.Atoi(owner)
		if !ours || !labelled || err != nil || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			continue
		}
		if err := Remove(entry.Name()); err != nil && exists(entry.Name()) { // tests beside this one sweep too
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Inside runs f on a thread in the namespace. Sockets, devices and processes that f makes stay there.
func Inside(name string, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- inside(name, f) }() // ends with f; a thread that cannot come back ends with it
	return <-done
}

func inside(name string, f func() error) error {
	runtime.LockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return fmt.Errorf("enter namespace %s: %w", name, err)
	}
	defer home.Close() //nolint:errcheck // only read
	there, err := os.Open(filepath.Join(folder, name))
	if err != nil {
		return fmt.Errorf("enter namespace %s: %w", name, err)
	}
	defer there.Close() //nolint:errcheck // only read
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter namespace %s: %w", name, err)
	}
	err = f()
	if back := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); back != nil {
		return errors.Join(err, fmt.Errorf("leave namespace %s: %w", name, back))
	}
	runtime.UnlockOSThread()
	return err
}

func command(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
