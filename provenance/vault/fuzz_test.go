package vault_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ayni.example/provenance/vault"
)

// FuzzKeyring reads any text, and what it takes it would write so again.
func FuzzKeyring(f *testing.F) {
	f.Add([]byte("# ayni vault backup 1\n"))
	f.Add([]byte("# ayni vault backup 1\n# object {\"id\":\"\"}\nAGE-SECRET-KEY-1\n"))
	f.Add([]byte("# ayni vault backup 1\n# grant {}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		objects, _, err := vault.ReadKeyring(bytes.NewReader(text))
		if err != nil && !errors.Is(err, vault.ErrBackup) {
			t.Errorf("%v", err)
		}
		if len(objects) > len(text) {
			t.Errorf("%d objects in %d bytes", len(objects), len(text))
		}
	})
}

// FuzzWrap opens nothing that it was not given.
func FuzzWrap(f *testing.F) {
	r := newRig(f, 1)
	w, err := r.Wrap(r.grant(f, r.add(f, "o", part("a", "text")), "a"), r.ReaderKey())
	if err != nil {
		f.Fatal(err)
	}
	text, err := json.Marshal(w)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, changed []byte) {
		var got vault.Wrap
		if json.Unmarshal(changed, &got) != nil {
			return
		}
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Unwrap(got); err == nil && !bytes.Equal(again, text) {
			t.Errorf("opens: %s", changed)
		}
	})
}

// FuzzLog reads any bytes as a log: what it takes is a chain from the first entry on.
func FuzzLog(f *testing.F) {
	r := newRig(f, 1)
	for n := range 3 {
		if err := r.Record(f.Context(), vault.Access{Object: "o", Action: "read", Bytes: int64(n)}); err != nil {
			f.Fatal(err)
		}
	}
	path := filepath.Join(r.dir, "log.jsonl")
	text, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(append(text, text...))
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		next := uint64(1)
		_ = r.Log(func(e vault.Entry) error {
			if e.Number != next {
				t.Errorf("entry %d where %d belongs", e.Number, next)
			}
			next++
			return nil
		})
	})
}

// FuzzJournal reads any bytes as what stands beside the sealed records: erasures, and what is kept for others.
func FuzzJournal(f *testing.F) {
	r := newRig(f, 1)
	object, digest := strings.Repeat("ab", 16), strings.Repeat("cd", 32)
	f.Add([]byte(`{"object":"` + object + `","blobs":[{"digest":"` + digest + `","size":4}],"replicas":[{"reply":"silent","next":-9}]}`))
	f.Add([]byte(`{"digest":"` + digest + `","owner":"ayni1x","since":1,"ordered":2}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, path := range []string{filepath.Join("erasures", object+".json"), filepath.Join("kept", digest+".json")} {
			if err := os.WriteFile(filepath.Join(r.dir, path), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if e, err := r.Erasure(object); err == nil && e.Object != object {
			t.Errorf("an erasure of %q in the place of another", e.Object)
		}
		if k, err := r.KeptFor(digest); err == nil && k.Digest != digest {
			t.Errorf("%q in the place of another", k.Digest)
		}
		_, _ = r.Erasures()
		_, _ = r.Orders()
	})
}

// FuzzToken takes no token that this vault did not make.
func FuzzToken(f *testing.F) {
	r := newRig(f, 1)
	grant := strings.Repeat("ab", 32)
	f.Add(r.Token(grant))
	f.Add("vt-" + grant + "-" + strings.Repeat("00", 16))
	f.Fuzz(func(t *testing.T, token string) {
		if got, err := r.TokenGrant(token); err == nil && !strings.EqualFold(token, r.Token(got)) {
			t.Errorf("%q stands for %s", token, got)
		}
	})
}

// FuzzScope: a scope that is taken covers what it names, and a name that leads elsewhere is none.
func FuzzScope(f *testing.F) {
	f.Add("mail/", "mail/a")
	f.Add("2026-*", "2026-03.mbox")
	f.Add("[", "x")
	f.Fuzz(func(t *testing.T, pattern, item string) {
		if vault.CheckScope([]string{pattern}) == nil && !vault.Covers([]string{pattern}, pattern) && !strings.ContainsAny(pattern, `[\*?`) {
			t.Errorf("%q does not cover itself", pattern)
		}
		_ = vault.Covers([]string{pattern}, item)
	})
}
