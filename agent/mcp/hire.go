package mcp

import (
	"context"
	"errors"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type hireInput struct {
	Agent string `json:"agent,omitempty" jsonschema:"id or label of the agent, as agents gives it"`
	talkInput
}

type listed struct {
	Agents []Listed `json:"agents"`
}

// addHiring gives a network's server the tools for agents.
func addHiring(srv *mcp.Server, a Agents) {
	mcp.AddTool(srv, &mcp.Tool{
		Name: "agents", Description: "List agents that can be hired through this machine, with what waking them costs.", Annotations: readOnly(),
	}, func(ctx context.Context, _ *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, listed, error) {
		list, err := a.Agents(ctx)
		return nil, listed{append([]Listed{}, list...)}, err
	})
	mcp.AddTool(srv, &mcp.Tool{
		Name: "hire", Description: "Wake an agent with a message, pay what its charter asks for that, and wait for its answer.",
		Annotations: &mcp.ToolAnnotations{OpenWorldHint: new(true), DestructiveHint: new(false)},
	}, func(ctx context.Context, _ *mcp.CallToolRequest, in hireInput) (*mcp.CallToolResult, Reply, error) {
		t, err := in.talk(in.Agent)
		if err == nil && t.Agent == "" && t.Ticket == "" {
			err = errors.New("want the id or label of an agent: `agents` lists them")
		}
		if err != nil {
			return nil, Reply{}, err
		}
		r, err := a.Talk(ctx, t)
		return nil, r, err
	})
}
