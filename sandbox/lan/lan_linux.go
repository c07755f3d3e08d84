package lan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Join makes a member's namespaces ready for a program. It is called before each start: gVisor takes the address
// off its interface when it begins.
func (n *Networks) Join(network string, member int) (Member, error) {
	if err := check(network, member); err != nil {
		return Member{}, err
	}
	if err := os.MkdirAll(n.path(network), 0o700); err != nil {
		return Member{}, err
	}
	hub, own := n.path(network, switchFile), n.path(network, memberFile(member))
	if err := errors.Join(ensure(hub), n.ensureMember(own)); err != nil {
		return Member{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if err := within(hub, func() error { return plug(own, member) }); err != nil {
		return Member{}, fmt.Errorf("join network %s: %w", network, err)
	}
	if err := within(own, func() error { return address(member) }); err != nil {
		return Member{}, fmt.Errorf("join network %s: %w", network, err)
	}
	return Member{Net: own, Users: own + usersFile}, nil
}

// Dial connects to a member's TCP port.
func (n *Networks) Dial(ctx context.Context, network string, member, port int) (net.Conn, error) {
	if err := check(network, member); err != nil {
		return nil, err
	}
	var conn net.Conn
	err := within(n.path(network, switchFile), func() error {
		var err error
		at := netip.AddrPortFrom(Address(member), uint16(port))
		// An address needs no look-up, so the socket is made here, in this thread.
		conn, err = new(net.Dialer).DialContext(ctx, "tcp4", at.String())
		return err
	})
	return conn, err
}

// Remove takes a network away; none is no error.
func (n *Networks) Remove(network string) error {
	if err := check(network, 0); err != nil {
		return err
	}
	files, err := os.ReadDir(n.path(network))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, f := range files {
		if e := unix.Unmount(n.path(network, f.Name()), unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); e != nil && !errors.Is(e, unix.EINVAL) {
			err = errors.Join(err, fmt.Errorf("unmount %s: %w", f.Name(), e))
		}
	}
	return errors.Join(err, os.RemoveAll(n.path(network)))
}

// ensure makes a namespace that a file keeps, unless it does.
func ensure(file string) error {
	if kept(file) {
		return nil
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return err
	}
	return aside(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("make a network namespace: %w", err)
		}
		return unix.Mount("/proc/thread-self/ns/net", file, "", unix.MS_BIND, "")
	})
}

// kept tells whether a file keeps a namespace.
func kept(file string) bool {
	var st unix.Statfs_t
	return unix.Statfs(file, &st) == nil && st.Type == unix.NSFS_MAGIC
}

// ensureMember makes a user namespace and a network namespace that it owns, by a child that is in both for a moment.
func (n *Networks) ensureMember(file string) error {
	if kept(file) && kept(file+usersFile) {
		return nil
	}
	all := []syscall.SysProcIDMap{{ContainerID: 0, HostID: n.cfg.First, Size: n.cfg.Users}}
	child := exec.Command("/bin/sh", "-c", "read end") //nolint:noctx // it ends with its input
	child.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWNET, UidMappings: all, GidMappings: all, GidMappingsEnableSetgroups: true,
	}
	input, err := child.StdinPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return fmt.Errorf("make namespaces: %w", err)
	}
	for name, at := range map[string]string{"net": file, "user": file + usersFile} {
		if kept(at) {
			err = errors.Join(err, unix.Unmount(at, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW))
		}
		err = errors.Join(err, os.WriteFile(at, nil, 0o600),
			unix.Mount("/proc/"+strconv.Itoa(child.Process.Pid)+"/ns/"+name, at, "", unix.MS_BIND, ""))
	}
	err = errors.Join(err, input.Close())
	_ = child.Wait() // its shell has nothing to read
	return err
}

// within runs in a namespace.
func within(file string, do func() error) error {
	return aside(func() error {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		if err := errors.Join(unix.Setns(int(f.Fd()), unix.CLONE_NEWNET), f.Close()); err != nil {
			return fmt.Errorf("enter a network namespace: %w", err)
		}
		return do()
	})
}

// aside runs in a thread that ends with it, since its namespace is another one afterwards.
func aside(do func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		done <- do()
	}()
	return <-done
}

// plug makes the bridge and the cable to a member where they are not there yet.
func plug(own string, member int) error {
	bridge, err := netlink.LinkByName(bridgeName)
	if err != nil {
		attrs := netlink.NewLinkAttrs()
		attrs.Name = bridgeName
		if err := netlink.LinkAdd(&netlink.Bridge{LinkAttrs: attrs}); err != nil {
			return fmt.Errorf("make a bridge: %w", err)
		}
		if bridge, err = netlink.LinkByName(bridgeName); err != nil {
			return err
		}
		if err := errors.Join(give(bridge, Address(-1)), netlink.LinkSetUp(bridge)); err != nil {
			return err
		}
	}
	name := "m" + strconv.Itoa(member)
	if _, err := netlink.LinkByName(name); err == nil {
		return nil
	}
	f, err := os.Open(own)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MasterIndex = name, bridge.Attrs().Index
	cable := &netlink.Veth{LinkAttrs: attrs, PeerName: "eth0", PeerNamespace: netlink.NsFd(f.Fd())}
	if err := netlink.LinkAdd(cable); err != nil {
		return fmt.Errorf("make a cable: %w", err)
	}
	return netlink.LinkSetUp(cable)
}

// address sets up a member's side of the cable.
func address(member int) error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	eth, err := netlink.LinkByName("eth0")
	if err != nil {
		return err
	}
	// Programs that are not root may listen where they want: the ports are all theirs. Kernels without the setting refuse as before.
	_ = os.WriteFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", []byte("0"), 0o600)
	return errors.Join(netlink.LinkSetUp(lo), give(eth, Address(member)), netlink.LinkSetUp(eth))
}

func give(link netlink.Link, address netip.Addr) error {
	return netlink.AddrReplace(link, &netlink.Addr{IPNet: &net.IPNet{IP: address.AsSlice(), Mask: net.CIDRMask(prefixBits, 32)}})
}
