package vault_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"ayni.example/provenance/vault"
)

// TestWrapTampered changes each field of a wrap: under other terms than those it was made for it does not open.
func TestWrapTampered(t *testing.T) {
	owner, grantee, thief := newRig(t, 1), newRig(t, 2), newRig(t, 3)
	o := owner.add(t, "o", part("a", "text"), part("b", "other"))
	w, err := owner.Wrap(owner.grant(t, o, "a"), grantee.ReaderKey())
	if err != nil {
		t.Fatal(err)
	}
	if items, err := grantee.Unwrap(w); err != nil || len(items) != 1 || items[0].Name != "a" {
		t.Fatalf("%+v, %v", items, err)
	}
	if _, err := thief.Unwrap(w); !errors.Is(err, vault.ErrWrap) {
		t.Errorf("a thief: %v", err)
	}
	if _, err := owner.Unwrap(w); !errors.Is(err, vault.ErrWrap) {
		t.Errorf("the owner's own key: %v", err)
	}
	for name, change := range map[string]func(*vault.Wrap){
		"chain":   func(w *vault.Wrap) { w.Terms.ChainID = "ayni-2" },
		"owner":   func(w *vault.Wrap) { w.Terms.Owner = "ayni1other" },
		"grantee": func(w *vault.Wrap) { w.Terms.Grantee = "ayni1other" },
		"object":  func(w *vault.Wrap) { w.Terms.Object = strings.Repeat("0", 32) },
		"scope":   func(w *vault.Wrap) { w.Terms.Scope = []string{"*"} },
		"wider":   func(w *vault.Wrap) { w.Terms.Scope = append(w.Terms.Scope, "b") },
		"purpose": func(w *vault.Wrap) { w.Terms.Purpose = "advertising" },
		"expires": func(w *vault.Wrap) { w.Terms.Expires++ },
		"salt":    func(w *vault.Wrap) { w.Terms.Salt = bytes.Clone(w.Terms.Salt); w.Terms.Salt[0] ^= 1 },
		"version": func(w *vault.Wrap) { w.Version++ },
		"key":     func(w *vault.Wrap) { w.Sealed = bytes.Clone(w.Sealed); w.Sealed[3] ^= 1 },
		"text":    func(w *vault.Wrap) { w.Sealed = bytes.Clone(w.Sealed); w.Sealed[len(w.Sealed)-1] ^= 1 },
		"cut":     func(w *vault.Wrap) { w.Sealed = w.Sealed[:len(w.Sealed)-1] },
		"empty":   func(w *vault.Wrap) { w.Sealed = nil },
	} {
		changed := w
		change(&changed)
		if _, err := grantee.Unwrap(changed); !errors.Is(err, vault.ErrWrap) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, key := range [][]byte{nil, {1}, make([]byte, 1216)[:1215]} {
		if _, err := owner.Wrap(owner.grant(t, o, "a"), key); !errors.Is(err, vault.ErrWrap) {
			t.Errorf("a reader's key of %d bytes: %v", len(key), err)
		}
	}
}

// TestTermsBind has each term in the commitment.
func TestTermsBind(t *testing.T) {
	r := newRig(t, 1)
	base := r.terms(r.add(t, "o", part("a", "")), "a", "b")
	base.Salt = make([]byte, 32)
	seen := map[string]string{base.ID(): "the terms themselves"}
	for name, change := range map[string]func(*vault.Terms){
		"chain": func(t *vault.Terms) { t.ChainID += "x" }, "owner": func(t *vault.Terms) { t.Owner += "x" }, "grantee": func(t *vault.Terms) { t.Grantee += "x" },
		"object": func(t *vault.Terms) { t.Object += "x" }, "scope": func(t *vault.Terms) { t.Scope = []string{"ab"} }, "purpose": func(t *vault.Terms) { t.Purpose += "x" },
		"expires": func(t *vault.Terms) { t.Expires++ }, "salt": func(t *vault.Terms) { t.Salt = append([]byte{1}, t.Salt[1:]...) },
	} {
		terms := base
		change(&terms)
		if other, twice := seen[terms.ID()]; twice {
			t.Errorf("%s has the commitment of %s", name, other)
		}
		seen[terms.ID()] = name
	}
}

// TestRecordsMoved does not let a record stand in the place of another.
func TestRecordsMoved(t *testing.T) {
	r := newRig(t, 1)
	a, b := r.add(t, "a", part("x", "1")), r.add(t, "b", part("x", "2"))
	ga, gb := r.grant(t, a, "*"), r.grant(t, b, "*")
	swap := func(from, to string) {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(r.dir, from))
		if err := errors.Join(err, os.WriteFile(filepath.Join(r.dir, to), text, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	swap("objects/"+a.ID+"/record.age", "objects/"+b.ID+"/record.age")
	if _, err := r.Object(b.ID); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("another's record: %v", err)
	}
	swap("grants/"+ga.Terms.ID()+".age", "grants/"+gb.Terms.ID()+".age")
	if _, err := r.Granted(gb.Terms.ID()); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("another's grant: %v", err)
	}
}

// child runs a part of this test in a process of its own.
func child(t *testing.T, what, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), "VAULT_CHILD="+what, "VAULT_DIR="+dir)
	return cmd
}

