package delay

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/sys/unix"

	"ayni.example/test/netns"
)

// deviceName is the same in every namespace.
const deviceName = "ayni0"

// open makes the device of a machine, with its address and its bandwidth.
func open(p Port, rate string) (io.ReadWriteCloser, error) {
	var device *os.File
	err := netns.Inside(p.Namespace, func() error {
		fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
		if err != nil {
			return err
		}
		request, err := unix.NewIfreq(deviceName)
		if err != nil {
			return err
		}
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
			_ = unix.Close(fd)
			return err
		}
		device = os.NewFile(uintptr(fd), deviceName)
		return nil
	})
	if err != nil {
		return nil, errDevice(p, err)
	}
	lines := []string{
		fmt.Sprintf("ip -n %s addr add %s/24 dev %s", p.Namespace, p.Address, deviceName),
		fmt.Sprintf("ip -n %s link set %s mtu %d up", p.Namespace, deviceName, packetMax),
	}
	if rate != "" {
		lines = append(lines, fmt.Sprintf("tc -n %s qdisc add dev %s root tbf rate %s burst 128kb latency 100ms", p.Namespace, deviceName, rate))
	}
	for _, line := range lines {
		words := strings.Fields(line)
		if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
			_ = device.Close()
			return nil, errDevice(p, fmt.Errorf("%s: %w: %s", line, err, strings.TrimSpace(string(out))))
		}
	}
	return device, nil
}
