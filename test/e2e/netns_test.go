package e2e_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"ayni.example/test/netns"
)

// wire makes two network namespaces with a cable between them and returns their names; their addresses are 10.77.0.1 and
// 10.77.0.2. Nothing leaves this machine.
func wire(tb testing.TB) (string, string) {
	tb.Helper()
	if os.Geteuid() != 0 {
		tb.Skip("network namespaces need root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		tb.Skip("ip is not installed")
	}
	a, b := namespace(tb, "a"), namespace(tb, "b")
	ip(tb, "link", "add", "veth-a", "netns", a, "type", "veth", "peer", "name", "veth-b", "netns", b)
	for i, ns := range []string{a, b} {
		device := "veth-" + string(rune('a'+i))
		ip(tb, "-n", ns, "addr", "add", fmt.Sprintf("10.77.0.%d/24", i+1), "dev", device)
		ip(tb, "-n", ns, "link", "set", device, "up")
	}
	return a, b
}

// namespace is one that goes with the test and all that runs in it.
func namespace(tb testing.TB, label string) string {
	tb.Helper()
	name, err := netns.Make(label)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := netns.Remove(name); err != nil {
			tb.Error(err)
		}
	})
	return name
}

// star makes so many network namespaces and one in the middle that connects them; their addresses are 10.78.0.1 and so on. Nothing
// leaves this machine. The listener is in the middle.
func star(tb testing.TB, n int) (namespaces []string, middle net.Listener) {
	tb.Helper()
	if _, err := exec.LookPath("ip"); err != nil {
		tb.Skip("ip is not installed")
	}
	hub := namespace(tb, "hub")
	ip(tb, "-n", hub, "link", "add", "bridge", "type", "bridge")
	ip(tb, "-n", hub, "addr", "add", "10.78.0.254/24", "dev", "bridge")
	ip(tb, "-n", hub, "link", "set", "bridge", "up")
	for i := range n {
		ns, port := namespace(tb, fmt.Sprint(i)), fmt.Sprintf("port-%d", i)
		ip(tb, "link", "add", "veth", "netns", ns, "type", "veth", "peer", "name", port, "netns", hub)
		ip(tb, "-n", hub, "link", "set", port, "master", "bridge", "up")
		ip(tb, "-n", ns, "addr", "add", fmt.Sprintf("10.78.0.%d/24", i+1), "dev", "veth")
		ip(tb, "-n", ns, "link", "set", "veth", "up")
		namespaces = append(namespaces, ns)
	}
	if err := netns.Inside(hub, func() (err error) {
		middle, err = net.Listen("tcp", "10.78.0.254:0")
		return err
	}); err != nil {
		tb.Fatal(err)
	}
	return namespaces, middle
}

func ip(tb testing.TB, args ...string) {
	tb.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		tb.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}
