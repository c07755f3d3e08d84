package operator

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Proving is the part of the API that is about models whose answers can be proved.
type Proving interface {
	ProofModels(ctx context.Context) ([]ProofModel, error)
	// ProofModel is one with its circuit and what the ledger takes for verifying a proof.
	ProofModel(ctx context.Context, id string) (ProofModelDetail, error)
	RegisterModel(ctx context.Context, req RegisterModelRequest) (ProofModel, error)
	// UpdateModel changes what this machine's account asks for a model, or retires it for good.
	UpdateModel(ctx context.Context, req UpdateModelRequest) (ProofModel, error)
	// ProofUse is what this machine's next proof of a model must be bound to.
	ProofUse(ctx context.Context, model string) (ProofUse, error)
	// SubmitProof has the ledger verify an answer's file.
	SubmitProof(ctx context.Context, req SubmitProofRequest) (SubmittedProof, error)
	// VerifiedValues lists what the ledger has verified of a model.
	VerifiedValues(ctx context.Context, model string) ([]VerifiedValue, error)
	// MeasureProof runs and proves a model of this machine a few times, on an input of zeros, and gives the times of the clock.
	MeasureProof(ctx context.Context, model string) (ProofCost, error)
}

// ProofCost is what a proof takes on this machine, in seconds, beside the same answer without it.
type ProofCost struct {
	Infer  float64 `json:"infer_seconds"` // unproved, the same integer circuit
	Prove  float64 `json:"prove_seconds"` // the inference included
	Verify float64 `json:"verify_seconds"`
	Commit float64 `json:"commit_seconds"` // to the weights, once for any number of proofs
	Bytes  uint64  `json:"bytes"`
	Rounds int     `json:"rounds"` // that the figures are the middle of
}

// ProofModel is a circuit with committed weights, on the ledger.
type ProofModel struct {
	ID      string `json:"id"` // hex, as are circuit and root
	Name    string `json:"name"`
	Owner   string `json:"owner"`
	Circuit string `json:"circuit"` // SHA-256
	Root    string `json:"root"`
	Price   string `json:"price"` // credits that the owner asks for a proof
	Terms   string `json:"terms,omitempty"`
	Retired bool   `json:"retired"`
	Height  int64  `json:"height"` // at which it was registered
}

// ProofModelDetail is a model with what its proofs are made of.
type ProofModelDetail struct {
	ProofModel
	Encoded    []byte     `json:"encoded"`    // circuit, canonical
	Parameters []byte     `json:"parameters"` // canonical
	Quote      ProofQuote `json:"quote"`
}

// ProofQuote is what verifying a proof takes on the ledger, at most.
type ProofQuote struct {
	Price    string `json:"price"` // credits, of the owner
	Gas      uint64 `json:"gas"`
	Fee      string `json:"fee"`   // credits, at the next block's price of gas
	Bytes    uint64 `json:"bytes"` // of the longest proof
	Rounds   uint64 `json:"rounds"`
	Queries  uint64 `json:"queries"`
	Hashes   uint64 `json:"hashes"`
	Products uint64 `json:"products"`
}

// RegisterModelRequest is a model to be entered.
type RegisterModelRequest struct {
	Name       string `json:"name"`
	Circuit    []byte `json:"circuit"`    // canonical
	Root       []byte `json:"root"`       // 32 bytes
	Parameters []byte `json:"parameters"` // canonical
	Price      string `json:"price"`      // credits
	Terms      string `json:"terms"`      // SHA-256 in hex; "": none are stated
}

// UpdateModelRequest says what is to be another; what is absent stays.
type UpdateModelRequest struct {
	ID     string  `json:"id"`
	Price  *string `json:"price,omitempty"` // credits
	Terms  *string `json:"terms,omitempty"` // SHA-256 in hex; "": none are stated
	Retire bool    `json:"retire,omitempty"`
}

// ProofUse is what a proof for the ledger is bound to, beside the model and the context.
type ProofUse struct {
	ChainID   string `json:"chain_id"`
	Submitter string `json:"submitter"`
	Account   []byte `json:"account"` // the submitter's, in bytes
	Nonce     uint64 `json:"nonce"`
}

