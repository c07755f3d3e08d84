package credit

import (
	"encoding/json"
	"fmt"

	"cosmossdk.io/math"

	"ayni.example/receipt"
)

// Open is the payer's first word on a lane: where it stands.
type Open struct {
	Channel receipt.Digest   `json:"channel"`
	Lane    uint32           `json:"lane"`
	Payer   string           `json:"payer"`
	Key     receipt.Key      `json:"key"`            // session key
	Last    *receipt.Voucher `json:"last,omitempty"` // the payer's last voucher, absent before the first
	Head    receipt.Digest   `json:"head"`           // the last receipt that the payer has
	// Request is the id of the job that follows. An open job of that id is continued, what was paid for it counts.
	Request string `json:"request"`
}

// Resumed is the payee's answer: what the payer needs to stand where the payee stands.
type Resumed struct {
	Voucher   *receipt.Voucher  `json:"voucher,omitempty"` // the last that the payee holds
	Missing   []receipt.Receipt `json:"missing,omitempty"` // receipts after Open.Head, in order
	Continued bool              `json:"continued"`         // the job of Open.Request stays open
}

// Job is what the payee promises to do, as quoted.
type Job struct {
	// Draft holds the receipt's fields that are known before the answer: id, request id, quote, salt digest, request,
	// model and so on, price, sampling, seed, assurance, readable by, start. Begin fills in parties, channel and place.
	Draft receipt.Receipt `json:"draft"`
	// Prompt is the prompt's length as quoted: an aborted receipt counts it first.
	Prompt uint64 `json:"prompt"`
	// Limit is the most that the job may cost.
	Limit math.Int `json:"limit"`
	// Model is what the job's vouchers must name; absent where the ledger takes the first format alone. Begin sets it.
	Model receipt.Digest `json:"model,omitzero"`
}

// Done is what is known once the answer is finished.
type Done struct {
	Answer  receipt.Digest
	Tokens  receipt.Digest // empty when the backend shows no token ids
	Usage   receipt.Usage
	Metered receipt.Metered
	Finish  string
	Seed    uint64
}

// Terms are what the payer agreed to: the quote, and the request it is for.
type Terms struct {
	RequestID   string          `json:"request_id"`
	Receipt     receipt.ID      `json:"receipt"`
	Quote       receipt.QuoteID `json:"quote"`
	Salt        receipt.Salt    `json:"salt"`
	Request     receipt.Digest  `json:"request"` // Salt.Request of the raw body
	Model       string          `json:"model"`
	ModelDigest string          `json:"model_digest"`
	Price       receipt.Price   `json:"price"`
	Slice       math.Int        `json:"slice"` // how far payment may run ahead of what was seen
	Limit       math.Int        `json:"limit"` // the most that the job may cost
}

// check bounds what came from the other side.
func (t Terms) check() error {
	if err := t.Price.Validate(); err != nil {
		return err
	}
	for _, amount := range []math.Int{t.Slice, t.Limit} {
		if amount.IsNil() || amount.IsNegative() {
			return fmt.Errorf("%w: slice or limit is absent or negative", ErrReceipt)
		}
	}
	if t.RequestID == "" || t.Quote.IsZero() {
		return fmt.Errorf("%w: request id or quote id is absent", ErrReceipt)
	}
	_, err := receipt.ParseID(string(t.Receipt))
	return err
}

// match compares a complete receipt with the terms.
func (t Terms) match(r receipt.Receipt) error {
	for _, field := range []struct {
		name string
		same bool
	}{
		{"status", r.Status == receipt.Complete},
		{"id", r.ID == t.Receipt},
		{"request id", r.RequestID == t.RequestID},
		{"quote", r.Quote == t.Quote},
		{"salt digest", r.SaltDigest == t.Salt.Digest()},
		{"request", r.Request == t.Request},
		{"model", r.Model == t.Model && r.ModelDigest == t.ModelDigest},
		{"price", r.Price.Input.Equal(t.Price.Input) && r.Price.Output.Equal(t.Price.Output)},
		{"total", r.Total.LTE(t.Limit)},
	} {
		if !field.same {
			return fmt.Errorf("%w: %s differs", ErrReceipt, field.name)
		}
	}
	return nil
}

func decodeBody[T any](job *openJob) (T, error) {
	var body T
	if err := json.Unmarshal(job.body, &body); err != nil {
		return body, fmt.Errorf("%w: job %s: %w", ErrStoreOpen, job.request, err)
	}
	return body, nil
}
