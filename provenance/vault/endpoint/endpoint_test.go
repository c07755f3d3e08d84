package endpoint_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"ayni.example/provenance/vault"
	"ayni.example/provenance/vault/endpoint"
)

// rig is a vault and a server that gives of it what tokens allow.
type rig struct {
	*vault.Vault
	at  time.Time
	url string
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{at: time.Unix(1_800_000_000, 0)}
	var err error
	r.Vault, err = vault.New(vault.Config{
		Dir: filepath.Join(t.TempDir(), "vault"), Secret: vault.Secret{7}, Now: func() time.Time { return r.at }, Random: rand.Reader,
	})
	must(t, err)
	handler, err := endpoint.New(endpoint.Config{Version: "test", Open: func(_ context.Context, token string) (endpoint.Source, error) {
		id, err := r.TokenGrant(token)
		if err != nil {
			return nil, err
		}
		return endpoint.Own(r.Vault, id, r.at)
	}})
	must(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (r *rig) add(t *testing.T, items map[string][]byte) vault.Object {
	t.Helper()
	parts := make([]vault.Part, 0, len(items))
	for name, content := range items {
		parts = append(parts, vault.Part{
			Name: name, Media: "text/plain", Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil },
		})
	}
	o, err := r.Add(t.Context(), "things", vault.KindFolder, parts)
	must(t, err)
	return o
}

// connect grants to a program and returns the grant with its token.
func (r *rig) connect(t *testing.T, o vault.Object, scope ...string) (vault.Grant, string) {
	t.Helper()
	g, err := r.Connect(t.Context(), "my assistant", vault.Terms{
		ChainID: "ayni-1", Owner: "ayni1owner", Object: o.ID, Scope: scope, Purpose: "answer questions", Expires: r.at.Add(time.Hour).Unix(),
	})
	must(t, err)
	return g, r.Token(g.Terms.ID())
}

// shown adds the token to each request, as a client's configuration does.
type shown string

func (s shown) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set(endpoint.Header, string(s))
	return http.DefaultTransport.RoundTrip(r)
}

func (r *rig) dial(t *testing.T, token string) (*mcp.ClientSession, error) {
	t.Helper()
	c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	s, err := c.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: r.url, HTTPClient: &http.Client{Transport: shown(token)}, MaxRetries: -1}, nil)
	if err == nil {
		t.Cleanup(func() { _ = s.Close() })
	}
	return s, err
}

// piece is an answer of vault_read, as the tool's schema says.
type piece struct {
	Size   int64  `json:"size"`
	Text   string `json:"text"`
	Base64 []byte `json:"base64"`
	Next   int64  `json:"next"`
}

// call runs a tool; why is what it refused with.
func call(t *testing.T, s *mcp.ClientSession, tool string, in map[string]any, out any) (why string) {
	t.Helper()
	res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: in})
	if err != nil {
		return err.Error()
	}
	if res.IsError {
		return res.Content[0].(*mcp.TextContent).Text
	}
	text, err := json.Marshal(res.StructuredContent)
	must(t, err)
	must(t, json.Unmarshal(text, out))
	return ""
}

// accesses are the reads that the log has.
func (r *rig) accesses(t *testing.T) []vault.Access {
	t.Helper()
	var list []vault.Access
	must(t, r.Log(func(e vault.Entry) error {
		list = append(list, *e.Access)
		return nil
	}))
	return list
}

// TestRead has a stock client find two tools and the items of its grant, and read those, whole and in parts, as the log then says.
func TestRead(t *testing.T) {
	r := newRig(t)
	long := bytes.Repeat([]byte("0123456789"), 20_000)
	o := r.add(t, map[string][]byte{"diary.txt": long, "photo.bin": {0xff, 0, 0xfe}, "tax.txt": []byte("not granted")})
	g, token := r.connect(t, o, "diary*", "photo*")
	s, err := r.dial(t, token)
	must(t, err)
	if info := s.InitializeResult(); info.ServerInfo.Name != "ayni-vault" || !strings.Contains(info.Instructions, "answer questions") {
		t.Errorf("initialised with %+v", info)
	}
	tools, err := s.ListTools(t.Context(), nil)
	must(t, err)
	if len(tools.Tools) != 2 || tools.Tools[0].Name != "vault_list" || tools.Tools[1].Name != "vault_read" {
		t.Errorf("tools: %+v", tools.Tools)
	}
	var l struct {
		Purpose string
		Expires int64
		Items   []struct{ Name string }
	}
	if why := call(t, s, "vault_list", nil, &l); why != "" || len(l.Items) != 2 || l.Items[0].Name != "diary.txt" || l.Purpose != g.Terms.Purpose || l.Expires != g.Terms.Expires {
		t.Errorf("list: %+v %s", l, why)
	}
	var all []byte
	for offset := int64(0); offset < int64(len(long)); {
		var p piece
		if why := call(t, s, "vault_read", map[string]any{"item": "diary.txt", "offset": offset, "length": 90_001}, &p); why != "" || p.Next <= offset {
			t.Fatalf("at %d: %+v %s", offset, p.Next, why)
		}
		all, offset = append(all, p.Text...), p.Next
	}
	if !bytes.Equal(all, long) {
		t.Errorf("%d bytes came, want %d", len(all), len(long))
	}
	var p piece
	if why := call(t, s, "vault_read", map[string]any{"item": "photo.bin"}, &p); why != "" || !bytes.Equal(p.Base64, []byte{0xff, 0, 0xfe}) {
		t.Errorf("what is no text: %+v %s", p, why)
	}
	resources, err := s.ListResources(t.Context(), nil)
	must(t, err)
	if len(resources.Resources) != 2 {
		t.Fatalf("resources: %+v", resources.Resources)
	}
	res, err := s.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: resources.Resources[0].URI})
	must(t, err)
	if res.Contents[0].Text != string(long) {
		t.Errorf("the resource has %d bytes", len(res.Contents[0].Text))
	}
	log := r.accesses(t)
	if len(log) != 5 {
		t.Fatalf("%d accesses in the log, want one for each of 5 reads", len(log))
	}
	for _, a := range log {
		if a.Grant != g.Terms.ID() || a.Reader != "client:my assistant" || a.Action != "read" || a.Object != o.ID {
			t.Errorf("logged %+v", a)
		}
	}
}

