package vault_test

import (
	"bytes"
	"encoding/json"
	"errors"
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
