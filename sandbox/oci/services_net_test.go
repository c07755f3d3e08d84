package oci_test

import (
	"bufio"
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ayni.example/sandbox"
	"ayni.example/sandbox/lan"
)

// TestServiceNetwork lets two services reach each other by name and the daemon reach both, also after one began anew; neither reaches
// this machine.
func TestServiceNetwork(t *testing.T) {
	eachRuntime(t, func(b *bench) {
		first, users := b.Users()
		nets, err := lan.New(lan.Config{Dir: filepath.Join(b.dir, "lan"), First: first, Users: users})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			if err := nets.Remove("deal"); err != nil {
				b.Error(err)
			}
		})
		host, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = host.Close() }()
		hosts := map[string]string{"db": lan.Address(0).String(), "web": lan.Address(1).String()}
		start := func(member int, name string) {
			b.Helper()
			spec := b.spec(name, "serve", "80", "i am "+name)
			in, err := nets.Join("deal", member)
			if err != nil {
				b.Fatal(err)
			}
			spec.Net, spec.Users, spec.Hosts = in.Net, in.Users, hosts
			if err := b.Start(b.Context(), spec); err != nil {
				b.Fatal(err)
			}
			b.until(name, "listening", func(sandbox.State) bool { return strings.HasSuffix(b.output(name, -10), "listening\n") })
		}
		start(0, "db")
		start(1, "web")
		for range 2 {
			if got := b.exec("web", "ask", "db:80"); got != "i am db\n" {
				b.Errorf("web asks db: %q", got)
			}
			if got := b.exec("db", "ask", "web:80"); got != "i am web\n" {
				b.Errorf("db asks web: %q", got)
			}
			ctx, end := context.WithTimeout(b.Context(), 5*time.Second)
			conn, err := nets.Dial(ctx, "deal", 0, 80)
			if err != nil {
				b.Fatal(err)
			}
			if line, err := bufio.NewReader(conn).ReadString('\n'); line != "i am db\n" {
				b.Errorf("%q, %v", line, err)
			}
			_ = conn.Close()
			end()
			if err := b.Stop(b.Context(), "db", time.Millisecond); err != nil {
				b.Fatal(err)
			}
			start(0, "db")
		}
		for _, address := range []string{host.Addr().String(), "10.0.0.1:" + strings.Split(host.Addr().String(), ":")[1], "1.1.1.1:53"} {
			code, err := b.Exec(b.Context(), "web", sandbox.Exec{Args: []string{"/tenant", "ask", address}})
			if code != 9 || err != nil {
				b.Errorf("it reached %s: %d, %v", address, code, err)
			}
		}
	})
}
