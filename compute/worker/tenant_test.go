package worker_test

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
	"testing"
	"time"

	"ayni.example/compute/lease"
	"ayni.example/compute/session"
	"ayni.example/compute/worker"
	"ayni.example/internal/ethkey"
	"ayni.example/p2p"
	"ayni.example/sandbox"
)

type account struct{ key *ethkey.PrivKey }

func (a account) Sign(message []byte) (key, signature []byte, err error) {
	signature, err = a.key.Sign(message)
	return a.key.PubKey().Bytes(), signature, err
}

func newHost(t *testing.T, key ed25519.PrivateKey, listen ...string) *p2p.Host {
	t.Helper()
	h, err := p2p.New(p2p.Config{Key: key, Listen: listen, Grace: 100 * time.Millisecond, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// provider is a machine that tenants reach; it keeps its name and address when it begins anew.
type provider struct {
	*machine
	key  ed25519.PrivateKey
	host *p2p.Host
}

func (p *provider) listen(addresses ...string) {
	p.Helper()
	p.host = newHost(p.T, p.key, addresses...)
	s, err := session.NewServer(session.ServerConfig{
		Leases: p.worker, ChainID: "net", Self: p.host.ID(), Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		p.Fatal(err)
	}
	p.host.Handle(session.Protocol, session.Limits(), s.Handle)
}

// TestTenant does over the network what tenants do with a lease, and goes on with its logs while the provider begins anew.
func TestTenant(t *testing.T) {
	eachRuntime(t, func(m *machine, image string) {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			m.Fatal(err)
		}
		_, own, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			m.Fatal(err)
		}
		wallet, err := ethkey.Generate(rand.Reader)
		if err != nil {
			m.Fatal(err)
		}
		p := &provider{machine: m, key: key}
		p.listen("/ip4/127.0.0.1/tcp/0")
		tenant, addresses := newHost(m.T, own), p.host.Addrs()
		d := m.deploy("name: a\nprice: 1/h\nservices:\n  web:\n    image: "+image+"\n    args: [tick]\n    volumes: {data: \"16Mi:/data\"}\n"+small+
			"  echo:\n    image: "+image+"\n    args: [serve, \"80\", \"hello\"]\n    expose: [80]\n"+small, 0)
		d.lease.Lease.Tenant = ethkey.Format(wallet.PubKey().Address())
		m.reconcile(d)
		c, err := session.NewClient(session.ClientConfig{
			Open: func(ctx context.Context) (*p2p.Stream, error) {
				return tenant.Open(ctx, p.host.ID(), addresses, session.Protocol)
			},
			Signer: account{wallet}, ChainID: "net", Lease: d.id, Provider: p.host.ID(), Self: tenant.ID(), Now: time.Now,
		})
		if err != nil {
			m.Fatal(err)
		}
		if err := c.Provide(m.Context(), d.blob, nil); err != nil {
			m.Fatal(err)
		}
		m.until(d, "running", func(worker.Detail) bool {
			detail, err := c.Status(m.Context())
			return err == nil && detail.Ready && detail.Phase == lease.Running
		})
		m.shell(c)
		m.carry(c)
		m.visit(c)

		next, before := 0, m.worker
		_, err = c.Logs(m.Context(), "web", 0, true, func(_ int64, text []byte) error {
			next += bytes.Count(text, []byte("\n"))
			switch {
			case next > 5 && m.worker == before: // in the middle of it, the provider begins anew
				if err := p.host.Close(); err != nil {
					return err
				}
				m.stop()
				m.up()
				m.reconcile(d)
				p.listen(addresses...)
			case next > 60:
				return io.EOF
			}
			return nil
		})
		if !errors.Is(err, io.EOF) {
			m.Errorf("after %d lines: %v", next, err)
		}
		var kinds []string
		if err := c.Events(m.Context(), 0, false, func(e worker.Event) error { kinds = append(kinds, e.Kind+e.Replica); return nil }); err != nil {
			m.Error(err)
		}
		if got := strings.Join(kinds, " "); got != "lease manifest startedweb-0 startedecho-0 ready" {
			m.Errorf("%q", got)
		}
	})
}

func (m *machine) shell(c *session.Client) {
	m.Helper()
	in, keys := io.Pipe()
	sizes, out := make(chan sandbox.Size, 1), &spoken{heard: make(chan string, 100)}
	go func() {
		sizes <- sandbox.Size{Rows: 33, Columns: 44}
		for text := range out.heard {
			if strings.Contains(text, "size 33 44") {
				_, _ = keys.Write([]byte("bye\n"))
				return
			}
		}
	}()
	code, err := c.Exec(m.Context(), "web", sandbox.Exec{
		Args: []string{"/tenant", "terminal"}, Stdin: in, Stdout: out, Terminal: &sandbox.Size{Rows: 24, Columns: 80}, Resize: sizes,
	})
	if code != 0 || err != nil || !strings.Contains(out.all.String(), "line bye") {
		m.Errorf("%d, %v, %q", code, err, out.all.String())
	}
	_ = keys.Close()
}

// spoken passes on what it has heard so far.
type spoken struct {
	all   bytes.Buffer
	heard chan string
}

func (s *spoken) Write(b []byte) (int, error) {
	s.all.Write(b)
	select {
	case s.heard <- s.all.String():
	default:
	}
	return len(b), nil
}

func (m *machine) carry(c *session.Client) {
	m.Helper()
	files := map[string]string{"a": strings.Repeat("x", 300_000), "b": ""}
	var tape bytes.Buffer
	if err := packFiles(m.T, &tape, files); err != nil {
		m.Fatal(err)
	}
	if err := c.Put(m.Context(), "web", "/data/in", &tape); err != nil {
		m.Fatal(err)
	}
	tape.Reset()
	if err := c.Get(m.Context(), "web", "/data/in", &tape); err != nil {
		m.Fatal(err)
	}
	if got := unpackFiles(m.T, &tape); len(got) != 2 || got["a"] != files["a"] {
		m.Errorf("%d files came back", len(got))
	}
}

func (m *machine) visit(c *session.Client) {
	m.Helper()
	near, far := net.Pipe()
	done := make(chan error, 1)
	go func() { done <- c.Forward(m.Context(), "echo", 80, far) }()
	b := make([]byte, len("hello\n"))
	if _, err := io.ReadFull(near, b); err != nil || string(b) != "hello\n" {
		m.Errorf("%q, %v", b, err)
	}
	if _, err := near.Write([]byte("back\n")); err != nil {
		m.Error(err)
	}
	if _, err := io.ReadFull(near, b[:5]); err != nil || string(b[:5]) != "back\n" {
		m.Errorf("%q, %v", b, err)
	}
	_ = near.Close()
	if err := <-done; err != nil {
		m.Error(err)
	}
}
