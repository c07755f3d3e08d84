package share_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"ayni.example/provenance/vault"
	"ayni.example/provenance/vault/share"
)

func newTown(tb testing.TB) (*world, vault.Object) {
	tb.Helper()
	w := newWorld(tb, "owner", "grantee", "thief")
	o := w.machines["owner"].add(tb, "diary", map[string]string{"a/1": "first", "a/2": strings.Repeat("second", 200_000), "b/1": "not granted"})
	return w, o
}

// TestRead gives the grantee what is in the scope, logs it, and nothing to a thief.
func TestRead(t *testing.T) {
	w, o := newTown(t)
	g := w.grant(t, "owner", "grantee", o, "a/")
	for item, want := range map[string]string{"a/1": "first", "a/2": strings.Repeat("second", 200_000)} {
		if got, err := w.read(t, "grantee", "owner", g, item); err != nil || got != want {
			t.Errorf("%s: %d bytes, %v", item, len(got), err)
		}
	}
	if _, err := w.read(t, "grantee", "owner", g, "b/1"); !errors.Is(err, vault.ErrScope) {
		t.Errorf("outside of the scope: %v", err)
	}
	if _, err := w.read(t, "thief", "owner", g, "a/1"); !errors.Is(err, share.ErrReader) {
		t.Errorf("a thief: %v", err)
	}
	if _, err := w.read(t, "grantee", "owner", strings.Repeat("0", 64), "a/1"); !errors.Is(err, vault.ErrNoGrant) {
		t.Errorf("no such grant: %v", err)
	}
	if _, err := w.machines["grantee"].client.Open(t.Context(), w.remote("owner"), g, "advertising"); !errors.Is(err, vault.ErrPurpose) {
		t.Errorf("another purpose: %v", err)
	}
	var log []string
	err := w.machines["owner"].Log(func(e vault.Entry) error {
		log = append(log, strings.TrimSpace(e.Access.Action+" "+e.Access.Refused))
		if e.Access.Grant != g || e.Access.Height != 7 && e.Access.Refused == "" {
			t.Errorf("%+v", e.Access)
		}
		return nil
	})
	if got := strings.Join(log, ","); err != nil || got != "open,read,open,read,open,open reader,open purpose" && got != "open,read,open,read,open,open purpose,open reader" {
		t.Errorf("log %v, %v", log, err)
	}
}

// TestEnded refuses each way in which a grant ends, by its name, at once and within an open session.
func TestEnded(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(*testing.T, *world, string, vault.Object)
		want error
	}{
		{"revoked", func(t *testing.T, w *world, g string, _ vault.Object) {
			t.Helper()
			if err := w.machines["owner"].owner.Revoke(t.Context(), g); err != nil {
				t.Fatal(err)
			}
		}, vault.ErrRevoked},
		{"revoked on the ledger alone", func(_ *testing.T, w *world, g string, _ vault.Object) {
			w.book.set(w.machines["owner"].address()+g, func(s *share.Standing) { s.Revoked = true })
		}, vault.ErrRevoked},
		{"expired", func(_ *testing.T, w *world, _ string, _ vault.Object) { w.at = w.at.Add(vault.LifeDefault) }, vault.ErrExpired},
		{"erased", func(t *testing.T, w *world, _ string, o vault.Object) {
			t.Helper()
			if _, err := w.machines["owner"].owner.Erase(t.Context(), o.ID); err != nil {
				t.Fatal(err)
			}
		}, vault.ErrErased},
		{"the ledger does not answer", func(_ *testing.T, w *world, _ string, _ vault.Object) { w.book.away = errors.New("away") }, share.ErrLedger},
		{"the ledger lags", func(_ *testing.T, w *world, _ string, _ vault.Object) { w.book.behind = true }, share.ErrLedger},
		{"the ledger stands still", func(_ *testing.T, w *world, _ string, _ vault.Object) { w.book.age = time.Hour }, share.ErrLedger},
		{"the ledger has no such grant", func(_ *testing.T, w *world, _ string, _ vault.Object) { w.book.grants = map[string]share.Standing{} }, vault.ErrNoGrant},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, o := newTown(t)
			g := w.grant(t, "owner", "grantee", o, "a/1")
			s, err := w.machines["grantee"].client.Open(t.Context(), w.remote("owner"), g, "study")
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			test.end(t, w, g, o)
			want := test.want
			if test.name == "expired" { // with it the capability, which is looked at first
				want = share.ErrCapability
			}
			if err := s.Read(t.Context(), new(bytes.Buffer), s.Items[0]); !errors.Is(err, want) {
				t.Errorf("within the session: %v, want %v", err, want)
			}
			if _, err := w.read(t, "grantee", "owner", g, ""); !errors.Is(err, test.want) {
				t.Errorf("anew: %v, want %v", err, test.want)
			}
		})
	}
}

