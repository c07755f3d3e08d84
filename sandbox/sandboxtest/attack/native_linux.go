package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// native lists the attacks that need Linux.
func native() map[string]func([]string) error {
	return map[string]func([]string) error{
		"processes": processes, "bomb": bomb, "kill": kill, "trace": trace, "privilege": privilege, "unshare": unshare, "orphan": orphan,
		"threads": burn,
	}
}

// processes starts 300 that wait.
func processes([]string) error {
	for range 300 {
		if err := exec.Command("/attack", "hang").Start(); err != nil {
			return err
		}
	}
	return nil
}

// bomb doubles for ever.
func bomb([]string) error {
	fmt.Println("bomb")
	for {
		_ = exec.Command("/attack", "bomb").Start()
	}
}

// orphan leaves processes behind that have a session of their own.
func orphan([]string) error {
	for range 3 {
		c := exec.Command("/attack", "spin")
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := c.Start(); err != nil {
			return err
		}
	}
	return nil
}

// burn uses CPU time by many processes for a short time each.
func burn([]string) error {
	for range 8 {
		if err := exec.Command("/attack", "spin").Start(); err != nil {
			return err
		}
	}
	time.Sleep(time.Hour)
	return nil
}

// kill sends signals to processes of the host, and to all.
func kill(args []string) error {
	reached := syscall.Kill(number(args), syscall.SIGKILL) == nil
	for pid := 2; pid < 70_000; pid++ {
		if _, own := os.Stat("/proc/self/task/" + strconv.Itoa(pid)); own != nil && syscall.Kill(pid, syscall.SIGKILL) == nil {
			fmt.Println("killed", pid)
			reached = true
		}
	}
	if !reached {
		return errors.New("nobody was there")
	}
	return nil
}

func trace(args []string) error {
	if err := syscall.PtraceAttach(number(args)); err != nil {
		return err
	}
	return nil
}

// privilege asks for what only an administrator may do.
func privilege([]string) error {
	attempts := map[string]func() error{
		"setuid":   func() error { return syscall.Setuid(0) },
		"setgid":   func() error { return syscall.Setgid(0) },
		"mount":    func() error { return syscall.Mount("tmpfs", "/tmp", "tmpfs", 0, "") },
		"bind":     func() error { return syscall.Mount("/proc", "/tmp", "", syscall.MS_BIND, "") },
		"remount":  func() error { return syscall.Mount("", "/", "", syscall.MS_REMOUNT|syscall.MS_BIND, "") },
		"unmount":  func() error { return syscall.Unmount("/proc", syscall.MNT_DETACH) },
		"mknod":    func() error { return syscall.Mknod("/out/disk", syscall.S_IFBLK|0o600, 8<<8) },
		"chroot":   func() error { return syscall.Chroot("/out") },
		"hostname": func() error { return syscall.Sethostname([]byte("mine")) },
		"reboot":   func() error { return syscall.Reboot(syscall.LINUX_REBOOT_CMD_CAD_OFF) },
		"clock":    func() error { return syscall.Settimeofday(&syscall.Timeval{Sec: 1}) },
		"descriptors": func() error {
			return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20})
		},
	}
	for name, attempt := range attempts {
		if attempt() == nil {
			fmt.Println("may", name)
			return nil
		}
	}
	return errors.New("no privileges as " + strconv.Itoa(os.Getuid()))
}

// unshare starts a process in a user namespace, from which most of the kernel can be reached.
func unshare([]string) error {
	c := exec.Command("/attack", "exit", "0")
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
	return c.Run()
}

func special(path string) { _ = syscall.Mkfifo(path, 0o600) }
