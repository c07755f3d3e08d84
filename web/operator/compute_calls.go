package operator

import (
	"context"
	"net/http"
	"net/url"
)

func computingRoutes(mux *http.ServeMux, c Computing) {
	named := func(call func(context.Context, string) (ComputeOrder, error)) func(*http.Request) (any, error) {
		return func(r *http.Request) (any, error) { return call(r.Context(), r.PathValue("id")) }
	}
	route(mux, "POST compute/orders", with(c.PlaceOrder))
	route(mux, "POST compute/trainings", with(c.PlaceTraining))
	route(mux, "GET compute/orders", func(r *http.Request) (any, error) { return c.ComputeOrders(r.Context(), r.FormValue("open") != "") })
	route(mux, "GET compute/orders/{id}", named(c.ComputeOrder))
	route(mux, "DELETE compute/orders/{id}", named(c.CloseOrder))
	route(mux, "GET compute/orders/{id}/explanation", func(r *http.Request) (any, error) { return c.ExplainOrder(r.Context(), r.PathValue("id")) })
	route(mux, "POST compute/deposits", with(c.FundOrder))
	route(mux, "POST compute/reviews", with(c.ReviewTasks))
	route(mux, "GET compute/hosts", func(r *http.Request) (any, error) { return c.ComputeHosts(r.Context()) })
	route(mux, "DELETE compute/leases/{id}", named(c.CloseLease))
	route(mux, "GET compute/leases/{id}/session", func(r *http.Request) (any, error) { return c.ComputeSession(r.Context(), r.PathValue("id")) })
	route(mux, "GET compute/leases/{id}/progress", func(r *http.Request) (any, error) { return c.ComputeProgress(r.Context(), r.PathValue("id")) })
	route(mux, "POST compute/grants", with(c.SignGrant))
	mux.HandleFunc("GET "+Prefix+"compute/leases/{id}/stream", streamed(c))
}

// PlaceOrder implements Computing.
func (c *Client) PlaceOrder(ctx context.Context, req OrderRequest) (ComputeOrder, error) {
	return ask[ComputeOrder](ctx, c, http.MethodPost, "compute/orders", req)
}

// PlaceTraining implements Computing.
func (c *Client) PlaceTraining(ctx context.Context, req TrainingRequest) (ComputeOrder, error) {
	return ask[ComputeOrder](ctx, c, http.MethodPost, "compute/trainings", req)
}

// ComputeOrders implements Computing.
func (c *Client) ComputeOrders(ctx context.Context, open bool) ([]ComputeOrder, error) {
	path := "compute/orders"
	if open {
		path += "?open=1"
	}
	return ask[[]ComputeOrder](ctx, c, http.MethodGet, path, nil)
}

// ComputeOrder implements Computing.
func (c *Client) ComputeOrder(ctx context.Context, order string) (ComputeOrder, error) {
	return ask[ComputeOrder](ctx, c, http.MethodGet, "compute/orders/"+url.PathEscape(order), nil)
}

// ExplainOrder implements Computing.
func (c *Client) ExplainOrder(ctx context.Context, order string) (Explanation, error) {
	return ask[Explanation](ctx, c, http.MethodGet, "compute/orders/"+url.PathEscape(order)+"/explanation", nil)
}

// FundOrder implements Computing.
func (c *Client) FundOrder(ctx context.Context, req FundRequest) (ComputeOrder, error) {
	return ask[ComputeOrder](ctx, c, http.MethodPost, "compute/deposits", req)
}

// CloseOrder implements Computing.
func (c *Client) CloseOrder(ctx context.Context, order string) (ComputeOrder, error) {
	return ask[ComputeOrder](ctx, c, http.MethodDelete, "compute/orders/"+url.PathEscape(order), nil)
}

// CloseLease implements Computing.
func (c *Client) CloseLease(ctx context.Context, lease string) (ComputeOrder, error) {
	return ask[ComputeOrder](ctx, c, http.MethodDelete, "compute/leases/"+url.PathEscape(lease), nil)
}

// ReviewTasks implements Computing.
func (c *Client) ReviewTasks(ctx context.Context, req ReviewRequest) (ComputeOrder, error) {
	return ask[ComputeOrder](ctx, c, http.MethodPost, "compute/reviews", req)
}

// ComputeHosts implements Computing.
func (c *Client) ComputeHosts(ctx context.Context) ([]ComputeHost, error) {
	return ask[[]ComputeHost](ctx, c, http.MethodGet, "compute/hosts", nil)
}

// ComputeSession implements Computing.
func (c *Client) ComputeSession(ctx context.Context, lease string) (ComputeSession, error) {
	return ask[ComputeSession](ctx, c, http.MethodGet, "compute/leases/"+url.PathEscape(lease)+"/session", nil)
}

// ComputeProgress implements Computing.
func (c *Client) ComputeProgress(ctx context.Context, lease string) (TrainingProgress, error) {
	return ask[TrainingProgress](ctx, c, http.MethodGet, "compute/leases/"+url.PathEscape(lease)+"/progress", nil)
}

// SignGrant implements Computing.
func (c *Client) SignGrant(ctx context.Context, req GrantRequest) (GrantSignature, error) {
	return ask[GrantSignature](ctx, c, http.MethodPost, "compute/grants", req)
}
