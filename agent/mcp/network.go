package mcp

import (
	"context"
	"errors"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Network is what the tools of a network do, each in the name of the caller whose request ctx carries.
type Network interface {
	// Ask asks a model of this machine or of the network.
	Ask(ctx context.Context, q Question) (Answer, error)
	// Receipt is one of the caller's own receipts, checked.
	Receipt(ctx context.Context, id string) (Checked, error)
	// Trainings lists this machine's, newest first, or the one that is named.
	Trainings(ctx context.Context, order string) ([]Training, error)
}

// Question asks a model.
type Question struct {
	Model       string   `json:"model,omitempty" jsonschema:"name of a model; the machine's first when left out"`
	System      string   `json:"system,omitempty" jsonschema:"instructions to the model"`
	Prompt      string   `json:"prompt" jsonschema:"what to ask"`
	MaxTokens   int      `json:"max_tokens,omitempty" jsonschema:"of the answer, at most 4096, 512 when left out"`
	Temperature *float64 `json:"temperature,omitempty" jsonschema:"0 to 2; the model's own when left out"`
	Seed        *uint64  `json:"seed,omitempty" jsonschema:"the same seed gives the same answer where the engine is exact"`
	Assurance   string   `json:"assurance,omitempty" jsonschema:"only who offers this level: signed, sampled, exact or proved"`
}

// Answer is what a model said.
type Answer struct {
	Text       string `json:"text"`
	Model      string `json:"model"`
	Receipt    string `json:"receipt" jsonschema:"id for the tool receipt"`
	Prompt     int    `json:"prompt_tokens"`
	Completion int    `json:"completion_tokens"`
	Finish     string `json:"finish_reason"`
}

// Checked is a receipt and what there is to say for it.
type Checked struct {
	ID         string    `json:"id"`
	Model      string    `json:"model"`
	Provider   string    `json:"provider"`
	Status     string    `json:"status"`
	Assurance  string    `json:"assurance"`
	Total      string    `json:"total" jsonschema:"credits"`
	Prompt     int       `json:"prompt_tokens"`
	Completion int       `json:"completion_tokens"`
	Finished   time.Time `json:"finished"`
	OK         bool      `json:"ok" jsonschema:"nothing speaks against it"`
	Findings   []Finding `json:"findings" jsonschema:"what was established: signed, registered, settled"`
	NotChecked []string  `json:"not_checked"`
	Refused    string    `json:"refused,omitempty" jsonschema:"why it does not hold"`
}

// Finding is one thing that a check established.
type Finding struct {
	Name   string `json:"name"`
	Detail string `json:"detail"`
}

// Training is how far an order stands on the ledger.
type Training struct {
	Order    string `json:"order"`
	Name     string `json:"name,omitempty"`
	State    string `json:"state" jsonschema:"open, leased or closed"`
	Reason   string `json:"reason,omitempty"`
	Steps    uint64 `json:"steps" jsonschema:"of the whole job"`
	Accepted uint64 `json:"accepted_steps" jsonschema:"audited and paid"`
	Waiting  uint64 `json:"waiting_steps" jsonschema:"committed, not yet accepted"`
	Price    string `json:"price,omitempty" jsonschema:"credits for a step"`
	Paid     string `json:"paid" jsonschema:"credits"`
	Escrow   string `json:"escrow" jsonschema:"credits"`
}

// Most that one question may ask for.
const (
	tokensMax     = 4096
	tokensDefault = 512
)

// ServerConfig is what a server with a network's tools works with.
type ServerConfig struct {
	Network Network
	Agents  Agents // none: the network's server hires nobody
	Version string
}

// NewNetwork makes the server.
func NewNetwork(cfg ServerConfig) (*mcp.Server, error) {
	if cfg.Network == nil {
		return nil, errors.New("mcp server: a network is required")
	}
	srv := mcp.NewServer(&mcp.Implementation{Name: "ayni", Title: "Ayni", Version: cfg.Version}, &mcp.ServerOptions{
		Instructions: "Ask models of the network with `ask`; each answer has a receipt that `receipt` shows and checks.",
		Capabilities: &mcp.ServerCapabilities{Tools: &mcp.ToolCapabilities{}},
	})
	n := cfg.Network
	mcp.AddTool(srv, &mcp.Tool{
		Name: "ask", Description: "Ask a model and get its answer with the id of a receipt that anyone can check. It may cost credits of the caller's key.",
		Annotations: &mcp.ToolAnnotations{OpenWorldHint: new(true), DestructiveHint: new(false)},
	}, func(ctx context.Context, _ *mcp.CallToolRequest, q Question) (*mcp.CallToolResult, Answer, error) {
		if q.MaxTokens <= 0 {
			q.MaxTokens = tokensDefault
		}
		q.MaxTokens = min(q.MaxTokens, tokensMax)
		a, err := n.Ask(ctx, q)
		return nil, a, err
	})
	mcp.AddTool(srv, &mcp.Tool{
		Name: "receipt", Description: "Show a receipt of yours and check it: who signed it, whether the ledger knows the provider, whether it was paid.",
		Annotations: readOnly(),
	}, func(ctx context.Context, _ *mcp.CallToolRequest, in receiptInput) (*mcp.CallToolResult, Checked, error) {
		c, err := n.Receipt(ctx, in.ID)
		return nil, c, err
	})
	mcp.AddTool(srv, &mcp.Tool{
		Name: "training", Description: "Tell how far this machine's trainings are on machines of the network.", Annotations: readOnly(),
	}, func(ctx context.Context, _ *mcp.CallToolRequest, in trainingInput) (*mcp.CallToolResult, trainings, error) {
		list, err := n.Trainings(ctx, in.Order)
		return nil, trainings{append([]Training{}, list...)}, err
	})
	if cfg.Agents != nil {
		addHiring(srv, cfg.Agents)
	}
	return srv, nil
}

type receiptInput struct {
	ID string `json:"id" jsonschema:"of a receipt, as ask gives it"`
}

type trainingInput struct {
	Order string `json:"order,omitempty" jsonschema:"id or name of one; all when left out"`
}

type trainings struct {
	Trainings []Training `json:"trainings"`
}

func readOnly() *mcp.ToolAnnotations { return &mcp.ToolAnnotations{ReadOnlyHint: true} }
