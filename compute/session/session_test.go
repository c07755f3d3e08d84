package session_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"ayni.example/artifact"
	"ayni.example/compute/session"
	"ayni.example/compute/worker"
	"ayni.example/p2p"
	"ayni.example/sandbox"
)

const leaseID = "00112233445566778899aabbccddeeff00112233"

// leases is a simulated worker: it has one lease, whose program echoes.
type leases struct {
	tenant string
	mu     sync.Mutex
	blob   []byte
	resume map[string]artifact.Digest
	put    []byte
	output []byte
	fails  int // breaks that many readers of output, in the middle
	events []worker.Event
	left   chan struct{} // closed when a program's caller left
}

func (l *leases) Tenant(id string) (string, error) {
	if id != leaseID {
		return "", worker.ErrNoLease
	}
	return l.tenant, nil
}

func (l *leases) Provide(_ string, blob []byte, resume map[string]artifact.Digest) error {
	if bytes.HasPrefix(blob, []byte("bad")) {
		return worker.ErrManifest
	}
	l.blob, l.resume = blob, resume
	return nil
}

func (l *leases) Detail(id string) (worker.Detail, error) {
	return worker.Detail{Lease: id, Name: "n", Ready: true}, nil
}

func (l *leases) Events(_ string, since uint64) ([]worker.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.events[min(since, uint64(len(l.events))):], nil
}

var errBroken = errors.New("a break")

func (l *leases) Output(_ context.Context, _, replica string, offset int64, _ bool, each func(int64, []byte) error) (int64, error) {
	if replica == "nobody" {
		return offset, worker.ErrNoReplica
	}
	for int(offset) < len(l.output) {
		n := min(1000, len(l.output)-int(offset))
		if err := each(offset, l.output[offset:int(offset)+n]); err != nil {
			return offset, err
		}
		offset += int64(n)
		l.mu.Lock()
		broken := l.fails > 0
		l.fails--
		l.mu.Unlock()
		if broken {
			return offset, errBroken
		}
	}
	return offset, nil
}

func (l *leases) Exec(ctx context.Context, _, _ string, e sandbox.Exec) (int, error) {
	switch e.Args[0] {
	case "echo":
		_, err := io.Copy(e.Stdout, e.Stdin)
		_, _ = io.WriteString(e.Stderr, "done")
		return 5, err
	case "size":
		_, _ = io.WriteString(e.Stdout, "ready")
		size := <-e.Resize
		_, err := e.Stdout.Write([]byte{byte(size.Rows), byte(e.Terminal.Rows)})
		return 0, err
	case "wait":
		_, _ = io.WriteString(e.Stdout, "ready")
		<-ctx.Done()
		close(l.left)
		return 0, ctx.Err()
	}
	return 0, sandbox.ErrStopped
}

func (l *leases) Dial(_ context.Context, _, _ string, port int) (net.Conn, error) {
	if port != 80 {
		return nil, errors.New("connection refused by 10.0.0.7, an address of the provider's")
	}
	near, far := net.Pipe()
	go func() {
		_, _ = io.Copy(far, io.LimitReader(far, 5))
		_ = far.Close()
	}()
	return near, nil
}

func (l *leases) Pack(_ context.Context, _, _, path string, to io.Writer) error {
	if path != "/data" {
		return worker.ErrPath
	}
	_, err := to.Write(l.output)
	return err
}

func (l *leases) Unpack(_ context.Context, _, _, path string, from io.Reader) (err error) {
	if path != "/data" {
		return worker.ErrPath
	}
	l.put, err = io.ReadAll(from)
	return err
}

