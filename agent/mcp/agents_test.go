package mcp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"ayni.example/agent/mcp"
)

// staff are agents by script: they say what they were asked, by whom and for how much.
type staff struct{}

func (staff) Agents(context.Context) ([]mcp.Listed, error) {
	return []mcp.Listed{{ID: "a1", Label: "clerk", Price: "0.1"}}, nil
}

func (staff) Talk(ctx context.Context, t mcp.Talk) (mcp.Reply, error) {
	if t.Agent == "nobody" {
		return mcp.Reply{}, errors.New("no such agent")
	}
	return mcp.Reply{Agent: t.Agent, State: "over", Answer: fmt.Sprintf("%s told %s %q for %q, waits %s", who(ctx), t.Agent, t.Message, t.Pay, t.Wait), Ticket: t.Ticket}, nil
}

func (staff) Charter(_ context.Context, agent string) (mcp.Charter, error) {
	return mcp.Charter{Agent: agent, Actions: []string{}, Payees: []string{}, Limits: []mcp.Limit{}}, nil
}

func (staff) Log(_ context.Context, agent string, q mcp.Entry) ([]mcp.Reply, error) {
	if q.Wake == 0 {
		return nil, nil
	}
	return []mcp.Reply{{Agent: agent, Wake: q.Wake}}, nil
}

// tell calls a tool and gives its answer as text; a refusal is an error.
func tell(t *testing.T, s *sdk.ClientSession, name string, arguments any) (string, error) {
	t.Helper()
	res, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: name, Arguments: arguments})
	if err != nil {
		return "", err
	}
	text, _ := res.Content[0].(*sdk.TextContent)
	if res.IsError {
		return "", errors.New(text.Text)
	}
	return strings.ReplaceAll(text.Text, `\"`, `"`), nil
}

func TestHire(t *testing.T) {
	url, _ := served(t, mcp.EndpointConfig{})
	name := "ana"
	for _, version := range []string{"2025-11-25", mcp.Revision} {
		s, err := dial(t, url, &name, version)
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			tool      string
			arguments map[string]any
			want      string
			refused   bool
		}{
			{"agents", nil, `"label":"clerk"`, false},
			{"hire", map[string]any{"agent": "clerk", "message": "hello", "pay": "0.1"}, `ana told clerk "hello" for "0.1", waits 1m30s`, false},
			{"hire", map[string]any{"agent": "clerk", "message": "hello", "wait_seconds": 0}, "waits 0s", false},
			{"hire", map[string]any{"agent": "clerk", "message": "hello", "wait_seconds": 1 << 40}, "waits 5m0s", false},
			{"hire", map[string]any{"agent": "clerk", "message": "hello", "wait_seconds": -1}, "waits 0s", false},
			{"hire", map[string]any{"ticket": "a1.1.00"}, "a1.1.00", false},
			{"hire", map[string]any{"agent": "nobody", "message": "hello"}, "no such agent", true},
			{"hire", map[string]any{"message": "hello"}, "id or label", true},
			{"hire", map[string]any{"agent": "clerk"}, "want a message", true},
			{"hire", map[string]any{"agent": "clerk", "message": "hello", "ticket": "a1.1.00"}, "want a message", true},
		} {
			got, err := tell(t, s, test.tool, test.arguments)
			if test.refused != (err != nil) || err != nil && !strings.Contains(err.Error(), test.want) || err == nil && !strings.Contains(got, test.want) {
				t.Errorf("%s %v: %s, %v; want %q", test.tool, test.arguments, got, err, test.want)
			}
		}
	}
}

// TestOneAgent: the path says which agent a request is for; a session that was begun with one is no session with another.
func TestOneAgent(t *testing.T) {
	server, err := mcp.NewAgents(mcp.ServerConfig{Agents: staff{}, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	e, err := mcp.NewEndpoint(mcp.EndpointConfig{
		Server: server, Caller: func(ctx context.Context) string { return who(ctx) + " of " + mcp.AgentOf(ctx) }, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/agents/{id}", func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), callerKey{}, r.Header.Get("As"))
		e.ServeHTTP(w, r.WithContext(mcp.WithAgent(ctx, r.PathValue("id"))))
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	name := "ana"
	for _, version := range []string{"2025-11-25", mcp.Revision} {
		for _, agent := range []string{"a1", "b2"} {
			s, err := dial(t, srv.URL+"/agents/"+agent, &name, version)
			if err != nil {
				t.Fatal(err)
			}
			list, err := s.ListTools(t.Context(), nil)
			if err != nil || len(list.Tools) != 3 {
				t.Fatalf("tools %v, %v", list, err)
			}
			for tool, want := range map[string]string{"talk": "ana told " + agent, "charter": `"agent":"` + agent, "log": `"agent":"` + agent} {
				arguments := map[string]any{"talk": map[string]any{"message": "hi"}, "log": map[string]any{"wake": 7}}[tool]
				if got, err := tell(t, s, tool, arguments); err != nil || !strings.Contains(got, want) {
					t.Errorf("%s of %s: %s, %v", tool, agent, got, err)
				}
			}
			if got, err := tell(t, s, "log", nil); err != nil || got != `{"wakes":[]}` {
				t.Errorf("empty log: %s, %v", got, err)
			}
		}
	}
	s, err := dial(t, srv.URL+"/agents/a1", &name, "2025-11-25")
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": map[string]any{"name": "charter", "arguments": map[string]any{}}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/agents/b2", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range map[string]string{"As": "ana", "Content-Type": "application/json", "Accept": "application/json, text/event-stream", "Mcp-Session-Id": s.ID()} {
		r.Header.Set(k, v)
	}
	res, err := (&http.Client{Timeout: 10 * time.Second}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("a session of one agent at another: %d", res.StatusCode)
	}
}
