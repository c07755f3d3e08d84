package invite_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver

	"cosmossdk.io/math"

	"ayni.example/p2p"
	"ayni.example/provider/invite"
)

func host(t *testing.T) *p2p.Host {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h, err := p2p.New(p2p.Config{Key: key, Listen: []string{"/ip4/127.0.0.1/tcp/0"}, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// desk is an inviter over a real host that counts what it grants.
type desk struct {
	*invite.Inviter
	host    *p2p.Host
	mu      sync.Mutex
	granted map[string]int
	fail    error
	now     time.Time
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "invites.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	d := &desk{host: host(t), granted: map[string]int{}, now: time.Unix(1_000_000, 0)}
	d.Inviter, err = invite.New(t.Context(), invite.Config{
		DB: db, Genesis: []byte(`{"chain_id":"ayni_1-1"}`), Ledger: func() string { return "id@127.0.0.1:1" }, First: func() int64 { return 17 }, Now: func() time.Time { return d.now },
		Random: rand.Reader, Logger: slog.New(slog.DiscardHandler),
		Grant: func(_ context.Context, address string, _ math.Int) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			if d.fail == nil {
				d.granted[address]++
			}
			return d.fail
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.host.Handle(invite.Protocol, p2p.HandlerLimits{}, d.Handle)
	return d
}

func (d *desk) token(t *testing.T) invite.Token {
	t.Helper()
	text, _, err := d.Invite(t.Context(), invite.Token{ChainID: "ayni_1-1", Peer: d.host.ID(), Addrs: d.host.Addrs()}, math.NewInt(5), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	token, err := invite.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestJoin(t *testing.T) {
	d, joiner := newDesk(t), host(t)
	token := d.token(t)
	got, err := invite.Join(t.Context(), joiner, token, "ayni1first")
	if err != nil || !bytes.Contains(got.Genesis, []byte("ayni_1-1")) || got.Granted != "5" || got.Ledger != "id@127.0.0.1:1" || got.First != 17 {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := invite.Join(t.Context(), joiner, token, "ayni1first"); err != nil {
		t.Errorf("the same machine again: %v", err)
	}
	if _, err := invite.Join(t.Context(), joiner, token, "ayni1other"); err == nil || !strings.Contains(err.Error(), "used") {
		t.Errorf("another machine: %v", err)
	}
	if d.granted["ayni1first"] != 1 || len(d.granted) != 1 {
		t.Errorf("granted %v", d.granted)
	}
}

func TestJoinRefused(t *testing.T) {
	d, joiner := newDesk(t), host(t)
	wrong := d.token(t)
	wrong.Secret[0] ^= 1
	if _, err := invite.Join(t.Context(), joiner, wrong, "ayni1a"); err == nil || !strings.Contains(err.Error(), "unknown") {
		t.Errorf("wrong secret: %v", err)
	}
	forged := d.token(t)
	forged.Genesis[0] ^= 1
	if _, err := invite.Join(t.Context(), joiner, forged, "ayni1a"); !errors.Is(err, invite.ErrToken) {
		t.Errorf("other genesis: %v", err)
	}
	late := d.token(t)
	d.now = d.now.Add(2 * time.Hour)
	if _, err := invite.Join(t.Context(), joiner, late, "ayni1b"); err == nil {
		t.Error("an expired invitation worked")
	}
	impostor := d.token(t)
	impostor.Peer = joiner.ID()
	if _, err := invite.Join(t.Context(), host(t), impostor, "ayni1c"); !errors.Is(err, p2p.ErrUnreachable) {
		t.Errorf("another peer at the address: %v", err)
	}
}

func TestGrantIsTriedAgain(t *testing.T) {
	d, joiner := newDesk(t), host(t)
	token := d.token(t)
	d.fail = errors.New("quota used up")
	if _, err := invite.Join(t.Context(), joiner, token, "ayni1a"); err == nil || !strings.Contains(err.Error(), "quota used up") {
		t.Errorf("without quota: %v", err)
	}
	d.mu.Lock()
	d.fail = nil
	d.mu.Unlock()
	if _, err := invite.Join(t.Context(), joiner, token, "ayni1a"); err != nil || d.granted["ayni1a"] != 1 {
		t.Errorf("later: %v, %v", err, d.granted)
	}
}

func TestGrantThatMayStillComeIsNotRepeated(t *testing.T) {
	d, joiner := newDesk(t), host(t)
	token := d.token(t)
	d.fail = fmt.Errorf("sent, but not seen: %w", context.DeadlineExceeded)
	if _, err := invite.Join(t.Context(), joiner, token, "ayni1a"); err == nil || !strings.Contains(err.Error(), "in time") {
		t.Errorf("unconfirmed: %v", err)
	}
	d.mu.Lock()
	d.fail = nil
	d.mu.Unlock()
	if _, err := invite.Join(t.Context(), joiner, token, "ayni1a"); err != nil || d.granted["ayni1a"] != 0 {
		t.Errorf("later: %v, %v", err, d.granted)
	}
}

func TestTokenEveryCharacter(t *testing.T) {
	token := invite.Token{ChainID: "ayni_1-1", Peer: "12D3KooW", Addrs: []string{"/ip4/10.0.0.1/tcp/1"}, Secret: invite.Secret{1, 2, 3}}
	text, err := token.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for i := range text {
		changed := []byte(text)
		changed[i] ^= 1
		if _, err := invite.Decode(string(changed)); !errors.Is(err, invite.ErrToken) {
			t.Errorf("character %d changed: %v", i, err)
		}
		if _, err := invite.Decode(text[:i]); !errors.Is(err, invite.ErrToken) {
			t.Errorf("cut at %d: %v", i, err)
		}
	}
}

func FuzzToken(f *testing.F) {
	token := invite.Token{ChainID: "ayni_1-1", Peer: "12D3KooW", Addrs: []string{"/ip4/10.0.0.1/tcp/1"}}
	text, err := token.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add("ayni1AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := invite.Decode(text)
		if err != nil {
			return
		}
		again, err := token.Encode()
		if err != nil || again != text {
			t.Errorf("%q came back as %q, %v", text, again, err)
		}
	})
}
