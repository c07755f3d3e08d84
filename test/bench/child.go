package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// spawn runs this program again as a child with a role, so that its processor time is its own.
func spawn(ctx context.Context, role string, args ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", role, err)
	}
	return launch(ctx, self, append([]string{"-child", role, "--"}, args...)...)
}

// runChild is the life of a child.
func runChild(ctx context.Context, role string, args []string) error {
	switch {
	case role == "upstream":
		return serve(ctx, upstream())
	case role == "proxy" && len(args) == 1:
		return serve(ctx, proxy(args[0]))
	}
	return fmt.Errorf("child %q with %d arguments is unknown", role, len(args))
}

// serve listens on a free loopback port until it is told to end.
func serve(ctx context.Context, handler http.Handler) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	fmt.Fprintf(os.Stdout, "ready http://%s\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// getJSON reads a small answer.
func getJSON(ctx context.Context, url string, header http.Header, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("ask %s: %w", url, err)
	}
	request.Header = header
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // nothing was written
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("ask %s: status %d", url, response.StatusCode)
	}
	return decodeJSON(io.LimitReader(response.Body, 1<<20), into)
}