func newHost(t *testing.T, listen ...string) *p2p.Host {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h, err := p2p.New(p2p.Config{Key: key, Listen: listen, Grace: 100 * time.Millisecond, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// pair is a provider with a simulated worker, and a tenant's client to it.
func pair(t *testing.T, change func(*session.ClientConfig)) (*leases, *session.Client) {
	t.Helper()
	provider, tenant, a := newHost(t, "/ip4/127.0.0.1/tcp/0"), newHost(t), newAccount(t)
	l := &leases{tenant: a.address(), left: make(chan struct{})}
	s, err := session.NewServer(session.ServerConfig{Leases: l, ChainID: "net", Self: provider.ID(), Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	provider.Handle(session.Protocol, session.Limits(), s.Handle)
	cfg := session.ClientConfig{
		Open: func(ctx context.Context) (*p2p.Stream, error) {
			return tenant.Open(ctx, provider.ID(), provider.Addrs(), session.Protocol)
		},
		Signer: a, ChainID: "net", Lease: leaseID, Provider: provider.ID(), Self: tenant.ID(), Now: time.Now,
	}
	if change != nil {
		change(&cfg)
	}
	c, err := session.NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l, c
}

func TestSession(t *testing.T) {
	l, c := pair(t, nil)
	ctx := t.Context()
	blob := bytes.Repeat([]byte("m"), 100_000)
	digest := "sha256:" + strings.Repeat("ab", 32)
	if err := c.Provide(ctx, blob, map[string]string{"web-0": digest}); err != nil || !bytes.Equal(l.blob, blob) || string(l.resume["web-0"]) != digest {
		t.Errorf("%d bytes, %v, %v", len(l.blob), l.resume, err)
	}
	var said *session.Error
	if err := c.Provide(ctx, []byte("bad"), nil); !errors.As(err, &said) || said.Kind != session.KindInvalid {
		t.Error(err)
	}
	if err := c.Provide(ctx, make([]byte, 5<<20), nil); err == nil {
		t.Error("an endless manifest is taken")
	}
	if d, err := c.Status(ctx); err != nil || d.Lease != leaseID || !d.Ready {
		t.Errorf("%+v, %v", d, err)
	}
	var out, errs bytes.Buffer
	code, err := c.Exec(ctx, "", sandbox.Exec{Args: []string{"echo"}, Stdin: bytes.NewReader(blob), Stdout: &out, Stderr: &errs})
	if err != nil || code != 5 || !bytes.Equal(out.Bytes(), blob) || errs.String() != "done" {
		t.Errorf("%d, %v, %d bytes, %q", code, err, out.Len(), errs.String())
	}
	if _, err := c.Exec(ctx, "", sandbox.Exec{Args: []string{"other"}}); !errors.Is(err, sandbox.ErrStopped) {
		t.Error(err)
	}
	l.output = bytes.Repeat([]byte("0123456789"), 30_000)
	out.Reset()
	if err := c.Get(ctx, "", "/data", &out); err != nil || !bytes.Equal(out.Bytes(), l.output) {
		t.Errorf("%d bytes, %v", out.Len(), err)
	}
	if err := c.Get(ctx, "", "/etc", &out); !errors.As(err, &said) || said.Kind != session.KindInvalid {
		t.Error(err)
	}
	if err := c.Put(ctx, "", "/data", bytes.NewReader(l.output)); err != nil || !bytes.Equal(l.put, l.output) {
		t.Errorf("%d bytes, %v", len(l.put), err)
	}
	if err := c.Put(ctx, "", "/etc", bytes.NewReader(l.output)); !errors.As(err, &said) || said.Kind != session.KindInvalid {
		t.Error(err)
	}
	near, far := net.Pipe()
	done := make(chan error, 1)
	go func() { done <- c.Forward(ctx, "", 80, far) }()
	go func() { _, _ = near.Write([]byte("hello")) }()
	if got, err := io.ReadAll(near); string(got) != "hello" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	_, far = net.Pipe()
	if err := c.Forward(ctx, "", 81, far); !errors.As(err, &said) || strings.Contains(err.Error(), "10.0.0.7") {
		t.Errorf("%v tells of the provider's inside", err)
	}
}

func TestTerminal(t *testing.T) {
	l, c := pair(t, nil)
	sizes, out := make(chan sandbox.Size), &notify{heard: make(chan struct{})}
	go func() {
		<-out.heard
		sizes <- sandbox.Size{Rows: 50}
	}()
	if _, err := c.Exec(t.Context(), "", sandbox.Exec{Args: []string{"size"}, Stdout: out, Terminal: &sandbox.Size{Rows: 24}, Resize: sizes}); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != "ready\x32\x18" {
		t.Errorf("%q", got)
	}
	// A tenant that leaves ends its program.
	ctx, leave := context.WithCancel(t.Context())
	out = &notify{heard: make(chan struct{})}
	go func() {
		<-out.heard
		leave()
	}()
	if _, err := c.Exec(ctx, "", sandbox.Exec{Args: []string{"wait"}, Stdout: out}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	select {
	case <-l.left:
	case <-time.After(10 * time.Second):
		t.Error("the program goes on")
	}
}

// notify tells when something was first written.
type notify struct {
	bytes.Buffer
	heard chan struct{}
	once  sync.Once
}

func (n *notify) Write(b []byte) (int, error) {
	defer n.once.Do(func() { close(n.heard) })
	return n.Buffer.Write(b)
}

// TestResume breaks streams of logs in the middle: the client goes on where each broke off, and nothing comes twice.
func TestResume(t *testing.T) {
	l, c := pair(t, nil)
	l.output, l.fails = bytes.Repeat([]byte("0123456789abcdef"), 500), 3
	var out bytes.Buffer
	end, err := c.Logs(t.Context(), "", 0, true, func(at int64, text []byte) error {
		if at != int64(out.Len()) {
			t.Errorf("at %d after %d bytes", at, out.Len())
		}
		out.Write(text)
		return nil
	})
	if err != nil || end != int64(len(l.output)) || !bytes.Equal(out.Bytes(), l.output) {
		t.Errorf("%d of %d bytes, %v", out.Len(), len(l.output), err)
	}
	l.fails = 1
	if _, err := c.Logs(t.Context(), "", 0, false, func(int64, []byte) error { return nil }); err == nil {
		t.Error("a stream that breaks looks like one that ends")
	}
	var said *session.Error
	if _, err := c.Logs(t.Context(), "nobody", 0, true, nil); !errors.As(err, &said) || said.Kind != session.KindNotFound {
		t.Error(err)
	}
	l.fails = 0
	if _, err := c.Logs(t.Context(), "", 0, true, func(int64, []byte) error { return io.ErrShortWrite }); !errors.Is(err, io.ErrShortWrite) {
		t.Error(err)
	}
}

func TestEvents(t *testing.T) {
	l, c := pair(t, nil)
	l.events = []worker.Event{{Number: 1, Kind: "a"}, {Number: 2, Kind: "b"}}
	var kinds string
	if err := c.Events(t.Context(), 1, false, func(e worker.Event) error { kinds += e.Kind; return nil }); err != nil || kinds != "b" {
		t.Errorf("%q, %v", kinds, err)
	}
	l.events[1].Text = "\x1b]0;mine\a\u009b2J"
	if err := c.Events(t.Context(), 1, false, func(e worker.Event) error { kinds = e.Kind + e.Text; return nil }); err != nil || kinds != "b ]0;mine  2J" {
		t.Errorf("a terminal would obey %q, %v", kinds, err)
	}
	kinds = "b"
	err := c.Events(t.Context(), 0, true, func(e worker.Event) error {
		kinds += e.Kind
		if e.Number == 2 {
			l.mu.Lock()
			l.events = append(l.events, worker.Event{Number: 3, Kind: "c"})
			l.mu.Unlock()
		}
		if e.Number == 3 {
			return io.EOF
		}
		return nil
	})
	if !errors.Is(err, io.EOF) || kinds != "babc" {
		t.Errorf("%q, %v", kinds, err)
	}
}

// TestForbidden has a provider refuse what the token of a request does not allow.
func TestForbidden(t *testing.T) {
	for name, change := range map[string]func(*session.ClientConfig){
		"not the tenant": func(c *session.ClientConfig) { c.Signer = newAccount(t) },
		"other network":  func(c *session.ClientConfig) { c.ChainID = "other" },
		"other provider": func(c *session.ClientConfig) { c.Provider = "x" },
		"other holder":   func(c *session.ClientConfig) { c.Self = "x" },
		"old":            func(c *session.ClientConfig) { c.Now = func() time.Time { return time.Now().Add(-time.Hour) } },
	} {
		t.Run(name, func(t *testing.T) {
			l, c := pair(t, change)
			if _, err := c.Status(t.Context()); !errors.Is(err, session.ErrToken) {
				t.Error(err)
			}
			if err := c.Provide(t.Context(), []byte("x"), nil); !errors.Is(err, session.ErrToken) || l.blob != nil {
				t.Error(err)
			}
		})
	}
	_, c := pair(t, func(c *session.ClientConfig) { c.Lease = strings.Repeat("9", 40) })
	var said *session.Error
	if _, err := c.Status(t.Context()); !errors.As(err, &said) || said.Kind != session.KindNotFound {
		t.Error(err)
	}
}

// TestLocal does the same without a network.
func TestLocal(t *testing.T) {
	a := newAccount(t)
	l := &leases{tenant: a.address()}
	s, err := session.NewServer(session.ServerConfig{Leases: l, ChainID: "net", Self: "me", Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	c, err := session.NewClient(session.ClientConfig{
		Open: s.Local(t.Context()), Signer: a, ChainID: "net", Lease: leaseID, Provider: "me", Self: "me", Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	code, err := c.Exec(t.Context(), "", sandbox.Exec{Args: []string{"echo"}, Stdin: strings.NewReader("hello"), Stdout: &out})
	if err != nil || code != 5 || out.String() != "hello" {
		t.Errorf("%d, %v, %q", code, err, out.String())
	}
	if err := c.Provide(t.Context(), bytes.Repeat([]byte("m"), 100_000), nil); err != nil || len(l.blob) != 100_000 {
		t.Error(err)
	}
}

// FuzzServer sends what a hostile peer may: the handler answers or ends, and never panics.
func FuzzServer(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x00\x02{}"))
	f.Add([]byte("\x01\xff\xff\xff\xff"))
	f.Add([]byte("\x0b\x00\x00\x00\x00\x01\x00\x00\x00\x13{\"action\":\"status\"}"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		s, err := session.NewServer(session.ServerConfig{
			Leases: &leases{tenant: "x"}, ChainID: "net", Self: "me", Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		near, far := net.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.Handle(t.Context(), p2p.NewStream(far, "x", time.Now))
			_ = far.Close()
		}()
		go func() { _, _ = io.Copy(io.Discard, near) }()
		_, _ = near.Write(sent)
		_ = near.Close()
		<-done
	})
}
