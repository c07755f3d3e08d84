package vault_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"ayni.example/provenance/vault"
)

// TestBackup goes through the age library by the keyring alone, and through restore into another wallet's vault.
func TestBackup(t *testing.T) {
	r := newRig(t, 1)
	o, gone := r.add(t, "ö", part("x", "first"), part("y", strings.Repeat("second", 50_000))), r.add(t, "gone", part("x", "third"))
	g := r.grant(t, o, "*")
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "backup")
	if n, err := r.Backup(t.Context(), to, []age.Recipient{key.Recipient()}); err != nil || n != 2 {
		t.Fatalf("%d, %v", n, err)
	}
	if _, err := r.Backup(t.Context(), to, []age.Recipient{key.Recipient()}); err == nil {
		t.Error("a backup was written over another")
	}
	opened(t, to, key, o)
	second := newRig(t, 2)
	got, err := second.Restore(t.Context(), to, []age.Identity{key})
	if err != nil || len(got.Objects) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	back, err := second.Object(o.ID)
	if err != nil || second.text(t, back, 0) != "first" || len(second.text(t, back, 1)) != 300_000 {
		t.Errorf("%v", err)
	}
	if _, err := second.Granted(g.Terms.ID()); err != nil {
		t.Errorf("the grant did not come back: %v", err)
	}
	if _, err := second.Erase(t.Context(), gone.ID); err != nil {
		t.Fatal(err)
	}
	if got, err := second.Restore(t.Context(), to, []age.Identity{key}); err != nil || len(got.Erased) != 1 || len(got.Present) != 1 || len(got.Objects) != 0 {
		t.Errorf("again: %+v, %v", got, err)
	}
	other, _ := age.GenerateX25519Identity()
	if _, err := newRig(t, 3).Restore(t.Context(), to, []age.Identity{other}); !errors.Is(err, vault.ErrBackup) {
		t.Errorf("another key: %v", err)
	}
	file := filepath.Join(to, o.Items[0].File+".age")
	raw, _ := os.ReadFile(file)
	raw[len(raw)-1] ^= 1
	_ = os.WriteFile(file, raw, 0o600)
	third := newRig(t, 4)
	if _, err := third.Restore(t.Context(), to, []age.Identity{key}); !errors.Is(err, vault.ErrBackup) {
		t.Errorf("a changed age file: %v", err)
	}
	if list, err := third.List(); err != nil || len(list) > 1 {
		t.Errorf("%d objects of a broken backup, %v", len(list), err)
	}
}

// opened reads a backup as the stock tool does.
func opened(t *testing.T, dir string, key age.Identity, o vault.Object) {
	t.Helper()
	ring, err := os.Open(filepath.Join(dir, "keyring.age"))
	if err != nil {
		t.Fatal(err)
	}
	defer ring.Close() //nolint:errcheck // only read
	plain, err := age.Decrypt(ring, key)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := age.ParseIdentities(plain)
	if err != nil || len(ids) != 3 {
		t.Fatalf("%d identities, %v", len(ids), err)
	}
	file, err := os.Open(filepath.Join(dir, o.Items[0].File+".age"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // only read
	r, err := age.Decrypt(file, ids...)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(r); err != nil || string(text) != "first" {
		t.Errorf("%q, %v", text, err)
	}
}
