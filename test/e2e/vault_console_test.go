package e2e_test

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"ayni.example/provenance/vault/endpoint"
	"ayni.example/web/operator"
)

// with adds headers to each request, and asks for another host where it is named.
type with map[string]string

func (w with) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	for name, value := range w {
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// asked is the status and body of a request with further headers.
func asked(t *testing.T, method, url string, headers with) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	must(t, err)
	res, err := (&http.Client{Transport: headers}).Do(req)
	must(t, err)
	defer res.Body.Close() //nolint:errcheck // nothing was written
	text, err := io.ReadAll(res.Body)
	must(t, err)
	return res.StatusCode, string(text)
}

// clicked revokes by the console's button, which no other site can press.
func clicked(t *testing.T, owner, grantee *person, g operator.VaultGrant) {
	t.Helper()
	page, button := owner.url+"/console/data", owner.url+"/console/data/grants/"+g.ID+"/revoke"
	status, text := asked(t, http.MethodGet, page, nil)
	for _, want := range []string{"planted-purpose", grantee.address, "/console/data/grants/" + g.ID + "/revoke", "refused: purpose"} {
		if !strings.Contains(text, want) {
			t.Errorf("the console lacks %q: %d", want, status)
		}
	}
	for name, headers := range map[string]with{
		"another site": {"Origin": "https://evil.example"}, "no site": {"Origin": "null"}, "another name": {"Host": "evil.example"},
		"a form of another site": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
	} {
		if status, _ := asked(t, http.MethodPost, button, headers); status != http.StatusForbidden {
			t.Errorf("revoked by %s: %d", name, status)
		}
	}
	if got := grantee.run("vault", "read", g.ID, "--item", "planted-diary.txt", "-o", "-"); string(got) != planted1 {
		t.Errorf("after what was refused: %q", got)
	}
	if status, text := asked(t, http.MethodPost, button, with{"Origin": owner.url}); status != http.StatusOK || !strings.Contains(text, `id="revoked"`) {
		t.Errorf("by its owner: %d", status)
	}
}

// programmed has a stock client of the Model Context Protocol read what it was granted, through the gateway, until that is revoked.
func programmed(t *testing.T, owner *person, object string) {
	t.Helper()
	c := read[operator.VaultConnected](owner.node, "vault", "connect", object, "--client", "assistant", "--purpose", "planted-purpose", "--scope", "planted-diary.txt")
	dial := func(headers with) (*mcp.ClientSession, error) {
		headers[c.Header] = c.Token
		transport := &mcp.StreamableClientTransport{Endpoint: c.URL, HTTPClient: &http.Client{Transport: headers}, MaxRetries: -1}
		return mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), transport, nil)
	}
	for name, headers := range map[string]with{"another site": {"Origin": "https://evil.example"}, "another name": {"Host": "evil.example"}, "no token": {endpoint.Header: ""}} {
		headers[c.Header] = c.Token
		if name == "no token" {
			headers[c.Header] = ""
		}
		if status, _ := asked(t, http.MethodPost, c.URL, headers); status != http.StatusForbidden {
			t.Errorf("by %s: %d", name, status)
		}
	}
	s, err := dial(with{})
	must(t, err)
	defer s.Close() //nolint:errcheck // it keeps no state
	tool := func(item string) string {
		res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "vault_read", Arguments: map[string]any{"item": item}})
		if err != nil {
			return err.Error()
		}
		return res.Content[0].(*mcp.TextContent).Text
	}
	if got := tool("planted-diary.txt"); !strings.Contains(got, "planted words") {
		t.Errorf("a program reads %q", got)
	}
	if got := tool("other.txt"); !strings.Contains(got, "outside of the grant's scope") {
		t.Errorf("a program reads what is not granted: %q", got)
	}
	if log := string(owner.run("vault", "log")); !strings.Contains(log, "client:assistant") {
		t.Errorf("the program's read is not logged: %s", log)
	}
	owner.run("vault", "revoke", c.ID)
	if got := tool("planted-diary.txt"); strings.Contains(got, "planted words") {
		t.Errorf("a program reads after its grant was revoked: %q", got)
	}
}

// sees looks at the page of a vault in a browser, and revokes there.
func (b *browser) sees(m *node) {
	b.tb.Helper()
	m.run("vault", "add", filepath.Join("..", "..", "README.md"))
	m.run("vault", "connect", "README.md", "--client", "assistant", "--purpose", "answer questions")
	b.do("data", chromedp.Navigate(m.url+"/console/data"), chromedp.WaitVisible("#grants form"))
	b.shot("data-dark")
	b.do("revoke", chromedp.Click("#grants form button"), chromedp.WaitVisible("#revoked"))
	if grants := b.text("#grants tbody"); !strings.Contains(grants, "revoked") || !strings.Contains(grants, "answer questions") {
		b.tb.Errorf("grants %q", grants)
	}
}