// TestRevokeRotates leaves the other grantee's access, and makes the old wrap open nothing that is there.
func TestRevokeRotates(t *testing.T) {
	w, o := newTown(t)
	first, second := w.grant(t, "owner", "grantee", o, "a/1"), w.grant(t, "owner", "thief", o, "a/1")
	if _, err := w.read(t, "grantee", "owner", first, ""); err != nil {
		t.Fatal(err)
	}
	held, err := w.machines["grantee"].Held(first)
	if err != nil {
		t.Fatal(err)
	}
	items, err := w.machines["grantee"].Unwrap(held.Wrap)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.machines["owner"].owner.Revoke(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if got, err := w.read(t, "thief", "owner", second, ""); err != nil || got != "first" {
		t.Errorf("the other grantee: %q, %v", got, err)
	}
	now, err := w.machines["owner"].Object(o.ID)
	if err != nil {
		t.Fatal(err)
	}
	file, err := w.machines["owner"].Sealed(o.ID, now.Items[0].File)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // only read
	if err := vault.Unseal(t.Context(), new(bytes.Buffer), file, items[0].Identity); !errors.Is(err, vault.ErrWrap) {
		t.Errorf("the old key opens the new age file: %v", err)
	}
	if err := w.machines["owner"].owner.Revoke(t.Context(), first); err != nil {
		t.Errorf("revoked twice: %v", err)
	}
}

// TestReplicas asks those that may hold an age file, and says what each did.
func TestReplicas(t *testing.T) {
	w := newWorld(t, "owner", "good", "liar", "unwilling", "pledged", "away", "stranger", "empty")
	o := w.machines["owner"].add(t, "x", map[string]string{"x": "text"})
	o, err := w.machines["owner"].Share(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	digest := o.Items[0].Digest
	for _, name := range []string{"good", "liar", "unwilling", "pledged", "away", "stranger", "empty"} {
		m := w.machines[name]
		w.book.machines = append(w.book.machines, share.Replica{Remote: w.remote(name), Pledged: name == "away" || name == "pledged"})
		m.blobs[digest] = name != "empty"
		if name == "stranger" || name == "empty" {
			continue
		}
		if err := m.KeepFor(digest, w.machines["owner"].address()); err != nil {
			t.Fatal(err)
		}
	}
	w.machines["liar"].lies, w.machines["away"].away = true, true
	w.machines["unwilling"].keeps, w.machines["pledged"].keeps = errors.New("no"), share.ErrPledged
	e, err := w.machines["owner"].owner.Erase(t.Context(), o.ID)
	if err != nil || e.Done {
		t.Fatalf("%+v, %v", e, err)
	}
	check := func(e vault.Erasure, want map[string]vault.Reply) {
		t.Helper()
		if len(e.Replicas) != len(want) {
			t.Errorf("%d replicas, want %d", len(e.Replicas), len(want))
		}
		for name, reply := range want {
			for _, r := range e.Replicas {
				if r.Holder == w.machines[name].address() && r.Reply != reply {
					t.Errorf("%s: %s %s, want %s", name, r.Reply, r.Why, reply)
				}
			}
		}
	}
	want := map[string]vault.Reply{
		"good": vault.Erased, "liar": vault.Refused, "unwilling": vault.Refused, "pledged": vault.Promised, "away": vault.Silent, "stranger": vault.Refused,
	}
	check(e, want)
	if w.machines["good"].blobs[digest] || !w.machines["stranger"].blobs[digest] {
		t.Error("the wrong one erased")
	}
	for _, r := range e.Replicas {
		var receipt share.Receipt
		if r.Reply == vault.Erased && (json.Unmarshal(r.Receipt, &receipt) != nil || receipt.Digest != digest) {
			t.Errorf("receipt %s", r.Receipt)
		}
		if r.Reply == vault.Erased {
			if holder, err := receipt.Check(); err != nil || holder != r.Holder {
				t.Errorf("receipt of %s: %v", holder, err)
			}
			receipt.At++
			if _, err := receipt.Check(); !errors.Is(err, share.ErrSignature) {
				t.Errorf("a changed receipt: %v", err)
			}
		}
	}
	w.machines["away"].away, w.machines["pledged"].keeps = false, nil
	w.at = w.at.Add(6 * time.Minute)
	if err := w.machines["owner"].owner.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	want["away"], want["pledged"] = vault.Erased, vault.Erased
	if e, err = w.machines["owner"].Erasure(o.ID); err != nil || !e.Done {
		t.Fatalf("%+v, %v", e, err)
	}
	check(e, want)
}

// TestEraseByAnother refuses whoever is not the owner for whom it is kept.
func TestEraseByAnother(t *testing.T) {
	w := newWorld(t, "owner", "replica", "thief")
	digest := strings.Repeat("ab", 32)
	w.machines["replica"].blobs[digest] = true
	if err := w.machines["replica"].KeepFor(digest, w.machines["owner"].address()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.machines["thief"].client.Erase(t.Context(), w.remote("replica"), digest); !errors.Is(err, share.ErrKeeper) || !w.machines["replica"].blobs[digest] {
		t.Errorf("a thief: %v", err)
	}
	if err := w.machines["replica"].KeepFor(digest, w.machines["thief"].address()); err == nil {
		t.Error("the owner of what is kept was changed")
	}
	if _, err := w.machines["owner"].client.Erase(t.Context(), w.remote("replica"), digest); err != nil || w.machines["replica"].blobs[digest] {
		t.Errorf("the owner: %v", err)
	}
}

// TestGoesOn does what is left after each step was cut off: the ledger refused, or the machine was killed.
func TestGoesOn(t *testing.T) {
	w, o := newTown(t)
	owner := w.machines["owner"]
	g := w.grant(t, "owner", "grantee", o, "a/")
	w.book.refuse = errors.New("no credits")
	if err := owner.owner.Revoke(t.Context(), g); err == nil {
		t.Fatal("revoked without the ledger")
	}
	if _, err := w.read(t, "grantee", "owner", g, "a/1"); !errors.Is(err, vault.ErrRevoked) {
		t.Errorf("read while a revocation is under way: %v", err)
	}
	if _, err := owner.owner.Erase(t.Context(), o.ID); err == nil {
		t.Fatal("erased without the ledger")
	}
	if _, err := owner.Object(o.ID); !errors.Is(err, vault.ErrErased) {
		t.Errorf("the object: %v", err)
	}
	w.start(t, "owner") // after a kill
	w.book.refuse = nil
	if err := owner.owner.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e, err := owner.Erasure(o.ID); err != nil || !e.Ledger || !e.Done {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := w.read(t, "grantee", "owner", g, "a/1"); !errors.Is(err, vault.ErrErased) {
		t.Errorf("after: %v", err)
	}
	// A grant whose transaction was lost is given up, one whose answer was lost stands.
	other := owner.add(t, "y", map[string]string{"y": "t"})
	w.book.refuse = errors.New("lost")
	terms := vault.Terms{
		ChainID: chainID, Owner: owner.address(), Grantee: w.machines["grantee"].address(), Object: other.ID, Scope: []string{"*"}, Purpose: "p",
		Expires: w.at.Add(time.Hour).Unix(),
	}
	lost, _ := owner.owner.Grant(t.Context(), terms)
	seen, _ := owner.owner.Grant(t.Context(), terms)
	w.book.refuse = nil
	if err := errors.Join(w.book.Grant(t.Context(), seen.Terms), owner.owner.Resume(t.Context())); err != nil {
		t.Fatal(err)
	}
	if got, err := owner.Granted(seen.Terms.ID()); err != nil || got.State != vault.Stands {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := owner.Granted(lost.Terms.ID()); err != nil {
		t.Errorf("given up at once: %v", err)
	}
	w.at = w.at.Add(20 * time.Minute)
	if err := owner.owner.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := owner.Granted(lost.Terms.ID()); !errors.Is(err, vault.ErrNoGrant) {
		t.Errorf("still there: %v", err)
	}
}
