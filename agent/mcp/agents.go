package mcp

import (
	"context"
	"errors"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Agents is what tools do with agents, each in the name of the caller whose request ctx carries.
type Agents interface {
	// Agents lists those that this machine may wake.
	Agents(ctx context.Context) ([]Listed, error)
	// Talk wakes an agent with a message and waits for its answer, or shows what came of an earlier one.
	Talk(ctx context.Context, t Talk) (Reply, error)
	// Charter is what an agent is told and may do.
	Charter(ctx context.Context, agent string) (Charter, error)
	// Log lists wake-ups that are over, newest first, or the one that is named.
	Log(ctx context.Context, agent string, q Entry) ([]Reply, error)
}

// Listed is an agent among others.
type Listed struct {
	ID      string `json:"id"`
	Label   string `json:"label"`
	Name    string `json:"name,omitempty" jsonschema:"where this machine knows its charter"`
	Owner   string `json:"owner"`
	State   string `json:"state" jsonschema:"running, paused or killed"`
	Sleep   string `json:"sleep,omitempty" jsonschema:"why it does not wake: money, caps or spent"`
	Price   string `json:"price" jsonschema:"credits for waking it, 0 where it asks none of this machine"`
	Balance string `json:"balance" jsonschema:"credits"`
}

// Talk is something said to an agent. A ticket stands for what was said before.
type Talk struct {
	Agent   string
	Message string
	Pay     string // credits at most for waking it, "" for none
	Wait    time.Duration
	Ticket  string
}

// Reply is a wake-up, with the answer where the caller may read it.
type Reply struct {
	Agent    string    `json:"agent"`
	Wake     uint64    `json:"wake"`
	State    string    `json:"state" jsonschema:"queued, open or over"`
	Answer   string    `json:"answer,omitempty"`
	Unread   string    `json:"unread,omitempty" jsonschema:"why there is no answer to read"`
	Cause    string    `json:"cause,omitempty"`
	Host     string    `json:"host,omitempty"`
	Cost     string    `json:"cost,omitempty" jsonschema:"credits"`
	Actions  []string  `json:"actions,omitempty" jsonschema:"payments it asked for, and what the ledger said"`
	Receipts []string  `json:"receipts,omitempty" jsonschema:"of its thoughts"`
	Notes    []string  `json:"notes,omitempty"`
	Decision string    `json:"decision,omitempty" jsonschema:"digest of the whole record"`
	At       time.Time `json:"at,omitzero"`
	Ticket   string    `json:"ticket,omitempty" jsonschema:"shows this answer to whoever has it"`
}

// Charter is what an agent is told and may do, by the ledger and by its document.
type Charter struct {
	Agent    string   `json:"agent"`
	Label    string   `json:"label"`
	Name     string   `json:"name,omitempty"`
	Owner    string   `json:"owner"`
	Treasury string   `json:"treasury"`
	State    string   `json:"state"`
	Sleep    string   `json:"sleep,omitempty"`
	Version  uint32   `json:"version"`
	Document string   `json:"document" jsonschema:"digest"`
	Prompt   string   `json:"prompt,omitempty"`
	Model    string   `json:"model,omitempty"`
	Tools    []string `json:"tools,omitempty"`
	Actions  []string `json:"actions" jsonschema:"what it may do with money"`
	Payees   []string `json:"payees" jsonschema:"whom it may pay; empty for anyone"`
	Limits   []Limit  `json:"limits"`
	Price    string   `json:"price,omitempty" jsonschema:"credits that it asks of this machine for waking it"`
	Unread   string   `json:"unread,omitempty" jsonschema:"why the document cannot be read here"`
}

// Limit is a cap of the ledger, in credits.
type Limit struct {
	Name  string `json:"name"`
	Limit string `json:"limit"`
	Used  string `json:"used,omitempty"`
}

// Entry asks for one wake-up of a log; the zero of it for all.
type Entry struct {
	Wake   uint64 `json:"wake,omitempty" jsonschema:"number of one; all when left out"`
	Ticket string `json:"ticket,omitempty" jsonschema:"as talk gave it, to read the answer"`
}

// Bounds of waiting for an answer.
const (
	waitSecondsMax = 300
	waitDefault    = 90 * time.Second // clients give up on headers after two minutes
)

type agentKey struct{}

// WithAgent names the agent whose server a request is for.
func WithAgent(ctx context.Context, agent string) context.Context {
	return context.WithValue(ctx, agentKey{}, agent)
}

// AgentOf is the agent whose server a request is for, "" for none.
func AgentOf(ctx context.Context) string {
	id, _ := ctx.Value(agentKey{}).(string)
	return id
}

type talkInput struct {
	Message string `json:"message,omitempty" jsonschema:"what to say, at most 64 KiB"`
	Pay     string `json:"pay,omitempty" jsonschema:"credits at most for waking it; none when left out"`
	Wait    *int   `json:"wait_seconds,omitempty" jsonschema:"for the answer, at most 300, 90 when left out"`
	Ticket  string `json:"ticket,omitempty" jsonschema:"in place of a message: of an answer that was not there yet"`
}

func (in talkInput) talk(agent string) (Talk, error) {
	t := Talk{Agent: agent, Message: in.Message, Pay: in.Pay, Wait: waitDefault, Ticket: in.Ticket}
	if (in.Message == "") == (in.Ticket == "") {
		return t, errors.New("want a message, or the ticket of an earlier one")
	}
	if in.Wait != nil {
		t.Wait = time.Duration(min(max(*in.Wait, 0), waitSecondsMax)) * time.Second
	}
	return t, nil
}

// NewAgents makes the server of single agents: which one it is comes with each request, by WithAgent.
func NewAgents(cfg ServerConfig) (*mcp.Server, error) {
	if cfg.Agents == nil {
		return nil, errors.New("mcp server: agents are required")
	}
	srv := mcp.NewServer(&mcp.Implementation{Name: "ayni-agent", Title: "An agent of Ayni", Version: cfg.Version}, &mcp.ServerOptions{
		Instructions: "This is one agent. `charter` tells who it is, `talk` wakes it with a message and gives its answer.",
		Capabilities: &mcp.ServerCapabilities{Tools: &mcp.ToolCapabilities{}},
	})
	a := cfg.Agents
	mcp.AddTool(srv, &mcp.Tool{
		Name: "talk", Description: "Wake this agent with a message and wait for its answer. An answer that takes longer is had later by its ticket.",
		Annotations: &mcp.ToolAnnotations{OpenWorldHint: new(true), DestructiveHint: new(false)},
	}, func(ctx context.Context, _ *mcp.CallToolRequest, in talkInput) (*mcp.CallToolResult, Reply, error) {
		t, err := in.talk(AgentOf(ctx))
		if err != nil {
			return nil, Reply{}, err
		}
		r, err := a.Talk(ctx, t)
		return nil, r, err
	})
	mcp.AddTool(srv, &mcp.Tool{
		Name: "charter", Description: "Tell what this agent is for, what it may do, and the limits that the ledger sets it.", Annotations: readOnly(),
	}, func(ctx context.Context, _ *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, Charter, error) {
		c, err := a.Charter(ctx, AgentOf(ctx))
		return nil, c, err
	})
	mcp.AddTool(srv, &mcp.Tool{
		Name: "log", Description: "List this agent's wake-ups that are over, newest first, or show one. The ticket of a talk shows its answer.",
		Annotations: readOnly(),
	}, func(ctx context.Context, _ *mcp.CallToolRequest, in Entry) (*mcp.CallToolResult, wakes, error) {
		list, err := a.Log(ctx, AgentOf(ctx), in)
		return nil, wakes{append([]Reply{}, list...)}, err
	})
	return srv, nil
}

type wakes struct {
	Wakes []Reply `json:"wakes"`
}
