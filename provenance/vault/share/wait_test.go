package share_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ayni.example/provenance/vault"
	"ayni.example/provenance/vault/share"
)

// one is a world in which a machine holds the only age file of an object of the owner's.
func one(t *testing.T, until int64) (w *world, object, digest string) {
	t.Helper()
	w = newWorld(t, "owner", "holder")
	o := w.machines["owner"].add(t, "x", map[string]string{"x": "text"})
	o, err := w.machines["owner"].Share(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	digest = o.Items[0].Digest
	w.book.machines = []share.Replica{{Remote: w.remote("holder"), Pledged: until > 0, Until: until}}
	w.machines["holder"].blobs[digest] = true
	if err := w.machines["holder"].KeepFor(digest, w.machines["owner"].address()); err != nil {
		t.Fatal(err)
	}
	return w, o.ID, digest
}

// resume lets a machine go on with what is left, and gives the erasure's only replica.
func (w *world) resume(t *testing.T, object string) (vault.Erasure, vault.Replica) {
	t.Helper()
	if err := w.machines["owner"].owner.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	e, err := w.machines["owner"].Erasure(object)
	if err != nil || len(e.Replicas) != 1 {
		t.Fatalf("%+v, %v", e, err)
	}
	return e, e.Replicas[0]
}

// TestSilent asks a machine that never answers again, each time later, and says in the end that nobody knows.
func TestSilent(t *testing.T) {
	w, object, _ := one(t, 1) // a pledge that is long over: it counts as a holder, and nothing binds it
	w.machines["holder"].away = true
	e, err := w.machines["owner"].owner.Erase(t.Context(), object)
	if err != nil || e.Done || e.Replicas[0].Reply != vault.Silent {
		t.Fatalf("%+v, %v", e, err)
	}
	begun, rounds := w.at, 0
	var r vault.Replica
	for last := e.Replicas[0]; !e.Done; last = r {
		if rounds++; rounds > 100 {
			t.Fatal("it is asked for ever")
		}
		w.at = time.Unix(last.Next-1, 0)
		if _, early := w.resume(t, object); early.Tries != last.Tries {
			t.Fatalf("it was asked before its time: %+v", early)
		}
		w.at = time.Unix(last.Next, 0)
		if e, r = w.resume(t, object); r.Tries != last.Tries+1 {
			t.Fatalf("it was not asked: %+v", r)
		}
	}
	if r.Reply != vault.Unproved || !strings.Contains(r.Why, "30 times") {
		t.Errorf("in the end: %+v", r)
	}
	if took := w.at.Sub(begun); took < 14*24*time.Hour || took > 35*24*time.Hour {
		t.Errorf("it took %s", took)
	}
}

// TestPledged has a holder remember the order while its bond binds it, carry it out by itself at the end, and sign then.
func TestPledged(t *testing.T) {
	until := time.Now().Add(48 * time.Hour).Unix()
	w, object, digest := one(t, until)
	holder := w.machines["holder"]
	holder.keeps = share.ErrPledged
	e, err := w.machines["owner"].owner.Erase(t.Context(), object)
	if err != nil || e.Done || e.Replicas[0].Reply != vault.Promised || !strings.Contains(e.Replicas[0].Why, "until "+time.Unix(until, 0).UTC().Format(time.DateTime)) {
		t.Fatalf("%+v, %v", e, err)
	}
	orders, err := holder.Orders()
	if err != nil || len(orders) != 1 || orders[0].Digest != digest {
		t.Fatalf("orders: %+v, %v", orders, err)
	}
	if err := holder.owner.Resume(t.Context()); err != nil || !holder.blobs[digest] {
		t.Fatalf("bound, it erased: %v", err)
	}
	if _, r := w.resume(t, object); r.Tries != 0 || r.Next <= until {
		t.Errorf("while it is bound: %+v", r)
	}
	w.at, holder.keeps = time.Unix(until, 0), nil
	if err := holder.owner.Resume(t.Context()); err != nil || holder.blobs[digest] {
		t.Fatalf("free, it did not erase: %v", err)
	}
	if orders, err := holder.Orders(); err != nil || len(orders) != 0 {
		t.Errorf("the order stands: %+v, %v", orders, err)
	}
	w.at = w.at.Add(time.Hour)
	if e, r := w.resume(t, object); !e.Done || r.Reply != vault.Erased || len(r.Receipt) == 0 {
		t.Errorf("after it: %+v", e)
	}
}

// TestPledgedAnew names a holder that binds itself again although it was asked to erase.
func TestPledgedAnew(t *testing.T) {
	until := time.Now().Add(48 * time.Hour).Unix()
	w, object, _ := one(t, until)
	w.machines["holder"].keeps = share.ErrPledged
	if _, err := w.machines["owner"].owner.Erase(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	w.at, w.book.machines[0].Until = time.Unix(until+3600, 0), until+1_000_000
	if e, r := w.resume(t, object); !e.Done || r.Reply != vault.Refused || !strings.Contains(r.Why, "anew") {
		t.Errorf("%+v", e)
	}
}

// TestOwnPledge tells the ledger and asks the others although a pledge of the owner's own binds its copy.
func TestOwnPledge(t *testing.T) {
	w, object, _ := one(t, 0)
	owner := w.machines["owner"]
	owner.keeps = share.ErrPledged
	e, err := owner.owner.Erase(t.Context(), object)
	if err != nil || e.Done || !e.Ledger || len(e.Replicas) != 2 {
		t.Fatalf("%+v, %v", e, err)
	}
	w.at, owner.keeps = w.at.Add(time.Hour), nil
	if e, r := w.resume(t, object); !e.Done || r.Reply != vault.Erased {
		t.Errorf("%+v", e)
	}
}

// TestUsed takes back what went into a pool, before anything else is told.
func TestUsed(t *testing.T) {
	w, object, _ := one(t, 0)
	asset, contribution := strings.Repeat("ab", 32), strings.Repeat("cd", 32)
	for range 2 {
		if _, err := w.machines["owner"].Used(t.Context(), object, vault.Use{Asset: asset, Contribution: contribution, Height: 7}); err != nil {
			t.Fatal(err)
		}
	}
	own := strings.Repeat("ef", 32)
	if _, err := w.machines["owner"].Is(t.Context(), object, own); err != nil {
		t.Fatal(err)
	}
	e, err := w.machines["owner"].owner.Erase(t.Context(), object)
	if err != nil || len(e.Uses) != 1 || e.Uses[0].Asset != asset || e.Asset != own {
		t.Fatalf("%+v, %v", e, err)
	}
	if n := slices.Index(w.book.sent, "withdraw "+contribution); n < 0 || n != slices.Index(w.book.sent, "erase")-1 {
		t.Errorf("sent %v", w.book.sent)
	}
	if !w.book.tombs[own] {
		t.Error("its own asset is not marked")
	}
}
