package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"ayni.example/agent/charter"
)

// ErrPin says that a tool is not the one that the charter names: its server tells the model something else by now.
var ErrPin = errors.New("the tool is not the pinned one")

const (
	toolsMax     = 512 // tools of one server that are looked at
	describeTime = 15 * time.Second
)

// connect opens a session with the server of a tool.
func (w *wakeup) connect(ctx context.Context, t charter.Tool, p *purchase) (*mcp.ClientSession, error) {
	client := mcp.NewClient(&mcp.Implementation{Name: "ayni-agent", Version: "1"}, nil)
	return client.Connect(ctx, &mcp.StreamableClientTransport{
		Endpoint: t.URL, HTTPClient: w.web(t, []string{t.URL}, p), MaxRetries: -1, DisableStandaloneSSE: true, MaxEventSize: int(t.Bytes)*2 + 64<<10,
	}, nil)
}

// pinned finds a tool at its server and compares all that the model would be told of it.
func pinned(ctx context.Context, s *mcp.ClientSession, t charter.Tool) (Spec, error) {
	seen := 0
	for found, err := range s.Tools(ctx, nil) {
		if err != nil {
			return Spec{}, err
		}
		if seen++; seen > toolsMax {
			break
		}
		if found.Name != t.Remote {
			continue
		}
		schema, pin, err := pinOf(found)
		if err != nil {
			return Spec{}, err
		}
		if pin != t.Pin {
			return Spec{}, fmt.Errorf("%w: %s is %s, the charter has %s", ErrPin, t.Remote, pin, t.Pin)
		}
		return Spec{Name: t.Name, About: strings.TrimSpace(t.About + " " + found.Description), Parameters: schema}, nil
	}
	return Spec{}, fmt.Errorf("%w: its server has no tool %s", ErrPin, t.Remote)
}

// describe is what the model is told of a tool, which must be there and as it was pinned.
func (w *wakeup) describe(ctx context.Context, t charter.Tool) (Spec, error) {
	parameters := t.Arguments
	if len(parameters) == 0 {
		parameters = json.RawMessage(`{"type":"object"}`)
	}
	switch t.Kind {
	case charter.HTTP:
		return describeHTTP(t)
	case charter.MCP:
		ctx, cancel := context.WithTimeout(ctx, describeTime)
		defer cancel()
		free := t
		free.Price = "" // nothing is paid for being told
		s, err := w.connect(ctx, t, &purchase{w: w, tool: free, key: w.idempotency(-1, 0)})
		if err != nil {
			return Spec{}, err
		}
		defer s.Close() //nolint:errcheck // the session ends either way
		return pinned(ctx, s, t)
	case charter.Ledger:
		return Spec{Name: t.Name, About: strings.TrimSpace(t.About + " Shows your own " + t.View + " on the ledger."), Parameters: json.RawMessage(`{"type":"object"}`)}, nil
	default:
		return Spec{Name: t.Name, About: t.About, Parameters: parameters}, nil
	}
}

// callMCP calls a tool after looking at its pin once more, in the same session.
func (w *wakeup) callMCP(ctx context.Context, t charter.Tool, p *purchase, arguments string) (string, error) {
	if w.dry {
		return "dry run: would call " + t.Remote + " at " + t.URL, nil
	}
	s, err := w.connect(ctx, t, p)
	if err != nil {
		return "", err
	}
	defer s.Close() //nolint:errcheck // the session ends either way
	if _, err := pinned(ctx, s, t); err != nil {
		return "", err
	}
	answer, err := s.CallTool(ctx, &mcp.CallToolParams{Name: t.Remote, Arguments: json.RawMessage(arguments)})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, c := range answer.Content {
		if text, ok := c.(*mcp.TextContent); ok {
			b.WriteString(text.Text)
		} else {
			b.WriteString("[content that is no text]")
		}
		b.WriteByte('\n')
	}
	if b.Len() == 0 && answer.StructuredContent != nil {
		text, err := json.Marshal(answer.StructuredContent)
		if err != nil {
			return "", err
		}
		b.Write(text)
	}
	if answer.IsError {
		return "the tool failed: " + b.String(), nil
	}
	return b.String(), nil
}
