package operator

import (
	"context"
	"net/http"
	"time"
)

// Auditing is the part of the API that is about claims of leased trainings, and this machine's part in them.
type Auditing interface {
	// Auditor tells whether this machine audits, and which claims wait for it.
	Auditor(ctx context.Context) (Auditor, error)
	// Enlist makes this machine an auditor, or adds to its bond.
	Enlist(ctx context.Context, req EnlistRequest) (Auditor, error)
	// Retire ends that; the bond stays locked for a while.
	Retire(ctx context.Context) (Auditor, error)
}

// EnlistRequest says what an auditor puts down.
type EnlistRequest struct {
	Bond string `json:"bond"` // credits; "" is the least that the ledger asks for
}

// Auditor is this machine as the referee of trainings knows it.
type Auditor struct {
	Enlisted bool      `json:"enlisted"`
	Bond     string    `json:"bond"`            // credits
	Least    string    `json:"least"`           // credits, of one who is drawn
	Deposit  string    `json:"deposit"`         // credits, of a challenge
	Leaves   time.Time `json:"leaves,omitzero"` // when the bond of one who retired is free; zero: it stays
	Agreed   uint64    `json:"agreed"`          // audits that came to the same root
	False    uint64    `json:"false"`           // audits that became challenges
	Unsure   uint64    `json:"unsure"`          // audits that could not tell
	Silent   uint64    `json:"silent"`          // audits that ended without a word
	Auditors int       `json:"auditors"`        // of the network
	Claims   []Claim   `json:"claims"`
}

// Claim is one in which this machine has a part.
type Claim struct {
	ID       string `json:"id"`
	Role     string `json:"role"` // defender, challenger or auditor
	Defender string `json:"defender"`
	From     uint64 `json:"from"` // first step, counted from 0
	To       uint64 `json:"to"`   // step after the last
	Disputed bool   `json:"disputed"`
	Asked    int    `json:"asked"` // tiles that wait for an answer
}

func auditRoutes(mux *http.ServeMux, o Operator) {
	route(mux, "GET compute/auditor", func(r *http.Request) (any, error) { return o.Auditor(r.Context()) })
	route(mux, "POST compute/auditor", with(o.Enlist))
	route(mux, "DELETE compute/auditor", func(r *http.Request) (any, error) { return o.Retire(r.Context()) })
}

// Auditor implements Operator.
func (c *Client) Auditor(ctx context.Context) (Auditor, error) {
	return ask[Auditor](ctx, c, http.MethodGet, "compute/auditor", nil)
}

// Enlist implements Operator.
func (c *Client) Enlist(ctx context.Context, req EnlistRequest) (Auditor, error) {
	return ask[Auditor](ctx, c, http.MethodPost, "compute/auditor", req)
}

// Retire implements Operator.
func (c *Client) Retire(ctx context.Context) (Auditor, error) {
	return ask[Auditor](ctx, c, http.MethodDelete, "compute/auditor", nil)
}
