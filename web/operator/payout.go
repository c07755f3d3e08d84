package operator

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Paying is the part of the API that is about money that verified values pay.
type Paying interface {
	// PromisePayout locks money that a verified value of a model will pay.
	PromisePayout(ctx context.Context, req PayoutRequest) (Payout, error)
	// CollectPayout pays this machine what a verified value comes to.
	CollectPayout(ctx context.Context, req CollectRequest) (Collected, error)
	// Payouts lists the promises of a payer, "" for all.
	Payouts(ctx context.Context, payer string) ([]Payout, error)
}

// PayoutRequest says whom a promise pays, and by what.
type PayoutRequest struct {
	Beneficiary  string        `json:"beneficiary"`
	Model        string        `json:"model"`
	Submitter    string        `json:"submitter"` // whose inputs count; "": this machine's
	Context      string        `json:"context"`
	Input        string        `json:"input"` // digest that the input must have; "": any
	Index        uint32        `json:"index"` // which integer of the output counts
	Unit         string        `json:"unit"`  // credits for each one of it
	Most         string        `json:"most"`  // credits, which are locked
	Lasts        time.Duration `json:"lasts"`
	FreshBlocks  uint32        `json:"fresh_blocks"`
	FreshSeconds uint32        `json:"fresh_seconds"`
}

// Payout is a promise.
type Payout struct {
	Payer       string    `json:"payer"`
	Number      uint64    `json:"number"`
	Beneficiary string    `json:"beneficiary"`
	Model       string    `json:"model"`
	Submitter   string    `json:"submitter"`
	Context     string    `json:"context"`
	Index       uint32    `json:"index"`
	Unit        string    `json:"unit"` // credits, as is most
	Most        string    `json:"most"`
	Until       time.Time `json:"until"`
}

// CollectRequest names a promise.
type CollectRequest struct {
	Payer  string `json:"payer"`
	Number uint64 `json:"number"`
}

// Collected is what a promise paid.
type Collected struct {
	Paid   string `json:"paid"` // credits
	Height int64  `json:"height"`
}

func payingRoutes(mux *http.ServeMux, p Paying) {
	route(mux, "GET payouts", func(r *http.Request) (any, error) { return p.Payouts(r.Context(), r.FormValue("payer")) })
	route(mux, "POST payouts", with(p.PromisePayout))
	route(mux, "POST payouts/collected", with(p.CollectPayout))
}

// PromisePayout implements Paying.
func (c *Client) PromisePayout(ctx context.Context, req PayoutRequest) (Payout, error) {
	return ask[Payout](ctx, c, http.MethodPost, "payouts", req)
}

// CollectPayout implements Paying.
func (c *Client) CollectPayout(ctx context.Context, req CollectRequest) (Collected, error) {
	return ask[Collected](ctx, c, http.MethodPost, "payouts/collected", req)
}

// Payouts implements Paying.
func (c *Client) Payouts(ctx context.Context, payer string) ([]Payout, error) {
	return ask[[]Payout](ctx, c, http.MethodGet, "payouts?"+url.Values{"payer": {payer}}.Encode(), nil)
}
