package operator

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// CreateAgent implements Employing.
func (c *Client) CreateAgent(ctx context.Context, req AgentRequest) (Agent, error) {
	return ask[Agent](ctx, c, http.MethodPost, "agents", req)
}

// AmendAgent implements Employing.
func (c *Client) AmendAgent(ctx context.Context, req AgentRequest) (Agent, error) {
	return ask[Agent](ctx, c, http.MethodPost, "agents/amend", req)
}

// Agents implements Employing.
func (c *Client) Agents(ctx context.Context, all bool) ([]Agent, error) {
	path := "agents"
	if all {
		path += "?all=1"
	}
	return ask[[]Agent](ctx, c, http.MethodGet, path, nil)
}

// Agent implements Employing.
func (c *Client) Agent(ctx context.Context, name string) (Agent, error) {
	return ask[Agent](ctx, c, http.MethodGet, "agents/"+url.PathEscape(name), nil)
}

// FundAgent implements Employing.
func (c *Client) FundAgent(ctx context.Context, req AgentMoney) (Agent, error) {
	return ask[Agent](ctx, c, http.MethodPost, "agents/fund", req)
}

// WithdrawAgent implements Employing.
func (c *Client) WithdrawAgent(ctx context.Context, req AgentMoney) (Agent, error) {
	return ask[Agent](ctx, c, http.MethodPost, "agents/withdraw", req)
}

// OrderAgent implements Employing.
func (c *Client) OrderAgent(ctx context.Context, req AgentOrder) (Agent, error) {
	return ask[Agent](ctx, c, http.MethodPost, "agents/order", req)
}

// DecideAgent implements Employing.
func (c *Client) DecideAgent(ctx context.Context, req AgentDecision) (Agent, error) {
	return ask[Agent](ctx, c, http.MethodPost, "agents/decide", req)
}

// TalkAgent implements Employing.
func (c *Client) TalkAgent(ctx context.Context, req AgentMessage) (AgentWake, error) {
	return ask[AgentWake](ctx, c, http.MethodPost, "agents/talk", req)
}

// AgentWake implements Employing.
func (c *Client) AgentWake(ctx context.Context, name string, wake uint64) (AgentWake, error) {
	return ask[AgentWake](ctx, c, http.MethodGet, "agents/"+url.PathEscape(name)+"/wakes/"+strconv.FormatUint(wake, 10), nil)
}

// AgentLog implements Employing.
func (c *Client) AgentLog(ctx context.Context, name string) ([]AgentWake, error) {
	return ask[[]AgentWake](ctx, c, http.MethodGet, "agents/"+url.PathEscape(name)+"/log", nil)
}

// ReplayAgent implements Employing.
func (c *Client) ReplayAgent(ctx context.Context, name string, wake uint64) (AgentReplay, error) {
	return ask[AgentReplay](ctx, c, http.MethodGet, "agents/"+url.PathEscape(name)+"/wakes/"+strconv.FormatUint(wake, 10)+"/replay", nil)
}

// ExportAgent implements Employing.
func (c *Client) ExportAgent(ctx context.Context, name string) (AgentExport, error) {
	return ask[AgentExport](ctx, c, http.MethodGet, "agents/"+url.PathEscape(name)+"/export", nil)
}

// HostAgents implements Employing.
func (c *Client) HostAgents(ctx context.Context, req AgentHosting) (AgentHosting, error) {
	return ask[AgentHosting](ctx, c, http.MethodPost, "agents/host", req)
}
