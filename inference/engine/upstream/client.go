// Package upstream is the HTTP side that the engines for other servers share: bounded bodies and lines, errors of closed
// kinds, silence that ends, and no retry, since a request may cost whoever sends it.
package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"ayni.example/inference/engine"
)

const (
	maxLine   = 1 << 20  // bytes of one event
	maxBody   = 64 << 20 // bytes of one answer
	maxErr    = 64 << 10 // bytes of an error's body that are read
	maxCause  = 500      // bytes of a backend's words that are passed on
	connect   = 5 * time.Second
	quietTime = 5 * time.Minute // loading a large model is the longest silence
)

// Config says where a backend is.
type Config struct {
	Name  string        // for errors: "Ollama"
	URL   string        // base, without the endpoint's path
	Key   string        // bearer token, "" for none
	Hint  string        // what to do when it cannot be reached
	Quiet time.Duration // silence that ends a request; 0 is 5 minutes
	HTTP  *http.Client  // nil makes one
}

// Client talks to one backend. It is safe for concurrent use.
type Client struct {
	cfg  Config
	base *url.URL
	http *http.Client
}

// New checks the address; it does not connect.
func New(cfg Config) (*Client, error) {
	base, err := url.Parse(cfg.URL)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") || base.User != nil {
		return nil, fmt.Errorf("address of %s: %q is not an http or https URL", cfg.Name, cfg.URL)
	}
	if cfg.Quiet <= 0 {
		cfg.Quiet = quietTime
	}
	client := cfg.HTTP
	if client == nil {
		client = &http.Client{Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout:    2 * connect,
			MaxIdleConnsPerHost:    16,
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		}}
	}
	safe := *client
	// A redirect could carry the key and the prompt to somebody else.
	safe.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{cfg: cfg, base: base, http: &safe}, nil
}

// Get reads a JSON answer into a value.
func (c *Client) Get(ctx context.Context, path string, into any) error {
	return c.whole(ctx, http.MethodGet, path, nil, into)
}

// Post sends a value as JSON and reads a JSON answer into another.
func (c *Client) Post(ctx context.Context, path string, value, into any) error {
	return c.whole(ctx, http.MethodPost, path, value, into)
}

func (c *Client) whole(ctx context.Context, method, path string, value, into any) error {
	quiet := newSilence(ctx, c.cfg.Quiet)
	defer quiet.end()
	response, err := c.send(quiet, method, path, value)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // nothing was written
	if err := c.wantType(response, "application/json"); err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(quiet.reader(response.Body), maxBody+1))
	if err != nil {
		return c.broken(quiet, err)
	}
	if len(body) > maxBody {
		return c.fault("sent more than %d bytes", maxBody)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return c.fault("sent JSON that cannot be read: %w", err)
	}
	return nil
}

// Stream sends a value as JSON and gives each line of the answer to take, until it says done or fails. An answer that ends
// before is an error. The line is only valid during the call.
func (c *Client) Stream(ctx context.Context, path string, value any, types []string, take func(line []byte) (done bool, err error)) error {
	quiet := newSilence(ctx, c.cfg.Quiet)
	defer quiet.end()
	response, err := c.send(quiet, http.MethodPost, path, value)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // nothing was written
	if err := c.wantType(response, types...); err != nil {
		return err
	}
	var taken error // what take said, as it said it
	done, err := lines(io.LimitReader(quiet.reader(response.Body), maxBody), func(line []byte) (done bool, err error) {
		quiet.pause() // a slow reader of ours is not the backend's silence
		defer quiet.resume()
		done, taken = take(line)
		return done, taken
	})
	switch {
	case taken != nil:
		return taken
	case errors.Is(err, errLongLine):
		return c.fault("sent a line of more than %d bytes", maxLine)
	case err != nil:
		return c.broken(quiet, err)
	case !done && ctx.Err() != nil:
		return fmt.Errorf("%s: %w", c.cfg.Name, ctx.Err())
	case !done:
		return c.fault("broke off in the middle of the answer")
	}
	return nil
}

func (c *Client) send(quiet *silence, method, path string, value any) (*http.Response, error) {
	var body io.Reader
	if value != nil {
		encoded, err := json.Marshal(value)
		if err != nil {
			return nil, engine.Errorf(engine.Internal, "write request for %s: %w", c.cfg.Name, err)
		}
		body = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(quiet.ctx, method, c.base.JoinPath(path).String(), body)
	if err != nil {
		return nil, engine.Errorf(engine.Internal, "make request for %s: %w", c.cfg.Name, err)
	}
	if value != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.cfg.Key != "" {
		request.Header.Set("Authorization", "Bearer "+c.cfg.Key)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.unreachable(quiet, err)
	}
	if response.StatusCode != http.StatusOK {
		defer response.Body.Close() //nolint:errcheck // nothing was written
		detail, err := io.ReadAll(io.LimitReader(response.Body, maxErr))
		if err != nil && quiet.ctx.Err() != nil {
			return nil, c.broken(quiet, err)
		}
		return nil, c.refused(response.StatusCode, detail)
	}
	return response, nil
}

func (c *Client) wantType(response *http.Response, types ...string) error {
	media, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(types, media) {
		return c.fault("answered with content of type %q, not %s", clean(response.Header.Get("Content-Type")), strings.Join(types, " or "))
	}
	return nil
}
