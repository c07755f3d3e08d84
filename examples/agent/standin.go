// Command agent serves the stand-in for a model that run.sh asks, and a page that gives it orders. Both are on loopback; it prints their address.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"ayni.example/test/standin"
)

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it listens until it is killed
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(os.Stdout, "http://"+listener.Addr().String()); err != nil {
		return err
	}
	server := &http.Server{Handler: standin.Handler(), ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(listener)
}
