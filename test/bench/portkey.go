package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	portkeyPackage = "@portkey-ai/gateway@1.15.2"
	portkeyName    = "Portkey's gateway 1.15.2"
	fetchMost      = 90 * time.Second
)

// startPortkey installs the package into a temporary folder and starts it on a free port.
func startPortkey(ctx context.Context, dir string) (*process, error) {
	for _, need := range []string{"node", "npm"} {
		if _, err := exec.LookPath(need); err != nil {
			return nil, fmt.Errorf("portkey needs %s: %w", need, err)
		}
	}
	dir = filepath.Join(dir, "portkey")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("install portkey: %w", err)
	}
	fetch, cancel := context.WithTimeout(ctx, fetchMost)
	defer cancel()
	install := exec.CommandContext(fetch, "npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", dir, portkeyPackage)
	install.WaitDelay = time.Second
	if text, err := install.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("install portkey: %w: %s", err, strings.TrimSpace(string(text)))
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	script := filepath.Join(dir, "node_modules", "@portkey-ai", "gateway", "build", "start-server.js")
	p := &process{cmd: exec.CommandContext(ctx, "node", script, "--headless", "--port="+port), url: "http://127.0.0.1:" + port}
	p.cmd.Env = append(os.Environ(), "NODE_ENV=production", "PORT="+port, "TRUSTED_CUSTOM_HOSTS=127.0.0.1,localhost")
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.WaitDelay = &p.err, &p.err, time.Second
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start portkey: %w", err)
	}
	for range 100 {
		if _, err = http.Get(p.url); err == nil { //nolint:bodyclose // a child that ends soon
			return p, nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	p.kill()
	return nil, fmt.Errorf("start portkey: %w: %s", err, &p.err)
}

func freePort(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a port: %w", err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	return strconv.Itoa(port), l.Close()
}
