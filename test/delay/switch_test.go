package delay_test

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"ayni.example/test/delay"
	"ayni.example/test/netns"
)

const echoPort = "4000"

// pair is two namespaces with a switch between them; the second echoes TCP and swallows UDP.
func pair(t *testing.T, link delay.Link, rate string) (*delay.Switch, string) {
	t.Helper()
	if why := netns.Missing(); why != "" {
		t.Skip(why)
	}
	if err := netns.Sweep(); err != nil {
		t.Fatal(err)
	}
	labels := []string{"da", "db"}
	ports := make([]delay.Port, 0, len(labels))
	for i, label := range labels {
		name, err := netns.Make(label)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := netns.Remove(name); err != nil {
				t.Error(err)
			}
		})
		ports = append(ports, delay.Port{Namespace: name, Address: netip.AddrFrom4([4]byte{10, 79, 0, byte(i + 1)})})
	}
	s, err := delay.New(delay.Config{Ports: ports, Link: link, Rate: rate, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	var listener net.Listener
	if err := netns.Inside(ports[1].Namespace, func() (err error) {
		listener, err = net.Listen("tcp", "10.79.0.2:"+echoPort)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() { // ends with the listener
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { // ends with the connection
				_, _ = io.Copy(conn, conn)
				_ = conn.Close()
			}()
		}
	}()
	return s, ports[0].Namespace
}

func dial(t *testing.T, namespace, network string) net.Conn {
	t.Helper()
	var conn net.Conn
	if err := netns.Inside(namespace, func() (err error) {
		conn, err = net.DialTimeout(network, "10.79.0.2:"+echoPort, 5*time.Second)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// echo is the time until a byte came back.
func echo(conn net.Conn, most time.Duration) (time.Duration, error) {
	began := time.Now()
	_ = conn.SetDeadline(began.Add(most))
	if _, err := conn.Write([]byte{1}); err != nil {
		return 0, err
	}
	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
		return 0, err
	}
	return time.Since(began), nil
}

func TestDelay(t *testing.T) {
	const one = 30 * time.Millisecond
	s, from := pair(t, delay.Link{Delay: one, Jitter: 5 * time.Millisecond}, "100mbit")
	conn := dial(t, from, "tcp")
	for range 5 {
		took, err := echo(conn, 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if took < 2*one || took > 2*one+200*time.Millisecond {
			t.Errorf("there and back took %s, the link's delay is %s", took, one)
		}
	}
	s.Set(0, 1, delay.Link{})
	s.Set(1, 0, delay.Link{})
	if took, err := echo(conn, 5*time.Second); err != nil || took > one {
		t.Errorf("without delay it took %s, %v", took, err)
	}
}

func TestCutAndHeal(t *testing.T) {
	s, from := pair(t, delay.Link{}, "")
	conn := dial(t, from, "tcp")
	s.Cut(0)
	if took, err := echo(conn, 300*time.Millisecond); err == nil {
		t.Errorf("an echo through a cut link after %s", took)
	}
	s.Heal()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
		t.Errorf("what was sent before the healing never came: %v", err)
	}
	if s.Counts().Cut == 0 {
		t.Error("no packet met the cut")
	}
	s.Set(0, 1, delay.Link{Loss: delay.All})
	if took, err := echo(conn, 300*time.Millisecond); err == nil {
		t.Errorf("an echo through a link that loses all after %s", took)
	}
}

func TestBounds(t *testing.T) {
	s, from := pair(t, delay.Link{Delay: 5 * time.Second}, "")
	conn := dial(t, from, "udp")
	for range 6000 {
		if _, err := conn.Write(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
	}
	deadline := time.Now().Add(5 * time.Second)
	for s.Counts().Full == 0 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	if s.Counts().Full == 0 {
		t.Errorf("thousands of packets under way and none dropped: %+v", s.Counts())
	}
}

func TestRate(t *testing.T) {
	const bits, size = 8_000_000, 1 << 20
	_, from := pair(t, delay.Link{}, fmt.Sprintf("%dbit", bits))
	conn := dial(t, from, "tcp")
	began := time.Now()
	go func() { _, _ = conn.Write(make([]byte, size)) }() // ends with the connection
	_ = conn.SetDeadline(began.Add(20 * time.Second))
	if _, err := io.ReadFull(conn, make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	const burst = 128 << 10 // passes at once, in either direction
	if took, least := time.Since(began), time.Duration(float64(size-2*burst)*8/bits*float64(time.Second)); took < least {
		t.Errorf("%d bytes took %s at %d bit/s, want at least %s", size, took, bits, least)
	}
}
