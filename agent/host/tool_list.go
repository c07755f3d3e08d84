package host

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"ayni.example/agent/charter"
)

// Offered is a tool of a server, with what a charter pins it by.
type Offered struct {
	Name  string `json:"name"`
	About string `json:"about"`
	Pin   string `json:"pin"`
}

// Tools lists the tools of a server of the Model Context Protocol, as an agent would see them.
func Tools(ctx context.Context, url string) ([]Offered, error) {
	ctx, cancel := context.WithTimeout(ctx, describeTime)
	defer cancel()
	client := mcp.NewClient(&mcp.Implementation{Name: "ayni-agent", Version: "1"}, nil)
	s, err := client.Connect(ctx, &mcp.StreamableClientTransport{
		Endpoint: url, HTTPClient: &http.Client{Timeout: describeTime}, MaxRetries: -1, DisableStandaloneSSE: true,
	}, nil)
	if err != nil {
		return nil, fmt.Errorf("tools of %s: %w", url, err)
	}
	defer s.Close() //nolint:errcheck // the session ends either way
	var out []Offered
	for found, err := range s.Tools(ctx, nil) {
		if err != nil {
			return nil, fmt.Errorf("tools of %s: %w", url, err)
		}
		_, pin, err := pinOf(found)
		if err != nil {
			return nil, err
		}
		if out = append(out, Offered{found.Name, found.Description, pin}); len(out) == toolsMax {
			break
		}
	}
	return out, nil
}

// pinOf is a tool's schema and what a charter pins the tool by.
func pinOf(t *mcp.Tool) (schema json.RawMessage, pin string, err error) {
	if schema, err = json.Marshal(t.InputSchema); err != nil {
		return nil, "", err
	}
	pin, err = charter.Pin(t.Name, t.Description, schema)
	return schema, pin, err
}