// SubmitProofRequest carries an answer's file.
type SubmitProofRequest struct {
	File []byte `json:"file"`
}

// SubmittedProof is what the ledger did with it.
type SubmittedProof struct {
	Model  string  `json:"model"`
	Output []int32 `json:"output"`
	Height int64   `json:"height"`
	Gas    int64   `json:"gas"` // used
	Hash   string  `json:"hash"`
}

// VerifiedValue is an output that the ledger has verified.
type VerifiedValue struct {
	Model     string    `json:"model"`
	Submitter string    `json:"submitter"`
	Context   string    `json:"context"` // text where it is text, else hex behind 0x
	Input     string    `json:"input"`   // digest of the integers that went in
	Output    []int32   `json:"output"`
	Nonce     uint64    `json:"nonce"`
	Proof     string    `json:"proof"` // SHA-256
	Height    int64     `json:"height"`
	Time      time.Time `json:"time"`
}

func provingRoutes(mux *http.ServeMux, p Proving) {
	route(mux, "GET zkml/models", func(r *http.Request) (any, error) { return p.ProofModels(r.Context()) })
	route(mux, "POST zkml/models", with(p.RegisterModel))
	route(mux, "PUT zkml/models", with(p.UpdateModel))
	route(mux, "GET zkml/models/{id}", func(r *http.Request) (any, error) { return p.ProofModel(r.Context(), r.PathValue("id")) })
	route(mux, "GET zkml/models/{id}/use", func(r *http.Request) (any, error) { return p.ProofUse(r.Context(), r.PathValue("id")) })
	route(mux, "GET zkml/models/{id}/values", func(r *http.Request) (any, error) { return p.VerifiedValues(r.Context(), r.PathValue("id")) })
	route(mux, "POST zkml/models/{id}/cost", func(r *http.Request) (any, error) { return p.MeasureProof(r.Context(), r.PathValue("id")) })
	route(mux, "POST zkml/proofs", with(p.SubmitProof))
}

// ProofModels implements Proving.
func (c *Client) ProofModels(ctx context.Context) ([]ProofModel, error) {
	return ask[[]ProofModel](ctx, c, http.MethodGet, "zkml/models", nil)
}

// ProofModel implements Proving.
func (c *Client) ProofModel(ctx context.Context, id string) (ProofModelDetail, error) {
	return ask[ProofModelDetail](ctx, c, http.MethodGet, "zkml/models/"+url.PathEscape(id), nil)
}

// RegisterModel implements Proving.
func (c *Client) RegisterModel(ctx context.Context, req RegisterModelRequest) (ProofModel, error) {
	return ask[ProofModel](ctx, c, http.MethodPost, "zkml/models", req)
}

// UpdateModel implements Proving.
func (c *Client) UpdateModel(ctx context.Context, req UpdateModelRequest) (ProofModel, error) {
	return ask[ProofModel](ctx, c, http.MethodPut, "zkml/models", req)
}

// ProofUse implements Proving.
func (c *Client) ProofUse(ctx context.Context, model string) (ProofUse, error) {
	return ask[ProofUse](ctx, c, http.MethodGet, "zkml/models/"+url.PathEscape(model)+"/use", nil)
}

// SubmitProof implements Proving.
func (c *Client) SubmitProof(ctx context.Context, req SubmitProofRequest) (SubmittedProof, error) {
	return ask[SubmittedProof](ctx, c, http.MethodPost, "zkml/proofs", req)
}

// VerifiedValues implements Proving.
func (c *Client) VerifiedValues(ctx context.Context, model string) ([]VerifiedValue, error) {
	return ask[[]VerifiedValue](ctx, c, http.MethodGet, "zkml/models/"+url.PathEscape(model)+"/values", nil)
}

// MeasureProof implements Proving.
func (c *Client) MeasureProof(ctx context.Context, model string) (ProofCost, error) {
	return ask[ProofCost](ctx, c, http.MethodPost, "zkml/models/"+url.PathEscape(model)+"/cost", nil)
}
