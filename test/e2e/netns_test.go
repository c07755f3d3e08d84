package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
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
	a, b := fmt.Sprintf("ayni-a-%d", os.Getpid()), fmt.Sprintf("ayni-b-%d", os.Getpid())
	for _, ns := range []string{a, b} {
		ip(tb, "netns", "add", ns)
		tb.Cleanup(func() { _ = exec.Command("ip", "netns", "del", ns).Run() })
	}
	ip(tb, "link", "add", "veth-a", "netns", a, "type", "veth", "peer", "name", "veth-b", "netns", b)
	for i, ns := range []string{a, b} {
		ip(tb, "-n", ns, "link", "set", "lo", "up")
		device := "veth-" + string(rune('a'+i))
		ip(tb, "-n", ns, "addr", "add", fmt.Sprintf("10.77.0.%d/24", i+1), "dev", device)
		ip(tb, "-n", ns, "link", "set", device, "up")
	}
	return a, b
}

func ip(tb testing.TB, args ...string) {
	tb.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		tb.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}
