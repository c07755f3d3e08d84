package operator

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"ayni.example/provenance/graph"
)

// Tracing tells where assets come from, and who earns by them.
type Tracing interface {
	// Asset is one by its id, by its content, by the id of a receipt whose model it is, or by the name of a model of this machine.
	Asset(ctx context.Context, word string) (Asset, error)
	// Assets lists those that this machine's account owns.
	Assets(ctx context.Context) ([]Asset, error)
	// Lineage is what an asset was made from, or with children what was made of it.
	Lineage(ctx context.Context, asset string, children bool) (graph.Graph, error)
	// ProveAsset is a bundle of an asset, its edges, and the signing keys of its owner and of this machine's account.
	ProveAsset(ctx context.Context, asset string) (json.RawMessage, error)
	// SigningKeys lists the P-256 keys that an account has bound; "" is this machine's account.
	SigningKeys(ctx context.Context, account string) ([]SigningKey, error)
}

// Asset is an artifact with an owner, on the ledger.
type Asset struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Kind       string    `json:"kind"`
	Content    string    `json:"content"`
	Owner      string    `json:"owner"` // "": nobody
	Terms      Terms     `json:"terms"`
	Height     int64     `json:"height"`
	Time       time.Time `json:"time"`
	Banned     bool      `json:"banned,omitempty"`
	Restricted bool      `json:"restricted,omitempty"` // a parent that was found later bars commercial use
	Order      string    `json:"order,omitempty"`      // the leased training whose result it is
	Parents    []Edge    `json:"parents"`
	Shares     []Share   `json:"shares"`
	// Serving is the part of what is paid for serving it that goes to owners, in millionths.
	Serving  uint32 `json:"serving"`
	Earned   string `json:"earned"`   // credits that were paid for using it
	Received string `json:"received"` // credits that its owners were paid
}

// Terms are what the owner of an asset asks of those who use it.
type Terms struct {
	Commercial  bool   `json:"commercial"`
	Derivatives bool   `json:"derivatives"`
	Reciprocal  bool   `json:"reciprocal"`
	Share       uint32 `json:"share"`   // basis points
	Ceiling     string `json:"ceiling"` // credits from each descendant; "0": none
	Price       string `json:"price"`   // credits for one training
	Licence     string `json:"licence"`
}

// Edge leads to a parent.
type Edge struct {
	Asset    string `json:"asset"`
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Content  string `json:"content"`
	Relation string `json:"relation"`
	Evidence string `json:"evidence"`
}

// Share is what a payee gets of an asset's income.
type Share struct {
	Asset string `json:"asset"`
	Name  string `json:"name"`
	Owner string `json:"owner"`
	PPM   uint32 `json:"ppm"`
	Held  bool   `json:"held,omitempty"` // it waits for a decision
}

// SigningKey is a P-256 key whose signatures on artefacts are an account's.
type SigningKey struct {
	Key     string    `json:"key"`  // PEM
	Hint    string    `json:"hint"` // as bundles name it
	Account string    `json:"account"`
	Height  int64     `json:"height"`
	Time    time.Time `json:"time"`
}

func tracingRoutes(mux *http.ServeMux, t Tracing) {
	route(mux, "GET assets/{word...}", func(r *http.Request) (any, error) { return t.Asset(r.Context(), r.PathValue("word")) })
	route(mux, "GET assets", func(r *http.Request) (any, error) { return t.Assets(r.Context()) })
	route(mux, "GET lineage/{asset}", func(r *http.Request) (any, error) {
		return t.Lineage(r.Context(), r.PathValue("asset"), r.URL.Query().Get("children") == "true")
	})
	route(mux, "GET lineage/{asset}/proof", func(r *http.Request) (any, error) { return t.ProveAsset(r.Context(), r.PathValue("asset")) })
	route(mux, "GET signing-keys", func(r *http.Request) (any, error) { return t.SigningKeys(r.Context(), r.URL.Query().Get("account")) })
}

// Asset implements Tracing.
func (c *Client) Asset(ctx context.Context, word string) (Asset, error) {
	return ask[Asset](ctx, c, http.MethodGet, "assets/"+url.PathEscape(word), nil)
}

// Assets implements Tracing.
func (c *Client) Assets(ctx context.Context) ([]Asset, error) {
	return ask[[]Asset](ctx, c, http.MethodGet, "assets", nil)
}

// Lineage implements Tracing.
func (c *Client) Lineage(ctx context.Context, asset string, children bool) (graph.Graph, error) {
	return ask[graph.Graph](ctx, c, http.MethodGet, "lineage/"+url.PathEscape(asset)+"?children="+strconv.FormatBool(children), nil)
}

// ProveAsset implements Tracing.
func (c *Client) ProveAsset(ctx context.Context, asset string) (json.RawMessage, error) {
	return ask[json.RawMessage](ctx, c, http.MethodGet, "lineage/"+url.PathEscape(asset)+"/proof", nil)
}

// SigningKeys implements Tracing.
func (c *Client) SigningKeys(ctx context.Context, account string) ([]SigningKey, error) {
	return ask[[]SigningKey](ctx, c, http.MethodGet, "signing-keys?"+url.Values{"account": {account}}.Encode(), nil)
}
