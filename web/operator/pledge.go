package operator

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Holding is the part of the API that is about promises to hold artifacts.
type Holding interface {
	// PledgeArtifact promises on the ledger to hold an artifact of this disk, or promises it for longer.
	PledgeArtifact(ctx context.Context, req PledgeRequest) (Pledge, error)
	// ReleaseArtifact ends this machine's pledge after its time.
	ReleaseArtifact(ctx context.Context, digest string) error
	// Holders lists the pledges of an artifact, those that are known to be of its content first.
	Holders(ctx context.Context, digest string) ([]Pledge, error)
	// Pledges lists those of a holder, "" for this machine.
	Pledges(ctx context.Context, holder string) ([]Pledge, error)
	// ChallengeArtifact asks a holder for a leaf.
	ChallengeArtifact(ctx context.Context, req ChallengeRequest) (Challenge, error)
	// Challenges lists what a holder is asked for, "" for this machine.
	Challenges(ctx context.Context, holder string) ([]Challenge, error)
}

// PledgeRequest names an artifact of this disk.
type PledgeRequest struct {
	Digest string        `json:"digest"`
	Bond   string        `json:"bond"` // credits; "" extends a pledge that stands
	Lasts  time.Duration `json:"lasts"`
}

// Pledge is a holder's promise.
type Pledge struct {
	Holder   string    `json:"holder"`
	Digest   string    `json:"digest"`
	Size     uint64    `json:"size"`
	Bond     string    `json:"bond"` // credits
	Until    time.Time `json:"until"`
	Waiting  uint32    `json:"waiting"`  // challenges
	Answered uint64    `json:"answered"` // challenges
	// Content tells whether the pledge is of the artifact's bytes: yes, no, or unknown when they are not on this disk.
	Content string `json:"content"`
}

// ChallengeRequest asks for a leaf of 16 KiB; a nil leaf is drawn at random.
type ChallengeRequest struct {
	Digest string  `json:"digest"`
	Holder string  `json:"holder"`
	Leaf   *uint64 `json:"leaf,omitempty"`
}

// Challenge waits for an answer.
type Challenge struct {
	Holder     string    `json:"holder"`
	Digest     string    `json:"digest"`
	Leaf       uint64    `json:"leaf"`
	Challenger string    `json:"challenger"`
	Deposit    string    `json:"deposit"` // credits
	Due        time.Time `json:"due"`
	DueHeight  int64     `json:"due_height"`
}

func routeHolding(mux *http.ServeMux, o Operator) {
	route(mux, "POST artifacts/pledges", with(o.PledgeArtifact))
	route(mux, "DELETE artifacts/pledges/{digest}", func(r *http.Request) (any, error) {
		return struct{}{}, o.ReleaseArtifact(r.Context(), r.PathValue("digest"))
	})
	route(mux, "GET artifacts/pledges", func(r *http.Request) (any, error) { return o.Pledges(r.Context(), r.FormValue("holder")) })
	route(mux, "GET artifacts/holders/{digest}", func(r *http.Request) (any, error) { return o.Holders(r.Context(), r.PathValue("digest")) })
	route(mux, "POST artifacts/challenges", with(o.ChallengeArtifact))
	route(mux, "GET artifacts/challenges", func(r *http.Request) (any, error) { return o.Challenges(r.Context(), r.FormValue("holder")) })
}

// PledgeArtifact implements Operator.
func (c *Client) PledgeArtifact(ctx context.Context, req PledgeRequest) (Pledge, error) {
	return ask[Pledge](ctx, c, http.MethodPost, "artifacts/pledges", req)
}

// ReleaseArtifact implements Operator.
func (c *Client) ReleaseArtifact(ctx context.Context, digest string) error {
	return c.call(ctx, http.MethodDelete, "artifacts/pledges/"+url.PathEscape(digest), nil, nil)
}

// Holders implements Operator.
func (c *Client) Holders(ctx context.Context, digest string) ([]Pledge, error) {
	return ask[[]Pledge](ctx, c, http.MethodGet, "artifacts/holders/"+url.PathEscape(digest), nil)
}

// Pledges implements Operator.
func (c *Client) Pledges(ctx context.Context, holder string) ([]Pledge, error) {
	return ask[[]Pledge](ctx, c, http.MethodGet, "artifacts/pledges?"+url.Values{"holder": {holder}}.Encode(), nil)
}

// ChallengeArtifact implements Operator.
func (c *Client) ChallengeArtifact(ctx context.Context, req ChallengeRequest) (Challenge, error) {
	return ask[Challenge](ctx, c, http.MethodPost, "artifacts/challenges", req)
}

// Challenges implements Operator.
func (c *Client) Challenges(ctx context.Context, holder string) ([]Challenge, error) {
	return ask[[]Challenge](ctx, c, http.MethodGet, "artifacts/challenges?"+url.Values{"holder": {holder}}.Encode(), nil)
}
