package mcp_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"ayni.example/agent/mcp"
)

type callerKey struct{}

// scripted answers as a network would, and says who asked.
type scripted struct{}

func who(ctx context.Context) string { c, _ := ctx.Value(callerKey{}).(string); return c }

func (scripted) Ask(ctx context.Context, q mcp.Question) (mcp.Answer, error) {
	if q.Prompt == "fail" {
		return mcp.Answer{}, errors.New("no model answers")
	}
	return mcp.Answer{Text: who(ctx) + " asked " + q.Prompt, Completion: q.MaxTokens}, nil
}

func (scripted) Receipt(_ context.Context, id string) (mcp.Checked, error) {
	return mcp.Checked{ID: id, OK: true, Findings: []mcp.Finding{}, NotChecked: []string{}}, nil
}

func (scripted) Trainings(context.Context, string) ([]mcp.Training, error) { return nil, nil }

// served is an endpoint behind a guard that takes the caller from a header, as the gateway takes it from a key.
func served(t *testing.T, cfg mcp.EndpointConfig) (url string, stop func()) {
	t.Helper()
	server, err := mcp.NewNetwork(mcp.ServerConfig{Network: scripted{}, Agents: staff{}, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Server, cfg.Caller, cfg.Logger = server, who, slog.New(slog.DiscardHandler)
	e, err := mcp.NewEndpoint(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, r.Header.Get("As"))))
	}))
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("endpoint ended: %v", err)
		}
	})
	t.Cleanup(func() { stop(); s.Close() })
	return s.URL, stop
}

// as sends each request in somebody's name, which may change.
type as struct{ name *string }

func (a as) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("As", *a.name)
	return http.DefaultTransport.RoundTrip(r)
}

func dial(t *testing.T, url string, name *string, version string) (*sdk.ClientSession, error) {
	t.Helper()
	client := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil)
	s, err := client.Connect(t.Context(), &sdk.StreamableClientTransport{Endpoint: url, HTTPClient: &http.Client{Transport: as{name}}, MaxRetries: -1},
		&sdk.ClientSessionOptions{ProtocolVersion: version})
	if err == nil {
		t.Cleanup(func() { _ = s.Close() })
	}
	return s, err
}

func ask(t *testing.T, s *sdk.ClientSession, prompt string) (string, error) {
	t.Helper()
	res, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: "ask", Arguments: map[string]any{"prompt": prompt}})
	if err != nil {
		return "", err
	}
	text, _ := res.Content[0].(*sdk.TextContent)
	if res.IsError {
		return "", errors.New(text.Text)
	}
	return text.Text, nil
}

func TestBothRevisions(t *testing.T) {
	url, _ := served(t, mcp.EndpointConfig{})
	for _, version := range []string{"2025-06-18", "2025-11-25", mcp.Revision} {
		t.Run(version, func(t *testing.T) {
			name := "ana"
			s, err := dial(t, url, &name, version)
			if err != nil {
				t.Fatal(err)
			}
			if sessions := s.ID() != ""; sessions != (version < mcp.Revision) {
				t.Errorf("session %q", s.ID())
			}
			list, err := s.ListTools(t.Context(), nil)
			if err != nil || len(list.Tools) < 3 {
				t.Fatalf("tools %v, %v", list, err)
			}
			got, err := ask(t, s, "hello")
			if err != nil || !strings.Contains(got, "ana asked hello") || !strings.Contains(got, `"completion_tokens":512`) {
				t.Errorf("answer %q, %v", got, err)
			}
			if _, err := ask(t, s, "fail"); err == nil || !strings.Contains(err.Error(), "no model answers") {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestSessionIsItsCallers: nobody goes on with a session of somebody else, even who knows its id.
func TestSessionIsItsCallers(t *testing.T) {
	url, _ := served(t, mcp.EndpointConfig{})
	name := "ana"
	s, err := dial(t, url, &name, "2025-11-25")
	if err != nil {
		t.Fatal(err)
	}
	name = "mallory"
	if got, err := ask(t, s, "hello"); err == nil {
		t.Errorf("a stolen session answers %q", got)
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("As", "mallory")
		r.Header.Set("Accept", "text/event-stream")
		r.Header.Set("Mcp-Session-Id", s.ID())
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%s of somebody else's session: %d", method, res.StatusCode)
		}
	}
}

func TestSessionsAreBounded(t *testing.T) {
	url, _ := served(t, mcp.EndpointConfig{CallerMax: 2, SessionsMax: 3})
	ana, ben := "ana", "ben"
	first, err := dial(t, url, &ana, "2025-11-25")
	if err != nil {
		t.Fatal(err)
	}
	for _, open := range []struct {
		name *string
		ok   bool
	}{{&ana, true}, {&ana, false}, {&ben, true}, {&ben, false}} {
		if _, err := dial(t, url, open.name, "2025-11-25"); (err == nil) != open.ok {
			t.Errorf("session of %s: %v", *open.name, err)
		}
	}
	if _, err := dial(t, url, &ana, mcp.Revision); err != nil {
		t.Errorf("without a session: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := dial(t, url, &ana, "2025-11-25"); err != nil {
		t.Errorf("after one has ended: %v", err)
	}
}

func TestBodyIsBounded(t *testing.T) {
	url, _ := served(t, mcp.EndpointConfig{})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(`{"x":"`+strings.Repeat("a", 2<<20)+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "Mcp-Protocol-Version": mcp.Revision} {
		r.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", res.StatusCode)
	}
}

// TestStopEndsStreams: a client that listens does not hold up a machine that stops.
func TestStopEndsStreams(t *testing.T) {
	url, stop := served(t, mcp.EndpointConfig{})
	name := "ana"
	s, err := dial(t, url, &name, "2025-11-25")
	if err != nil {
		t.Fatal(err)
	}
	stop()
	ended := make(chan error, 1)
	go func() { ended <- s.Wait() }()
	select {
	case err := <-ended:
		t.Logf("the session ended: %v", err)
	case <-time.After(10 * time.Second):
		t.Error("the session goes on")
	}
	if _, err := dial(t, url, &name, "2025-11-25"); err == nil {
		t.Error("a session begins while the machine stops")
	}
}
