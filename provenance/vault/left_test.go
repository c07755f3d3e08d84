package vault_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"

	"ayni.example/provenance/vault"
)

// TestLeftByCrash wipes what a crash left of records that were being written, and leaves alone what is being written now.
func TestLeftByCrash(t *testing.T) {
	r := newRig(t, 1)
	o := r.add(t, "x", part("x", "text"))
	plant := func(path string, age time.Duration) string {
		t.Helper()
		path = filepath.Join(r.dir, path)
		if err := errors.Join(os.WriteFile(path, []byte("planted words"), 0o600), os.Chtimes(path, r.at.Add(-age), r.at.Add(-age))); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, path := range []string{".log.jsonl-123", "grants/.aa.age-1", "received/.aa.age-1", "kept/.aa.json-1", "erasures/.aa.json-1", "objects/" + o.ID + "/.record.age-1"} {
		plant(path, time.Hour)
	}
	young := plant("kept/.bb.json-1", time.Second)
	if _, err := r.Erase(t.Context(), r.add(t, "y", part("y", "other")).ID); err != nil {
		t.Fatal(err)
	}
	if found := grep(t, r.dir, "planted words"); len(found) != 1 || found[0] != young {
		t.Errorf("left: %v", found)
	}
}

// TestUnreadableGrant erases an object although the record of a grant does not open, and says which stayed.
func TestUnreadableGrant(t *testing.T) {
	r := newRig(t, 1)
	o, other := r.add(t, "x", part("x", "text")), r.add(t, "y", part("y", "other"))
	g, broken := r.grant(t, o, "*"), r.grant(t, other, "*")
	path := filepath.Join(r.dir, "grants", broken.Terms.ID()+".age")
	if err := os.WriteFile(path, bytes.Repeat([]byte("?"), 400), 0o600); err != nil {
		t.Fatal(err)
	}
	if list, err := r.Grants(""); !errors.Is(err, vault.ErrSealed) || len(list) != 1 {
		t.Errorf("grants: %+v, %v", list, err)
	}
	e, err := r.Erase(t.Context(), o.ID)
	if err != nil || !e.Here || len(e.Grants) != 1 || e.Grants[0] != g.Terms.ID() || len(e.Left) != 1 || e.Left[0] != broken.Terms.ID() {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := r.Object(other.ID); err != nil {
		t.Errorf("another object: %v", err)
	}
}

// TestRestoredProgram brings back what accounts may read, which the ledger ends, and not what a program may, which nobody else knows of.
func TestRestoredProgram(t *testing.T) {
	from, to := newRig(t, 1), newRig(t, 1)
	o := from.add(t, "x", part("x", "text"))
	g := from.grant(t, o, "*")
	program, err := from.Connect(t.Context(), "assistant", vault.Terms{ChainID: "c", Owner: "o", Object: o.ID, Scope: []string{"*"}, Purpose: "p", Expires: from.at.Add(time.Hour).Unix()})
	if err != nil {
		t.Fatal(err)
	}
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "backup")
	if _, err := from.Backup(t.Context(), dir, []age.Recipient{key.Recipient()}); err != nil {
		t.Fatal(err)
	}
	if _, err := to.Restore(t.Context(), dir, []age.Identity{key}); err != nil {
		t.Fatal(err)
	}
	if _, err := to.Granted(g.Terms.ID()); err != nil {
		t.Errorf("to an account: %v", err)
	}
	if _, err := to.Granted(program.Terms.ID()); !errors.Is(err, vault.ErrNoGrant) {
		t.Errorf("to a program: %v", err)
	}
}

// TestStaleJournal keeps the journal of a rotation only while somebody is to be asked.
func TestStaleJournal(t *testing.T) {
	r := newRig(t, 1)
	o := r.add(t, "x", part("x", "text"))
	if _, err := r.Share(t.Context(), o.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Rotate(t.Context(), o.ID, []string{"*"}); err != nil {
		t.Fatal(err)
	}
	list, err := r.Erasures()
	if err != nil || len(list) != 1 || !list[0].Stale {
		t.Fatalf("%+v, %v", list, err)
	}
	list[0].Done = true
	if err := r.Note(list[0]); err != nil {
		t.Fatal(err)
	}
	if list, err = r.Erasures(); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestContaining finds the objects that have given bytes, whatever they are called, and notes once where they went.
func TestContaining(t *testing.T) {
	r := newRig(t, 1)
	o := r.add(t, "x", part("a", "text"), part("b", "more"))
	again := r.add(t, "y", part("c", "more"))
	r.add(t, "z", part("d", "same")) // as long
	found, err := r.Containing(t.Context(), []byte("more"))
	if err != nil || len(found) != 2 || found[0].ID == found[1].ID || found[0].ID != o.ID && found[0].ID != again.ID {
		t.Fatalf("%+v, %v", found, err)
	}
	use := vault.Use{Asset: "zz"}
	if _, err := r.Used(t.Context(), o.ID, use); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("no id: %v", err)
	}
	if o, err := r.Object(o.ID); err != nil || len(o.Uses) != 0 {
		t.Errorf("%+v, %v", o.Uses, err)
	}
}
