package gateway

import (
	"context"
	"errors"

	"cosmossdk.io/math"

	"ayni.example/inference/engine"
	"ayni.example/receipt"
	"ayni.example/x/inference"
)

// ErrDishonest marks a candidate that broke the terms: a price above its offer, a proof that does not hold, a receipt that does not
// match the answer. The error around it says which.
var ErrDishonest = errors.New("provider broke the terms")

// Backend serves one job on the one candidate that the job names; trying the next candidate is the gateway's business.
//
// started is called once, before the first emit, with what the answer's header needs; a job may fail before it. emit is called
// in order, from one goroutine, and blocks while the client reads slowly; an error of either callback ends the job and is
// returned (wrapped). When ctx ends, the client is gone: Serve stops the work, settles what was served and returns. An error
// that has an *engine.Error inside tells the client what happened; any other is an internal one. An Outcome may carry a
// receipt beside an error: what was paid for an answer that broke off.
type Backend interface {
	Serve(ctx context.Context, job Job, started func(Started) error, emit func(engine.Chunk) error) (Outcome, error)
}

// Router names the candidates for a model, best first. An unknown model is an *engine.Error of kind NotFound, one that
// nobody serves now of kind Unavailable.
type Router interface {
	Routes(ctx context.Context, model string, want Preference) ([]Route, error)
	// Report tells how a candidate did, so that one that failed goes behind the others for a while.
	Report(route Route, err error)
	// Models lists what can be asked for now, sorted by name.
	Models(ctx context.Context) ([]Listing, error)
}

// Job is one request on its way to one candidate.
type Job struct {
	RequestID string         // 128 bits as 32 lower-case hexadecimal digits; the same when a client tries again
	Endpoint  string         // path that the client called: "/v1/chat/completions", "/api/generate", ...
	Body      []byte         // the request's raw bytes, which the receipt binds
	Request   engine.Request // what Body says; Model is the candidate's own name of it, Options.Seed is set
	Salt      receipt.Salt   // salts the content digests of the receipt
	Seed      uint64         // of the client, or chosen here when it gave none
	MaxTotal  math.Int       // acredit; the answer may not cost more, zero for a local candidate
	PayerKey  receipt.Key    // session key that signs the delivery note; the receipt names it
	Route     Route
}

// Route is one candidate for a request.
type Route struct {
	Local    bool
	Provider string          // ledger address; "" when local
	Moniker  string          // provider's name for people
	Key      []byte          // provider's receipt key on the ledger, Ed25519
	Peer     string          // libp2p peer id
	Addrs    []string        // multiaddrs
	Offer    inference.Offer // zero when local
	Upstream uint32          // of a million of the price: what goes to the model's owner and ancestors
	Score    *Score          // the least that a trusted arena found of it; nil where none did
	Model    engine.Model    // Name is what the candidate calls it
}

// Started is what is known when a candidate has taken the job.
type Started struct {
	ReceiptID   string
	Route       Route
	PriceInput  math.Int // acredit per token
	PriceOutput math.Int
	ReadableBy  []string // who can read the content
}

// Outcome ends a job.
type Outcome struct {
	Result    engine.Result
	Embedding *engine.Embedding // for an embedding request
	Receipt   receipt.Receipt
	Paid      math.Int // acredit paid when there is no receipt (yet); nil: what the receipt says
}

// Listing is a model as clients see it, with everybody who serves it.
type Listing struct {
	Name   string
	Model  engine.Model
	Routes []Route
}

// Prices of a candidate in acredit per token; a local one costs nothing.
func (r Route) Prices() (input, output math.Int) {
	return orZero(r.Offer.PriceInput), orZero(r.Offer.PriceOutput)
}

// Who names the candidate in logs, metrics and pins: "local" or the provider's address.
func (r Route) Who() string {
	if r.Local {
		return "local"
	}
	return r.Provider
}

// orZero reads an absent amount as nothing.
func orZero(amount math.Int) math.Int {
	if amount.IsNil() {
		return math.ZeroInt()
	}
	return amount
}
