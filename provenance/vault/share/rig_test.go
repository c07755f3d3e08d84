package share_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"ayni.example/internal/ethkey"
	"ayni.example/p2p"
	"ayni.example/provenance/vault"
	"ayni.example/provenance/vault/share"
)

const chainID = "ayni-test-1"

// account is somebody's key.
type account struct{ key *ethkey.PrivKey }

func (a account) Sign(message []byte) (key, signature []byte, err error) {
	signature, err = a.key.Sign(message)
	return a.key.PubKey().Bytes(), signature, err
}

func (a account) address() string { return ethkey.Format(a.key.PubKey().Address()) }

// book is a ledger in memory, for tests of what is above it; end to end the real one is used.
type book struct {
	mu       sync.Mutex
	now      func() time.Time
	grants   map[string]share.Standing
	tombs    map[string]bool
	machines []share.Replica
	away     error         // every answer
	refuse   error         // every transaction
	age      time.Duration // of the newest block
	behind   bool
	sent     []string
}

func (b *book) Head(context.Context) (share.Head, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return share.Head{Height: 7, Time: b.now().Add(-b.age), Behind: b.behind}, b.away
}

func (b *book) Standing(_ context.Context, owner, grant string) (share.Standing, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g, ok := b.grants[owner+grant]
	if !ok && b.away == nil {
		return g, vault.ErrNoGrant
	}
	return g, b.away
}

func (b *book) change(what string, do func()) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refuse == nil {
		b.sent = append(b.sent, what)
		do()
	}
	return b.refuse
}

func (b *book) Grant(_ context.Context, t vault.Terms) error {
	return b.change("grant", func() {
		b.grants[t.Owner+t.ID()] = share.Standing{Owner: t.Owner, Grant: t.ID(), Grantee: t.Grantee, Expires: t.Expires}
	})
}

func (b *book) set(key string, do func(*share.Standing)) {
	g := b.grants[key]
	do(&g)
	b.grants[key] = g
}

func (b *book) Revoke(_ context.Context, owner, grant string) error {
	return b.change("revoke", func() { b.set(owner+grant, func(g *share.Standing) { g.Revoked = true }) })
}

func (b *book) Erase(_ context.Context, owner string, grants []string, asset string) error {
	return b.change("erase", func() {
		for _, g := range grants {
			b.set(owner+g, func(g *share.Standing) { g.Erased = true })
		}
		b.tombs[asset] = true
	})
}

func (b *book) Withdraw(_ context.Context, contribution string) error {
	return b.change("withdraw "+contribution, func() {})
}

func (b *book) Machines(context.Context, string) ([]share.Replica, error) { return b.machines, nil }

// machine is one person's side: a vault, a server, a client.
type machine struct {
	*vault.Vault
	account
	name   string // and peer id
	dir    string
	server *share.Server
	client *share.Client
	owner  *share.Owner
	blobs  map[string]bool // age files that it holds for others
	keeps  error           // why it does not erase
	lies   bool            // says that it erased, and did not
	away   bool
}

func (m *machine) Erase(_ context.Context, digest string) error {
	if m.keeps == nil && !m.lies {
		delete(m.blobs, digest)
	}
	return m.keeps
}

// world is some machines and a ledger.
type world struct {
	at       time.Time
	book     *book
	machines map[string]*machine
}

func (w *world) now() time.Time { return w.at }

func newWorld(tb testing.TB, names ...string) *world {
	tb.Helper()
	w := &world{at: time.Now().Truncate(time.Second), machines: map[string]*machine{}}
	w.book = &book{now: w.now, grants: map[string]share.Standing{}, tombs: map[string]bool{}}
	for _, name := range names {
		key, err := ethkey.Generate(rand.Reader)
		if err != nil {
			tb.Fatal(err)
		}
		w.machines[name] = &machine{name: name, account: account{key}, dir: filepath.Join(tb.TempDir(), name), blobs: map[string]bool{}}
		w.start(tb, name)
	}
	return w
}

// start opens a machine, again after it was killed.
func (w *world) start(tb testing.TB, name string) {
	tb.Helper()
	m := w.machines[name]
	must := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	var err error
	m.Vault, err = vault.New(vault.Config{Dir: m.dir, Secret: vault.Secret([]byte(fmt.Sprintf("%32s", name))), Now: w.now, Random: rand.Reader})
	must(err)
	quiet := slog.New(slog.DiscardHandler)
	m.server, err = share.New(share.Config{
		Vault: m.Vault, Ledger: w.book, Replicas: m, Account: m.account, Address: m.address(), ChainID: chainID, Self: name, Stale: time.Minute,
		Now: w.now, Random: rand.Reader, Logger: quiet,
	})
	must(err)
	m.client, err = share.NewClient(share.ClientConfig{
		Vault: m.Vault, Ledger: w.book, Host: from{w, name}, Account: m.account, Address: m.address(), ChainID: chainID, Self: name, Now: w.now,
	})
	must(err)
	m.owner, err = share.NewOwner(share.OwnerConfig{
		Vault: m.Vault, Book: w.book, Client: m.client, Own: m, Now: w.now, Logger: quiet,
		Probe: func(_ context.Context, at share.Remote, b vault.Blob) (bool, error) {
			other := w.machines[at.Peer]
			if other.away {
				return false, errors.New("away")
			}
			return other.blobs[b.Digest], nil
		},
	})
	must(err)
}

func (w *world) remote(name string) share.Remote {
	return share.Remote{Account: w.machines[name].address(), Peer: name}
}

// from dials as one machine: the other side knows who it is, as libp2p proves it.
type from struct {
	w    *world
	self string
}

func (f from) Open(ctx context.Context, id string, _ []string, _ string) (*p2p.Stream, error) {
	to := f.w.machines[id]
	if to == nil || to.away {
		return nil, p2p.ErrUnreachable
	}
	near, far := net.Pipe()
	go func() {
		defer func() { _ = far.Close() }()
		to.server.Handle(context.WithoutCancel(ctx), p2p.NewStream(far, f.self, time.Now))
	}()
	return p2p.NewStream(near, id, time.Now), nil
}

func (m *machine) add(tb testing.TB, name string, items map[string]string) vault.Object {
	tb.Helper()
	parts := make([]vault.Part, 0, len(items))
	for item, text := range items {
		parts = append(parts, vault.Part{Name: item, Media: "text/plain", Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader([]byte(text))), nil }})
	}
	o, err := m.Add(tb.Context(), name, vault.KindFolder, parts)
	if err != nil {
		tb.Fatal(err)
	}
	return o
}

func (w *world) grant(tb testing.TB, owner, grantee string, o vault.Object, scope ...string) string {
	tb.Helper()
	g, err := w.machines[owner].owner.Grant(tb.Context(), vault.Terms{
		ChainID: chainID, Owner: w.machines[owner].address(), Grantee: w.machines[grantee].address(), Object: o.ID, Scope: scope, Purpose: "study",
		Expires: w.at.Add(vault.LifeDefault).Unix(),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return g.Terms.ID()
}

// read is all that a grantee does.
func (w *world) read(tb testing.TB, who, owner, grant, item string) (string, error) {
	tb.Helper()
	s, err := w.machines[who].client.Open(tb.Context(), w.remote(owner), grant, "")
	if err != nil {
		return "", err
	}
	defer s.Close()
	i, err := s.Item(item)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = s.Read(tb.Context(), &b, i)
	return b.String(), err
}
