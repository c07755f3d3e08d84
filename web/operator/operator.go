// Package operator is the API with which the owner of a machine runs it: the command line and the console both use it.
// It is served on a loopback address of its own, behind a token that only the owner of the home can read.
package operator

import (
	"context"
	"encoding/json"
	"time"
)

// Ledger is the part that every running process serves, also one that runs the ledger alone.
type Ledger interface {
	Status(ctx context.Context) (Status, error)
	// Network tells of the network and of this machine's place in it.
	Network(ctx context.Context) (Network, error)
	// Council tells of the seats, of what is open, and of the beacon.
	Council(ctx context.Context) (Council, error)
	// Check reads the whole state and tells whether it agrees with itself.
	Check(ctx context.Context) (Check, error)
	Beacon(ctx context.Context) (BeaconStatus, error)
	// Draw asks for a round of the beacon and waits for it.
	Draw(ctx context.Context, req DrawRequest) (Draw, error)
	// Proposals lists the latest, newest first.
	Proposals(ctx context.Context) ([]Proposal, error)
	Propose(ctx context.Context, req ProposeRequest) (Proposal, error)
	Vote(ctx context.Context, req VoteRequest) (Proposal, error)
	// RotateKey makes a new consensus key and puts it into this machine's seat.
	RotateKey(ctx context.Context) (Rotation, error)
	// Issue gives an account fresh credits, where this machine's account is an issuer.
	Issue(ctx context.Context, req IssueRequest) error
	// SetQuota lets an account send without a fee, where this machine's account is the admin of fees.
	SetQuota(ctx context.Context, req QuotaRequest) error
	// Return brings this machine's seat back after it was absent.
	Return(ctx context.Context) error
	Proving
	Paying
	Tracing
}

// Operator is what the API serves; cli/machine implements it over the running roles.
type Operator interface {
	Ledger
	Holding
	Computing
	Hosting
	Auditing
	Pooling
	Employing
	Vaulting
	Invite(ctx context.Context, req InviteRequest) (Invite, error)
	Models(ctx context.Context) ([]Model, error)
	Offer(ctx context.Context, req OfferRequest) (Offer, error)
	RemoveOffer(ctx context.Context, model string) error
	Providers(ctx context.Context) ([]Provider, error)
	Receipts(ctx context.Context, page Page) ([]Receipt, error)
	// ReceiptFile is the receipt as a file that `ayni verify` reads; proofs asks the ledger for evidence, and public leaves
	// out what opens its salted digests.
	ReceiptFile(ctx context.Context, id string, proofs, public bool) (json.RawMessage, error)
	// Upstream is what of a receipt's total goes to the model's owner and ancestors, as the ledger divides it now.
	Upstream(ctx context.Context, id string) (Upstream, error)
	// Content is what was asked and answered, kept only with keep_content.
	Content(ctx context.Context, id string) (Content, error)
	Replay(ctx context.Context, id string, threads int) (Replay, error)
	// Verify checks a receipt file, and the request and answer when they are given, against this machine's network.
	Verify(ctx context.Context, file, request, answer []byte) (Verdict, error)
	// Prove is a bundle of what stands on the ledger, or does not, under names such as "provider ADDRESS".
	Prove(ctx context.Context, words []string) (json.RawMessage, error)
	// Trail is the light blocks by which this machine leads from the genesis to today; SetTrail takes over another's.
	Trail(ctx context.Context) (json.RawMessage, error)
	SetTrail(ctx context.Context, trail json.RawMessage) error
	Wallet(ctx context.Context) (Wallet, error)
	CreateKey(ctx context.Context, req KeyRequest) (Key, error)
	Keys(ctx context.Context) ([]Key, error)
	RevokeKey(ctx context.Context, id string) error
	Channels(ctx context.Context) ([]Channel, error)
	CloseChannel(ctx context.Context, id string) error
	// Claim sends all vouchers that this machine holds to the ledger now.
	Claim(ctx context.Context) error
	// FetchArtifact begins to fetch an artifact from peers, or looks how far that is; it answers within seconds. A fetch that
	// nobody looks at for a while ends.
	FetchArtifact(ctx context.Context, req ArtifactRequest) (ArtifactFetch, error)
	// Audit checks the ledger's invariants and recomputes every lane from its receipts.
	Audit(ctx context.Context) (Audit, error)
	Searcher
}