// TestRefused has what a token does not allow refused, by name, and nothing of it read.
func TestRefused(t *testing.T) {
	r := newRig(t)
	o := r.add(t, map[string][]byte{"diary.txt": []byte("dear diary"), "tax.txt": []byte("not granted")})
	g, token := r.connect(t, o, "diary*")
	s, err := r.dial(t, token)
	must(t, err)
	for name, in := range map[string]map[string]any{
		"outside of the grant's scope": {"item": "tax.txt"},
		"diary\" or":                   {"item": "diary\" or"},
		"offset -1":                    {"item": "diary.txt", "offset": -1},
		"length 262145":                {"item": "diary.txt", "length": 262_145},
	} {
		var p piece
		if why := call(t, s, "vault_read", in, &p); !strings.Contains(strings.ReplaceAll(why, `\"`, `"`), name) || p.Text != "" {
			t.Errorf("%v: %q %+v, want %q", in, why, p, name)
		}
	}
	uri := "ayni-vault:///" + g.Terms.ID() + "/tax.txt"
	if res, err := s.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri}); err == nil {
		t.Errorf("a resource outside of the scope: %+v", res)
	}
	if log := r.accesses(t); len(log) != 0 {
		t.Errorf("nothing was read, and the log has %+v", log)
	}
	other, err := r.Grant(t.Context(), vault.Terms{
		ChainID: "ayni-1", Owner: "ayni1owner", Grantee: "ayni1grantee", Object: o.ID, Scope: []string{"*"}, Purpose: "x", Expires: r.at.Add(time.Hour).Unix(),
	})
	must(t, err)
	for name, token := range map[string]string{
		"none": "", "another's": "vt-" + g.Terms.ID() + "-" + strings.Repeat("00", 16), "cut": token[:len(token)-2], "no token": "Bearer x",
		"of a grant to an account": r.Token(other.Terms.ID()),
	} {
		if _, err := r.dial(t, token); err == nil {
			t.Errorf("token %s was taken", name)
		}
	}
}

// TestEnds has a session that was open refused from the moment in which its grant ends.
func TestEnds(t *testing.T) {
	for name, end := range map[string]func(*rig, vault.Grant) error{
		"the grant was revoked": func(r *rig, g vault.Grant) error { return r.SetState(t.Context(), g.Terms.ID(), vault.Revoking) },
		"the grant has expired": func(r *rig, _ vault.Grant) error { r.at = r.at.Add(2 * time.Hour); return nil },
		"no such grant":         func(r *rig, g vault.Grant) error { _, err := r.Erase(t.Context(), g.Terms.Object); return err },
	} {
		r := newRig(t)
		g, token := r.connect(t, r.add(t, map[string][]byte{"diary.txt": []byte("dear diary")}), "*")
		s, err := r.dial(t, token)
		must(t, err)
		var p piece
		if why := call(t, s, "vault_read", map[string]any{"item": "diary.txt"}, &p); why != "" || p.Text != "dear diary" {
			t.Fatalf("before: %q %s", p.Text, why)
		}
		must(t, end(r, g))
		p = piece{}
		if why := call(t, s, "vault_read", map[string]any{"item": "diary.txt"}, &p); why == "" || p.Text != "" {
			t.Errorf("%s: it still reads %q", name, p.Text)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"ping"}`))
		must(t, err)
		req.Header.Set(endpoint.Header, token)
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		text, err := io.ReadAll(res.Body)
		must(t, err)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusForbidden || !strings.Contains(string(text), name) || !strings.Contains(string(text), "ayni vault connect") {
			t.Errorf("%s: %d %s", name, res.StatusCode, text)
		}
	}
}
