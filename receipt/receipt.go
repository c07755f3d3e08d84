package receipt

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"

	"cosmossdk.io/math"

	"ayni.example/internal/canon"
)

// Version is the only version there is.
const Version = 1

// Domains of what is signed and hashed here.
const (
	receiptDomain       = "ayni/receipt/1\x00"
	receiptDigestDomain = "ayni/receipt-digest/1\x00"
	headDomain          = "ayni/head/1\x00"
)

// Status tells how a job ended.
type Status string

// The ways a job ends.
const (
	Complete Status = "complete" // total = cost of usage
	Aborted  Status = "aborted"  // one side vanished: total = what was paid, usage = what that covers
)

// Metered tells where the usage comes from.
type Metered string

// The sources of usage.
const (
	MeteredTokens   Metered = "tokens"   // token ids were shown: the payer can check by detokenising
	MeteredReported Metered = "reported" // the backend's word, bounded by bytes
	MeteredPaid     Metered = "paid"     // aborted: derived from the payment
)

// Assurance is the level of certainty that was paid for.
type Assurance string

// The levels of assurance.
const (
	Signed   Assurance = "signed"
	Sampled  Assurance = "sampled"
	Exact    Assurance = "exact"
	Attested Assurance = "attested"
	Proved   Assurance = "proved"
)

// Receipt is what a provider signs about one answer. The order of the fields is the order of its encoding.
type Receipt struct {
	Version    uint32  `json:"version"`
	ID         ID      `json:"id"` // given before the answer begins
	ChainID    string  `json:"chain_id"`
	RequestID  string  `json:"request_id"` // the payer's, for idempotent retry
	Provider   string  `json:"provider"`   // account address
	Payer      string  `json:"payer"`      // account address
	PayerKey   Key     `json:"payer_key"`  // session key of the channel, signs vouchers and deliveries
	Channel    Digest  `json:"channel"`    // empty when the payer's own machine answered
	Lane       uint32  `json:"lane"`
	Quote      QuoteID `json:"quote"`
	Prev       Digest  `json:"prev"` // head of the lane before this receipt, empty for the first
	SaltDigest Digest  `json:"salt_digest"`
	Request    Digest  `json:"request"` // Salt.Request of the raw HTTP body
	Answer     Digest  `json:"answer"`  // Salt.Answer of the text; may be empty when aborted
	Tokens     Digest  `json:"tokens"`  // Salt.Tokens of the ids, empty when the backend is opaque

	Model        string          `json:"model"` // name
	ModelDigest  string          `json:"model_digest"`
	Quantisation string          `json:"quantisation"`
	Engine       string          `json:"engine"`
	Build        string          `json:"build"`
	Template     Digest          `json:"template"` // of the chat template, empty when none
	Sampling     json.RawMessage `json:"sampling"` // canonical JSON object: the options used
	Seed         uint64          `json:"seed,string"`

	Usage      Usage     `json:"usage"`
	Metered    Metered   `json:"metered"`
	Price      Price     `json:"price"`
	Total      math.Int  `json:"total"` // acredit
	Assurance  Assurance `json:"assurance"`
	ReadableBy []string  `json:"readable_by"` // who could read the content
	Status     Status    `json:"status"`
	Finish     string    `json:"finish"` // stop, length, tool_calls, cancelled
	StartedMS  int64     `json:"started_ms"`
	FinishedMS int64     `json:"finished_ms"`

	Key       Key       `json:"key"`       // the provider's receipt key
	Signature Signature `json:"signature"` // over the encoding with this field empty, behind a domain
}

// SignBytes is what the receipt key signs.
func (r Receipt) SignBytes() ([]byte, error) {
	r.Signature = Signature{}
	b, err := canon.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return append([]byte(receiptDomain), b...), nil
}

// Sign sets key and signature. It refuses what Check would refuse, so that nobody signs a wrong sum.
func (r *Receipt) Sign(key ed25519.PrivateKey) error {
	r.Key = PublicKey(key)
	if err := r.validate(); err != nil {
		return err
	}
	b, err := r.SignBytes()
	if err != nil {
		return err
	}
	r.Signature = Signature(ed25519.Sign(key, b))
	return nil
}

// Check verifies the signature against the key that the receipt names, then the form and the amounts. That this key is the
// provider's is for the ledger's proof to say.
func (r Receipt) Check() error {
	b, err := r.SignBytes()
	if err != nil {
		return err
	}
	if !ed25519.Verify(r.Key[:], b, r.Signature[:]) {
		return fmt.Errorf("receipt: %w", ErrSignature)
	}
	return r.validate()
}

// Digest covers all of the receipt, signature included; heads are made of it.
func (r Receipt) Digest() (Digest, error) {
	b, err := r.Encode()
	if err != nil {
		return Digest{}, err
	}
	return sum(receiptDigestDomain, nil, b), nil
}

// Head is the lane's head after this receipt.
func (r Receipt) Head() (Digest, error) {
	d, err := r.Digest()
	if err != nil {
		return Digest{}, err
	}
	return Head(r.Prev, d), nil
}

// Head leads from one head to the next over a receipt's digest.
func Head(prev, receipt Digest) Digest { return sum(headDomain, prev[:], receipt[:]) }

// Encode is the canonical form, without a line feed at its end.
func (r Receipt) Encode() ([]byte, error) {
	b, err := canon.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return b, nil
}

// Decode reads what Encode writes. It checks the form of the encoding; Check does the rest.
func Decode(data []byte) (Receipt, error) {
	var r Receipt
	if err := canon.Unmarshal(data, &r, receiptLimits()); err != nil {
		return Receipt{}, fmt.Errorf("%w: receipt: %w", ErrMalformed, err)
	}
	return r, nil
}