// Status tells how the machine is.
type Status struct {
	Version   string    `json:"version"`
	Name      string    `json:"name"`
	URL       string    `json:"url"`
	ChainID   string    `json:"chain_id"`
	Height    int64     `json:"height"`
	BlockTime time.Time `json:"block_time"`
	Syncing   bool      `json:"syncing"`
	Address   string    `json:"address"`
	Balance   string    `json:"balance"` // credits
	// Serving tells in a sentence whether this machine is registered as a provider, or why not.
	Serving   string   `json:"serving"`
	PeerID    string   `json:"peer_id"`
	Endpoints []string `json:"endpoints"`
	Validator bool     `json:"validator"`
}

// InviteRequest asks for a token that adds a machine.
type InviteRequest struct {
	Credits string        `json:"credits"` // granted to the machine when it joins
	Expires time.Duration `json:"expires"`
}

// Invite is shown once.
type Invite struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
}

// Model is one that clients of this machine can ask for.
type Model struct {
	Name         string   `json:"name"`
	Digest       string   `json:"digest"`
	Where        string   `json:"where"`    // "this machine" or the provider's name
	Provider     string   `json:"provider"` // address, "" for this machine
	Engine       string   `json:"engine"`
	Quantisation string   `json:"quantisation"`
	Context      uint32   `json:"context"`
	Capabilities []string `json:"capabilities"`
	Chat         bool     `json:"chat"`         // made for chat, rather than able to pass for it
	Offered      bool     `json:"offered"`      // to the network
	PriceInput   string   `json:"price_input"`  // credits per million tokens
	PriceOutput  string   `json:"price_output"` // credits per million tokens
	Upstream     uint32   `json:"upstream"`     // of a million of the price: what goes to the model's owner and ancestors
	ReadableBy   []string `json:"readable_by"`
}

// OfferRequest offers a local model to the network.
type OfferRequest struct {
	Model       string `json:"model"`
	PriceInput  string `json:"price_input"`     // credits per million tokens
	PriceOutput string `json:"price_output"`    // credits per million tokens
	Terms       *Terms `json:"terms,omitempty"` // of a model that was made here and is not registered yet
}

// Offer is what stands on the ledger.
type Offer struct {
	Model       string `json:"model"`
	Digest      string `json:"digest"`
	PriceInput  string `json:"price_input"`
	PriceOutput string `json:"price_output"`
	Height      int64  `json:"height"`
}

// Provider is a machine of the network.
type Provider struct {
	Name      string   `json:"name"`
	Address   string   `json:"address"`
	Status    string   `json:"status"`
	Reason    string   `json:"reason"`
	Bond      string   `json:"bond"` // credits
	PeerID    string   `json:"peer_id"`
	Endpoints []string `json:"endpoints"`
	Models    []string `json:"models"`
	// Earned is what it was paid in the last 30 days, in credits; "" while the index cannot tell.
	Earned string `json:"earned_30_days"`
	Self   bool   `json:"self"`
}

// Page bounds a listing: at most Limit entries before the one called Before, newest first.
type Page struct {
	Limit  int    `json:"limit"`
	Before string `json:"before"`
	Earned bool   `json:"earned"` // what this machine signed for others, instead of what it asked for
}

// Receipt is a line of the list of receipts.
type Receipt struct {
	ID         string    `json:"id"`
	Time       time.Time `json:"time"`
	Model      string    `json:"model"`
	Provider   string    `json:"provider"`
	Prompt     int       `json:"prompt_tokens"`
	Completion int       `json:"completion_tokens"`
	Total      string    `json:"total"` // credits
	Status     string    `json:"status"`
	Assurance  string    `json:"assurance"`
}

// Upstream is how much of a price goes to those from whose work a model was made. Amounts are credits.
type Upstream struct {
	Model  string          `json:"model"`           // digest
	Asset  string          `json:"asset,omitempty"` // empty: nobody has registered the model, all of the price is the provider's
	Total  string          `json:"total"`
	Amount string          `json:"amount"` // that goes upstream
	PPM    uint32          `json:"ppm"`    // of a million
	Shares []UpstreamShare `json:"shares,omitempty"`
}

// UpstreamShare is one payee's of an answer's price.
type UpstreamShare struct {
	Asset  string `json:"asset"`
	Name   string `json:"name"`
	Owner  string `json:"owner,omitempty"`
	PPM    uint32 `json:"ppm"`
	Amount string `json:"amount"`
	Held   bool   `json:"held,omitempty"` // a suspected parent's, which waits
}

