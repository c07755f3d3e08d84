package vault_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ayni.example/provenance/vault"
)

// rig is a vault at a time that the test sets.
type rig struct {
	*vault.Vault
	dir string
	at  time.Time
}

func newRig(tb testing.TB, secret byte) *rig {
	tb.Helper()
	r := &rig{dir: filepath.Join(tb.TempDir(), "vault"), at: time.Unix(1_800_000_000, 0)}
	r.open(tb, secret)
	return r
}

func (r *rig) open(tb testing.TB, secret byte) {
	tb.Helper()
	v, err := vault.New(vault.Config{Dir: r.dir, Secret: vault.Secret{secret, 1}, Now: func() time.Time { return r.at }, Random: rand.Reader})
	if err != nil {
		tb.Fatal(err)
	}
	r.Vault = v
}

func part(name, text string) vault.Part {
	return vault.Part{Name: name, Media: "text/plain", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
}

func (r *rig) add(tb testing.TB, name string, parts ...vault.Part) vault.Object {
	tb.Helper()
	o, err := r.Add(tb.Context(), name, vault.KindFolder, parts)
	if err != nil {
		tb.Fatal(err)
	}
	return o
}

func (r *rig) text(tb testing.TB, o vault.Object, n int) string {
	tb.Helper()
	var b bytes.Buffer
	if err := r.Read(tb.Context(), &b, o, o.Items[n]); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

func (r *rig) terms(o vault.Object, scope ...string) vault.Terms {
	return vault.Terms{
		ChainID: "ayni-1", Owner: "ayni1owner", Grantee: "ayni1grantee", Object: o.ID, Scope: scope, Purpose: "a study of sleep",
		Expires: r.at.Add(vault.LifeDefault).Unix(),
	}
}

func (r *rig) grant(tb testing.TB, o vault.Object, scope ...string) vault.Grant {
	tb.Helper()
	g, err := r.Grant(tb.Context(), r.terms(o, scope...))
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// files lists what lies under a folder with the bytes that match.
func grep(tb testing.TB, dir, text string) []string {
	tb.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(text)) || strings.Contains(path, text) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return found
}
