package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

// steal looks for a file of the host, by its path there, and prints it.
func steal(args []string) error {
	secret := args[0]
	paths := append(make([]string, 0, 256),
		secret, "/proc/1/root"+secret, "/proc/self/root/../../../.."+secret, "/in/../../../../.."+secret, "/proc/1/cwd/../../../../../../.."+secret,
		"/out/../../../../../.."+secret, "/proc/self/fd/3/../../../../../../.."+secret,
	)
	for i := range 64 {
		paths = append(paths, "/proc/self/fd/"+strconv.Itoa(i)+"/../../../../../.."+secret, "/proc/"+strconv.Itoa(i)+"/root"+secret)
	}
	_ = os.Symlink(secret, "/out/through")
	paths = append(paths, "/out/through")
	for _, p := range paths {
		if data, err := os.ReadFile(p); err == nil {
			fmt.Println(p, string(data))
			return nil
		}
	}
	return errors.New("no way to " + secret)
}

// deface tries to change what is not its own.
func deface([]string) error {
	for _, p := range []string{
		"/x", "/etc/x", "/in/x", "/in/data", "/bin/x", "/attack", "/proc/sys/kernel/hostname", "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger",
		"/sys/fs/cgroup/x", "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/kernel/uevent_helper", "/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/vda",
	} {
		if f, err := os.OpenFile(p, os.O_WRONLY, 0); err == nil {
			_ = f.Close()
			fmt.Println("wrote", p)
			return nil
		}
		if f, err := os.OpenFile(p, os.O_WRONLY|os.O_CREATE, 0o600); err == nil {
			_ = f.Close()
			fmt.Println("made", p)
			return nil
		}
	}
	if os.Remove("/in/data") == nil || os.Rename("/in", "/out/in") == nil || os.Chmod("/in/data", 0o777) == nil && os.Truncate("/in/data", 0) == nil {
		return nil
	}
	return errors.New("nothing could be changed")
}

func dial(args []string) error {
	for _, address := range args {
		c, err := net.DialTimeout("tcp", address, 2*time.Second)
		if err == nil {
			fmt.Println("reached", address, c.RemoteAddr())
			return c.Close()
		}
	}
	return errors.New("nobody could be reached")
}

// listen waits at an address of the host for somebody who looks for it there.
func listen(args []string) error {
	l, err := net.Listen("tcp", args[0])
	if err != nil {
		return err
	}
	fmt.Println("listening")
	go func() {
		time.Sleep(2 * time.Second)
		_ = l.Close()
	}()
	_, err = l.Accept()
	return err
}

// links fills /out with what leads a careless reader elsewhere, and one true file.
func links(args []string) error {
	_ = os.Symlink(args[0], "/out/link")
	_ = os.Symlink("/", "/out/root")
	_ = os.Symlink("..", "/out/up")
	_ = os.Link("/in/data", "/out/hard")
	_ = os.Mkdir("/out/folder", 0o700)
	_ = os.Symlink("../../../../../../../../../../"+args[0], "/out/folder/link")
	special("/out/pipe")
	return os.WriteFile("/out/true", []byte("true"), 0o600)
}