// Content is one request and its answer, as bytes on the wire.
type Content struct {
	Endpoint string `json:"endpoint"`
	Request  []byte `json:"request"`
	Answer   []byte `json:"answer"`
}

// Replay tells whether the same tokens came again, and what finding out took.
type Replay struct {
	ID      string  `json:"id"`
	Same    bool    `json:"same"`
	Threads int     `json:"threads"`
	Passes  int     `json:"passes"`                           // over the model; 1 when the answer was known token by token
	Rows    int     `json:"rows"`                             // tokens that were run
	CPU     float64 `json:"cpu_seconds"`                      // of the process meanwhile
	Anew    float64 `json:"generation_cpu_seconds,omitempty"` // the same for generating the answer anew, where asked for
	Tokens  []int32 `json:"tokens"`
	Text    string  `json:"text"`
	Reason  string  `json:"reason"` // why it differs or cannot be replayed; when it is the same, what else is to be known
}

// Verdict is what verification found; Refused is empty when nothing spoke against the receipt.
type Verdict struct {
	OK         bool      `json:"ok"`
	Kind       string    `json:"kind"` // receipt, proof, answer
	ID         string    `json:"id"`
	Verdicts   []Finding `json:"verdicts"` // signed, registered, settled, then what else was compared
	NotChecked []string  `json:"not_checked"`
	Refused    string    `json:"refused"` // an error of the closed list, with detail
}

// Finding is one thing that verification established.
type Finding struct {
	Name   string `json:"name"`
	Detail string `json:"detail"`
}

// Wallet is this machine's money.
type Wallet struct {
	Address    string `json:"address"`
	Hex        string `json:"hex"`
	Balance    string `json:"balance"`    // credits, free
	Bonded     string `json:"bonded"`     // credits, as a provider
	Deposited  string `json:"deposited"`  // credits in channels this machine pays from
	Promised   string `json:"promised"`   // of that, credits already signed away in vouchers
	Receivable string `json:"receivable"` // credits in vouchers this machine holds, not yet claimed
	Fees       string `json:"fees"`       // credits paid to the ledger for transactions since the process started
	GasPrice   string `json:"gas_price"`  // acredit per gas, as the next block asks
	Quota      uint64 `json:"gas_quota"`  // gas in each period for which the account owes no fee
	QuotaLeft  uint64 `json:"gas_quota_left"`
}

// KeyRequest asks for an API key.
type KeyRequest struct {
	Name    string        `json:"name"`
	Budget  string        `json:"budget"` // credits, "" without bound
	Rate    int           `json:"rate"`   // requests a minute, 0 without bound
	Expires time.Duration `json:"expires"`
	Models  []string      `json:"models"`
	Admin   bool          `json:"admin"` // may use the console and see all receipts
}

// Key is an API key; Secret is there once, when it is made.
type Key struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Secret  string    `json:"secret,omitempty"`
	Budget  string    `json:"budget"`
	Spent   string    `json:"spent"`
	Rate    int       `json:"rate"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
	Revoked bool      `json:"revoked"`
	Models  []string  `json:"models,omitempty"` // those that it may use; none is all
}

// Channel is a deposit in which this machine has a part.
type Channel struct {
	ID      string `json:"id"`
	Role    string `json:"role"` // payer or payee
	Peer    string `json:"peer"` // the other side's address
	State   string `json:"state"`
	Deposit string `json:"deposit"` // credits
	Claimed string `json:"claimed"` // credits
	Signed  string `json:"signed"`  // credits in the latest vouchers
}

// Audit is what an audit found in order; anything else is an error.
type Audit struct {
	Height int64  `json:"height"`
	Supply string `json:"supply"` // credits, all that there are
	Lanes  []Lane `json:"lanes"`
}

// Lane is a lane recomputed from its receipts.
type Lane struct {
	Role     string `json:"role"`
	Channel  string `json:"channel"`
	Lane     uint32 `json:"lane"`
	Receipts uint64 `json:"receipts"`
	Total    string `json:"total"`   // credits, by receipts
	Signed   string `json:"signed"`  // credits, by the last voucher
	Open     string `json:"open"`    // credits paid for the job that is not finished
	Claimed  string `json:"claimed"` // credits
}
