package endpoint_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ayni.example/provenance/vault"
	"ayni.example/provenance/vault/endpoint"
)

// FuzzBody: whatever a program with a token sends is answered, and reads nothing outside of its grant.
func FuzzBody(f *testing.F) {
	dir := f.TempDir()
	at := time.Unix(1_800_000_000, 0)
	v, err := vault.New(vault.Config{Dir: dir, Secret: vault.Secret{7}, Now: func() time.Time { return at }, Random: rand.Reader})
	if err != nil {
		f.Fatal(err)
	}
	one := func(text string) func() (io.ReadCloser, error) {
		return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
	}
	o, err := v.Add(f.Context(), "things", vault.KindFolder, []vault.Part{{Name: "a", Open: one("granted")}, {Name: "b", Open: one("secret words")}})
	if err != nil {
		f.Fatal(err)
	}
	g, err := v.Connect(f.Context(), "x", vault.Terms{ChainID: "c", Owner: "o", Object: o.ID, Scope: []string{"a"}, Purpose: "p", Expires: at.Add(time.Hour).Unix()})
	if err != nil {
		f.Fatal(err)
	}
	h, err := endpoint.New(endpoint.Config{Open: func(context.Context, string) (endpoint.Source, error) { return endpoint.Own(v, g.Terms.ID(), at) }})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"vault_read","arguments":{"item":"b"}}}`))
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"ayni-vault:///` + g.Terms.ID() + `/b"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if strings.Contains(w.Body.String(), "secret words") {
			t.Errorf("%q gives %s", body, w.Body)
		}
	})
}
