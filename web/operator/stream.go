package operator

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"ayni.example/internal/clock"
	"ayni.example/p2p"
)

// streamProtocol is what a connection to the API is upgraded to: the bytes of a stream to a lease's machine.
const streamProtocol = "ayni-compute"

// How long a stream takes to open, and what the caller gets to read the end of it.
const (
	streamOpen  = 30 * time.Second
	streamDrain = 10 * time.Second
)

// streamed joins the caller's connection with a stream to a lease's machine, until either ends. The API's guard has let the caller in.
func streamed(c Computing) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		hijacker, can := w.(http.Hijacker)
		if !can || !strings.EqualFold(r.Header.Get("Upgrade"), streamProtocol) {
			writeError(w, http.StatusUpgradeRequired, errors.New("this is a stream: ask for the upgrade to "+streamProtocol))
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), streamOpen)
		defer cancel()
		far, err := c.ComputeStream(ctx, r.PathValue("id"))
		if err != nil {
			writeError(w, http.StatusUnprocessableEntity, err)
			return
		}
		defer far.Close() //nolint:errcheck // both ends are done
		near, buffered, err := hijacker.Hijack()
		if err != nil {
			writeError(w, http.StatusInternalServerError, err)
			return
		}
		defer near.Close() //nolint:errcheck // both ends are done
		if _, err := io.WriteString(near, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "+streamProtocol+"\r\n\r\n"); err != nil {
			return
		}
		joined(near, buffered.Reader, far)
	}
}

// joined copies both ways until either side ends, and ends the other.
func joined(near net.Conn, reader io.Reader, far p2p.Conn) {
	var work sync.WaitGroup
	work.Go(func() {
		if _, err := io.Copy(far, reader); err != nil {
			_, _ = io.Copy(io.Discard, reader) // a connection that is closed with bytes unread loses the last that were sent
		}
		_ = far.Close()
	})
	_, _ = io.Copy(near, far) // whoever reads near sees that it ended
	if tcp, ok := near.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
	_ = near.SetReadDeadline(clock.System().Add(streamDrain))
	work.Wait()
}

// ComputeStream implements Computing.
func (c *Client) ComputeStream(ctx context.Context, lease string) (p2p.Conn, error) {
	address, err := url.Parse(c.URL)
	if err != nil {
		return nil, err
	}
	path := "compute/leases/" + url.PathEscape(lease) + "/stream"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(c.URL, "/")+Prefix+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", streamProtocol)
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address.Host)
	if err != nil {
		return nil, fmt.Errorf("reach the running process: %w", err)
	}
	reader := bufio.NewReader(conn)
	if err := upgrade(ctx, conn, reader, req); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &upgraded{conn, reader}, nil
}

func upgrade(ctx context.Context, conn net.Conn, reader *bufio.Reader, req *http.Request) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := req.Write(conn); err != nil {
		return fmt.Errorf("ask for a stream: %w", err)
	}
	res, err := http.ReadResponse(reader, req)
	if err != nil {
		return fmt.Errorf("ask for a stream: %w", err)
	}
	if res.StatusCode == http.StatusSwitchingProtocols {
		return nil
	}
	defer res.Body.Close() //nolint:errcheck // the connection ends with it
	var f failure
	if err := json.NewDecoder(io.LimitReader(res.Body, answerMax)).Decode(&f); err != nil || f.Error == "" {
		f.Error = "the running process answered " + res.Status
	}
	return &RemoteError{Cause: f.Error, Advice: f.Hint}
}

// upgraded is a connection of which some bytes may have been read already.
type upgraded struct {
	net.Conn
	reader *bufio.Reader
}

// Read implements net.Conn.
func (u *upgraded) Read(b []byte) (int, error) { return u.reader.Read(b) }
