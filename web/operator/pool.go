package operator

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// Pooling is the part of the API that is about pools of data.
type Pooling interface {
	// CreatePool enters a pool on the ledger, to be kept by this machine.
	CreatePool(ctx context.Context, req PoolRequest) (Pool, error)
	// Pools lists those on the ledger.
	Pools(ctx context.Context) ([]Pool, error)
	// PoolStats tells of one, by its id or by the name under which this machine keeps it.
	PoolStats(ctx context.Context, pool string) (PoolStats, error)
	// JoinPool contributes a file. The same file again goes on where it was cut off.
	JoinPool(ctx context.Context, req JoinRequest) (Contribution, error)
	// WithdrawContribution takes one of this machine's back, by its id or the beginning of one.
	WithdrawContribution(ctx context.Context, id string) (Contribution, error)
}

// PoolRequest says what a pool is. Share and price are what its contributors earn.
type PoolRequest struct {
	Name       string          `json:"name"`
	Schema     json.RawMessage `json:"schema"`
	Reference  string          `json:"reference"`  // name of a model of this machine
	Validation []byte          `json:"validation"` // text that it is measured on
	Share      uint32          `json:"share"`      // basis points of what each descendant earns
	Price      string          `json:"price"`      // credits for one training
	Licence    string          `json:"licence"`
	Commercial bool            `json:"commercial"`
	Checkers   []string        `json:"checkers"` // besides this machine
}

// Pool is a pool on the ledger.
type Pool struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Owner     string `json:"owner"`
	Epoch     uint64 `json:"epoch"`
	Points    string `json:"points"`
	Share     uint32 `json:"share"`
	Price     string `json:"price"`  // credits
	Earned    string `json:"earned"` // credits, of contributors
	KeptHere  bool   `json:"kept_here"`
	Reference string `json:"reference"` // digest of the model that measures
}

// PoolStats is a pool with what is in it.
type PoolStats struct {
	Pool
	Schema        json.RawMessage `json:"schema,omitempty"` // where this machine or the pool's tells it
	Contributors  []Contributor   `json:"contributors"`
	Contributions []Contribution  `json:"contributions"`
}

// Contributor is an account's standing in a pool.
type Contributor struct {
	Address string `json:"address"`
	Points  string `json:"points"`
	Owed    string `json:"owed"` // credits
	Paid    string `json:"paid"` // credits
}

// Contribution is one file of one account.
type Contribution struct {
	ID     string `json:"id"`
	Pool   string `json:"pool"`
	Epoch  uint64 `json:"epoch"`
	Owner  string `json:"owner"`
	Bytes  uint64 `json:"bytes"`
	State  string `json:"state"` // waits, accepted, refused, withdrawn
	Points uint64 `json:"points"`
	Reason string `json:"reason,omitempty"`
	Detail string `json:"detail,omitempty"` // told to its owner alone
	Given  bool   `json:"given"`            // its file is with the pool's machine, as far as this machine knows
	Height int64  `json:"height"`
}

// JoinRequest names a file of this machine.
type JoinRequest struct {
	Pool string `json:"pool"`
	File string `json:"file"` // absolute
}

func poolingRoutes(mux *http.ServeMux, p Pooling) {
	route(mux, "POST pools", with(p.CreatePool))
	route(mux, "GET pools", func(r *http.Request) (any, error) { return p.Pools(r.Context()) })
	route(mux, "GET pools/{id}", func(r *http.Request) (any, error) { return p.PoolStats(r.Context(), r.PathValue("id")) })
	route(mux, "POST pools/contributions", with(p.JoinPool))
	route(mux, "DELETE pools/contributions/{id}", func(r *http.Request) (any, error) { return p.WithdrawContribution(r.Context(), r.PathValue("id")) })
}

// CreatePool implements Pooling.
func (c *Client) CreatePool(ctx context.Context, req PoolRequest) (Pool, error) {
	return ask[Pool](ctx, c, http.MethodPost, "pools", req)
}

// Pools implements Pooling.
func (c *Client) Pools(ctx context.Context) ([]Pool, error) {
	return ask[[]Pool](ctx, c, http.MethodGet, "pools", nil)
}

// PoolStats implements Pooling.
func (c *Client) PoolStats(ctx context.Context, pool string) (PoolStats, error) {
	return ask[PoolStats](ctx, c, http.MethodGet, "pools/"+url.PathEscape(pool), nil)
}

// JoinPool implements Pooling.
func (c *Client) JoinPool(ctx context.Context, req JoinRequest) (Contribution, error) {
	return ask[Contribution](ctx, c, http.MethodPost, "pools/contributions", req)
}

// WithdrawContribution implements Pooling.
func (c *Client) WithdrawContribution(ctx context.Context, id string) (Contribution, error) {
	return ask[Contribution](ctx, c, http.MethodDelete, "pools/contributions/"+url.PathEscape(id), nil)
}
