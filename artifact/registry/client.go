package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ayni.example/artifact"
)

// Bounds of a conversation with a registry.
const (
	maxRedirects = 10
	maxMessage   = 64 << 10    // bytes of an error or a token
	tries        = 6           // of one blob without a byte of progress
	pause        = time.Second // before the second try; doubles
	maxPause     = 30 * time.Second
	silence      = time.Minute
)

// Config says how a client reaches registries.
type Config struct {
	Insecure  bool         // http where a name does not say https; certificates are checked all the same
	HTTP      *http.Client // nil is one with bounded waits
	UserAgent string
	Pause     time.Duration // before the second try of a broken download; 0 is a second
	Silence   time.Duration // after which a server that sends nothing counts as gone; 0 is a minute
	Progress  func(Progress)
	// Elsewhere brings a blob into the store by another way, when the registry does not give it; nil: there is none.
	Elsewhere func(ctx context.Context, d artifact.Digest) error
}

// Progress is how far the download of one blob is.
type Progress struct {
	Digest string
	Done   int64
	Total  int64 // 0 while unknown
	From   int64 // bytes that were there before
}

// Client talks to registries. It is safe for concurrent use.
type Client struct {
	cfg  Config
	http *http.Client
}

// New makes a client.
func New(cfg Config) (*Client, error) {
	if cfg.Pause < 0 || cfg.Silence < 0 {
		return nil, errors.New("registry client: a negative pause")
	}
	if cfg.Silence == 0 {
		cfg.Silence = silence
	}
	if cfg.Pause == 0 {
		cfg.Pause = pause
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = "ayni"
	}
	base := http.Client{Transport: transport()}
	if cfg.HTTP != nil {
		base = *cfg.HTTP
	}
	c := &Client{cfg: cfg}
	base.CheckRedirect = c.redirect
	c.http = &base
	return c, nil
}

// transport gives bodies as they are stored; waits are bounded by guards.
func transport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableCompression = true // ranges count bytes as they are stored
	return t
}

// redirect keeps a download from leaving TLS on its way.
func (c *Client) redirect(req *http.Request, via []*http.Request) error {
	if len(via) >= maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	if via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return fmt.Errorf("redirected from https to %s://%s, which nobody can check", req.URL.Scheme, req.URL.Host)
	}
	return nil
}

// scheme is how a host is reached.
func (c *Client) scheme() string {
	if c.cfg.Insecure {
		return "http"
	}
	return "https"
}

// StatusError is an answer that is no success.
type StatusError struct {
	URL    string // without its query, which may hold a secret
	Status int
	Text   string // what the server said, shortened
}

// Error gives all three.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s answers %d %s", e.URL, e.Status, http.StatusText(e.Status))
	if e.Text != "" {
		text += ": " + e.Text
	}
	return text
}

// temporary tells what may be otherwise in a moment.
func (e *StatusError) temporary() bool {
	return e.Status == http.StatusTooManyRequests || e.Status == http.StatusRequestTimeout || e.Status >= 500
}

// get sends one request; token is "" or a bearer token for that host alone.
func (c *Client) get(ctx context.Context, address, accept, token string, from int64) (*http.Response, error) {
	g := guard(ctx, c.cfg.Silence)
	req, err := http.NewRequestWithContext(g.ctx, http.MethodGet, address, nil) //nolint:contextcheck // derived from ctx by guard
	if err != nil {
		g.stop()
		return nil, fmt.Errorf("request: %w", err)
	}
	req.Header.Set("User-Agent", c.cfg.UserAgent)
	req.Header.Set("Accept-Encoding", "identity")
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token) // the library drops it when a redirect leads to another host
	}
	if from > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	res, err := c.http.Do(req)
	if err != nil {
		err = withoutQuery(g.explain(err))
		g.stop()
		return nil, err
	}
	g.body, res.Body = res.Body, g
	return res, nil
}

// withoutQuery keeps signed addresses out of messages.
func withoutQuery(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		wrapped.URL = plain(wrapped.URL)
	}
	return err
}

func plain(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return address
}

// failed reads what the server says of its refusal and closes the body.
func failed(res *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(res.Body, maxMessage)) // what there is of it
	_ = res.Body.Close()
	const shown = 200
	line := strings.Join(strings.Fields(strings.ToValidUTF8(string(text), "?")), " ")
	if len(line) > shown {
		line = strings.ToValidUTF8(line[:shown], "") + " …"
	}
	return &StatusError{URL: plain(res.Request.URL.String()), Status: res.StatusCode, Text: line}
}

// wait pauses before another try, or ends with ctx.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(min(d, maxPause))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
