package operator

import (
	"context"
	"net/http"
)

var _ Ledger = (*Client)(nil)

// Network implements Ledger.
func (c *Client) Network(ctx context.Context) (Network, error) {
	return ask[Network](ctx, c, http.MethodGet, "network", nil)
}

// Check implements Ledger.
func (c *Client) Check(ctx context.Context) (Check, error) {
	return ask[Check](ctx, c, http.MethodGet, "network/check", nil)
}

// Proposals implements Ledger.
func (c *Client) Proposals(ctx context.Context) ([]Proposal, error) {
	return ask[[]Proposal](ctx, c, http.MethodGet, "network/proposals", nil)
}

// Propose implements Ledger.
func (c *Client) Propose(ctx context.Context, req ProposeRequest) (Proposal, error) {
	return ask[Proposal](ctx, c, http.MethodPost, "network/proposals", req)
}

// Vote implements Ledger.
func (c *Client) Vote(ctx context.Context, req VoteRequest) (Proposal, error) {
	return ask[Proposal](ctx, c, http.MethodPost, "network/votes", req)
}

// RotateKey implements Ledger.
func (c *Client) RotateKey(ctx context.Context) (Rotation, error) {
	return ask[Rotation](ctx, c, http.MethodPost, "network/rotation", nil)
}

// Issue implements Ledger.
func (c *Client) Issue(ctx context.Context, req IssueRequest) error {
	return c.call(ctx, http.MethodPost, "network/issues", req, nil)
}

// SetQuota implements Ledger.
func (c *Client) SetQuota(ctx context.Context, req QuotaRequest) error {
	return c.call(ctx, http.MethodPost, "network/quotas", req, nil)
}

// Return implements Ledger.
func (c *Client) Return(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "network/return", nil, nil)
}
