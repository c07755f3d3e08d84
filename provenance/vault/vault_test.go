package vault_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ayni.example/provenance/vault"
)

// TestAtRest keeps names and contents unreadable on the disk, and gives them back to their owner alone.
func TestAtRest(t *testing.T) {
	r := newRig(t, 1)
	o := r.add(t, "letters of Planted Person", part("planted-name.txt", "planted content"), part("b/2.txt", "two"))
	r.grant(t, o, "planted-name.txt")
	for _, text := range []string{"lanted", "study", "letters"} {
		if found := grep(t, r.dir, text); len(found) > 0 {
			t.Errorf("%q stands in %v", text, found)
		}
	}
	list, err := r.List()
	if err != nil || len(list) != 1 || list[0].Name != o.Name || len(list[0].Items) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	if got := r.text(t, list[0], 1); got != "planted content" || list[0].Items[1].Name != "planted-name.txt" {
		t.Errorf("%q of %q", got, list[0].Items[1].Name)
	}
	r.open(t, 2)
	if _, err := r.List(); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("another wallet lists the vault: %v", err)
	}
}

// TestRefuses holds what the vault does not take.
func TestRefuses(t *testing.T) {
	r := newRig(t, 1)
	o := r.add(t, "a", part("x", "1"))
	for _, name := range []string{"", "/x", "../x", "a//b", "a\nb", strings.Repeat("x", 513), "a/./b", "\xff"} {
		if _, err := r.Add(t.Context(), name, vault.KindFile, []vault.Part{part("x", "")}); !errors.Is(err, vault.ErrName) {
			t.Errorf("object %.20q: %v", name, err)
		}
		if _, err := r.Add(t.Context(), "a", vault.KindFile, []vault.Part{part(name, "")}); !errors.Is(err, vault.ErrName) {
			t.Errorf("item %.20q: %v", name, err)
		}
	}
	if _, err := r.Add(t.Context(), "a", vault.KindFile, []vault.Part{part("x", "1"), part("x", "2")}); err == nil {
		t.Error("two items of one name were taken")
	}
	if _, err := r.Add(t.Context(), "a", vault.KindFile, nil); !errors.Is(err, vault.ErrTooLarge) {
		t.Errorf("nothing: %v", err)
	}
	for name, test := range map[string]struct {
		change func(*vault.Terms)
		want   error
	}{
		"no scope":      {func(t *vault.Terms) { t.Scope = nil }, vault.ErrScope},
		"no item":       {func(t *vault.Terms) { t.Scope = []string{"y"} }, vault.ErrScope},
		"bad pattern":   {func(t *vault.Terms) { t.Scope = []string{"["} }, vault.ErrScope},
		"many patterns": {func(t *vault.Terms) { t.Scope = make([]string, 17) }, vault.ErrScope},
		"no purpose":    {func(t *vault.Terms) { t.Purpose = "" }, vault.ErrPurpose},
		"long purpose":  {func(t *vault.Terms) { t.Purpose = strings.Repeat("p", 257) }, vault.ErrPurpose},
		"over":          {func(t *vault.Terms) { t.Expires = r.at.Unix() }, vault.ErrExpired},
		"for ever":      {func(t *vault.Terms) { t.Expires = r.at.Add(vault.LifeMax + time.Second).Unix() }, vault.ErrExpired},
		"no object":     {func(t *vault.Terms) { t.Object = strings.Repeat("0", 32) }, vault.ErrUnknown},
		"no grantee":    {func(t *vault.Terms) { t.Grantee = "" }, vault.ErrNoGrant},
	} {
		terms := r.terms(o, "*")
		test.change(&terms)
		if _, err := r.Grant(t.Context(), terms); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	for _, word := range []string{"", "nothing", o.ID[:5], "../" + o.ID} {
		if _, err := r.Find(word); !errors.Is(err, vault.ErrUnknown) {
			t.Errorf("found by %q: %v", word, err)
		}
	}
}

// TestScope covers what patterns say, and no more.
func TestScope(t *testing.T) {
	for _, test := range []struct {
		scope, item string
		want        bool
	}{
		{"*", "a/b", true},
		{"a/", "a/b", true},
		{"a/", "a/b/c", true},
		{"a/", "ab", false},
		{"a/", "a", false},
		{"a/*", "a/b", true},
		{"a/*", "a/b/c", false},
		{"*.csv", "x.csv", true},
		{"*.csv", "d/x.csv", false},
		{"x", "x", true},
		{"x", "xy", false},
	} {
		if got := vault.Covers([]string{"no", test.scope}, test.item); got != test.want {
			t.Errorf("%q covers %q: %t", test.scope, test.item, got)
		}
	}
}

// TestRotate changes identities in scope, keeps the rest and the contents, and leaves nothing of the old ones.
func TestRotate(t *testing.T) {
	r := newRig(t, 1)
	o := r.add(t, "o", part("a/1", strings.Repeat("one", 100_000)), part("b/1", "two"))
	if _, err := r.Share(t.Context(), o.ID); err != nil {
		t.Fatal(err)
	}
	old, err := r.Rotate(t.Context(), o.ID, []string{"a/"})
	if err != nil || len(old) != 1 || old[0].Digest != o.Items[0].Digest {
		t.Fatalf("%v, %v", old, err)
	}
	now, err := r.Object(o.ID)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := now.Items[0], now.Items[1]; a.Identity == o.Items[0].Identity || a.File == o.Items[0].File || a.Digest == o.Items[0].Digest ||
		b.Identity != o.Items[1].Identity || now.Version != 2 || a.Shared {
		t.Errorf("%+v", now)
	}
	if r.text(t, now, 0) != strings.Repeat("one", 100_000) || r.text(t, now, 1) != "two" {
		t.Error("the contents changed")
	}
	if _, err := r.Sealed(o.ID, o.Items[0].File); !errors.Is(err, vault.ErrChanged) {
		t.Errorf("the old age file: %v", err)
	}
	entries, _ := os.ReadDir(filepath.Join(r.dir, "objects", o.ID))
	if len(entries) != 3 {
		t.Errorf("%d files", len(entries))
	}
}

// TestErase leaves nothing that opens, and a log whose chain stands.
func TestErase(t *testing.T) {
	r := newRig(t, 1)
	o, other := r.add(t, "o", part("x", "secret")), r.add(t, "p", part("x", "kept"))
	g, kept := r.grant(t, o, "*"), r.grant(t, other, "*")
	for _, id := range []string{o.ID, other.ID, o.ID} {
		if err := r.Record(t.Context(), vault.Access{Object: id, Reader: "ayni1grantee", Action: "read"}); err != nil {
			t.Fatal(err)
		}
	}
	e, err := r.Erase(t.Context(), o.ID)
	if err != nil || !e.Here || len(e.Grants) != 1 || e.Grants[0] != g.Terms.ID() {
		t.Fatalf("%+v, %v", e, err)
	}
	if _, err := r.Object(o.ID); !errors.Is(err, vault.ErrErased) {
		t.Errorf("the object: %v", err)
	}
	if _, err := r.Granted(g.Terms.ID()); !errors.Is(err, vault.ErrNoGrant) {
		t.Errorf("its grant: %v", err)
	}
	if _, err := r.Granted(kept.Terms.ID()); err != nil {
		t.Errorf("another's grant: %v", err)
	}
	var said []bool
	if err := r.Log(func(e vault.Entry) error { said = append(said, e.Access != nil); return nil }); err != nil || fmt.Sprint(said) != "[false true false]" {
		t.Errorf("log %v, %v", said, err)
	}
	if found := grep(t, r.dir, o.ID); len(found) != 1 || !strings.HasSuffix(found[0], ".json") {
		t.Errorf("the id stands in %v", found)
	}
	if again, err := r.Erase(t.Context(), o.ID); err != nil || !again.Here {
		t.Errorf("again: %+v, %v", again, err)
	}
}

// TestLogTampered names what was changed, taken out, put in or exchanged.
func TestLogTampered(t *testing.T) {
	r := newRig(t, 1)
	for n := range 4 {
		if err := r.Record(t.Context(), vault.Access{Object: fmt.Sprintf("o%d", n), Action: "read", Bytes: int64(n)}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(r.dir, "log.jsonl")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	read := func() error { return r.Log(func(vault.Entry) error { return nil }) }
	for name, text := range map[string]string{
		"changed":   strings.Replace(string(whole), `"bytes":2`, `"bytes":3`, 1),
		"time":      strings.Replace(string(whole), `"at":1800000000`, `"at":1800000001`, 1),
		"number":    strings.Replace(string(whole), `"number":2`, `"number":7`, 1),
		"taken out": lines[0] + lines[2] + lines[3],
		"beginning": lines[1] + lines[2],
		"exchanged": lines[0] + lines[2] + lines[1],
		"twice":     lines[0] + lines[0],
		"put in":    lines[0] + "{}\n" + lines[1],
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := read(); !errors.Is(err, vault.ErrLog) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A crash within a line: nothing was given after it, and the next entry takes its place.
	if err := os.WriteFile(path, []byte(lines[0]+lines[1]+lines[2][:20]), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(read(), r.Record(t.Context(), vault.Access{Object: "after"}), read()); err != nil {
		t.Errorf("a line that was cut: %v", err)
	}
}

// TestAtOnce has many writers, through two vaults of one folder as two processes have.
func TestAtOnce(t *testing.T) {
	r := newRig(t, 1)
	second := &rig{dir: r.dir, at: r.at}
	second.open(t, 1)
	o := r.add(t, "shared", part("x", "text"))
	var work sync.WaitGroup
	for n := range 6 {
		v := []*rig{r, second}[n%2]
		work.Go(func() {
			ctx := context.WithoutCancel(t.Context())
			added, err := v.Add(ctx, fmt.Sprintf("o%d", n), vault.KindFile, []vault.Part{part("x", "text")})
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := v.Rotate(ctx, o.ID, []string{"*"}); err != nil {
				t.Error(err)
			}
			for range 5 {
				if err := v.Record(ctx, vault.Access{Object: added.ID, Action: "read"}); err != nil {
					t.Error(err)
				}
				if _, err := v.List(); err != nil {
					t.Error(err)
				}
			}
			if _, err := v.Erase(ctx, added.ID); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	n := 0
	if err := r.Log(func(vault.Entry) error { n++; return nil }); err != nil || n != 30 {
		t.Errorf("%d entries, %v", n, err)
	}
	now, err := r.Object(o.ID)
	if err != nil || now.Version != 7 || r.text(t, now, 0) != "text" {
		t.Errorf("version %d, %v", now.Version, err)
	}
}