// TestChild is what the other processes do.
func TestChild(t *testing.T) {
	r := &rig{dir: os.Getenv("VAULT_DIR"), at: time.Unix(1_800_000_000, 0)}
	switch os.Getenv("VAULT_CHILD") {
	case "changes":
		r.open(t, 1)
		for n := 0; ; n++ {
			o := r.add(t, fmt.Sprintf("n%d", n), part("x", strings.Repeat("text", 50_000)), part("y", "text"))
			_, _ = r.Share(t.Context(), o.ID)
			r.grant(t, o, "*")
			_ = r.Record(t.Context(), vault.Access{Object: o.ID, Action: "read"})
			_, _ = r.Rotate(t.Context(), o.ID, []string{"*"})
			if n%2 == 0 {
				_, _ = r.Erase(t.Context(), o.ID)
			}
		}
	case "full":
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 16, Max: 1 << 16}); err != nil {
			t.Fatal(err)
		}
		r.open(t, 1)
		list, err := r.List()
		if err != nil || len(list) != 1 {
			t.Fatalf("%d objects, %v", len(list), err)
		}
		if _, err := r.Add(t.Context(), "large", vault.KindFile, []vault.Part{part("small", "s"), part("x", strings.Repeat("x", 1<<17))}); !errors.Is(err, syscall.EFBIG) {
			t.Errorf("added on a full disk: %v", err)
		}
		if _, err := r.Rotate(t.Context(), list[0].ID, []string{"*"}); !errors.Is(err, syscall.EFBIG) {
			t.Errorf("rotated on a full disk: %v", err)
		}
	}
}

// TestKilled kills a process that changes a vault at random instants: what is there is whole, and what was erased is gone.
func TestKilled(t *testing.T) {
	r := newRig(t, 1)
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	rounds := 12
	if testing.Short() {
		rounds = 4
	}
	for n := range rounds {
		cmd := child(t, "changes", r.dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(60+(seed>>uint(n))%240) * time.Millisecond) // the instant is what is random
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		r.open(t, 1)
		whole(t, r)
	}
	erased, err := r.Erasures()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d erasures begun", len(erased))
}

func whole(t *testing.T, r *rig) {
	t.Helper()
	t.Helper()
	if err := r.Log(func(vault.Entry) error { return nil }); err != nil {
		t.Fatalf("log: %v", err)
	}
	erasures, err := r.Erasures()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range erasures {
		if e, err = r.Erase(t.Context(), e.Object); err != nil || !e.Here {
			t.Fatalf("erasure of %s: %v", e.Object, err)
		}
		if found := grep(t, filepath.Join(r.dir, "objects"), e.Object); len(found) > 0 {
			t.Fatalf("of %s are left %v", e.Object, found)
		}
	}
	r.add(t, "sweep", part("x", strings.Repeat("text", 50_000)), part("y", "text")) // wipes what was half done
	list, err := r.List()
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	for _, o := range list {
		if r.text(t, o, 0) != strings.Repeat("text", 50_000) || r.text(t, o, 1) != "text" {
			t.Fatalf("%s is not what was added", o.Name)
		}
	}
	if _, err := r.Grants(""); err != nil {
		t.Fatalf("grants: %v", err)
	}
	if half, _ := filepath.Glob(filepath.Join(r.dir, "objects", ".new-*")); len(half) > 0 {
		t.Fatalf("half made: %v", half)
	}
}

// TestFullDisk keeps what was there, and leaves nothing of what was not.
func TestFullDisk(t *testing.T) {
	r := newRig(t, 1)
	o := r.add(t, "o", part("x", strings.Repeat("text", 50_000)))
	if out, err := child(t, "full", r.dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	entries, err := os.ReadDir(filepath.Join(r.dir, "objects"))
	if err != nil || len(entries) != 1 {
		t.Errorf("%d objects, %v", len(entries), err)
	}
	files, err := os.ReadDir(filepath.Join(r.dir, "objects", o.ID))
	if err != nil || len(files) != 2 {
		t.Errorf("%d files, %v", len(files), err)
	}
	if now, err := r.Object(o.ID); err != nil || now.Version != 1 || len(r.text(t, now, 0)) != 200_000 {
		t.Errorf("%v", err)
	}
}

// TestLarge streams, in and through a rotation, in bounded memory.
func TestLarge(t *testing.T) {
	const size = 96 << 20
	r := newRig(t, 1)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	o := r.add(t, "large", vault.Part{Name: "x", Media: "x", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.LimitReader(zeros{}, size)), nil
	}})
	if _, err := r.Rotate(t.Context(), o.ID, []string{"*"}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.Sys - before.Sys; after.Sys > before.Sys && used > size/2 {
		t.Errorf("it took %d bytes of memory for %d", used, size)
	}
	now, err := r.Object(o.ID)
	if err != nil || now.Size() != size {
		t.Errorf("%d bytes, %v", now.Size(), err)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }
