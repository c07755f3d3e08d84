package x402

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// Version is the protocol's.
const Version = 2

// Schemes of payment.
const (
	Exact = "exact"
	Upto  = "upto"
)

// Headers of the protocol over HTTP.
const (
	RequiredHeader  = "Payment-Required"
	SignatureHeader = "Payment-Signature"
	ResponseHeader  = "Payment-Response"
)

// headerMax bounds what is decoded from a header.
const headerMax = 16 << 10

// identifierExtension lets a client name a purchase, so that a second payment of the same is not taken.
const identifierExtension = "payment-identifier"

// Resource is what is paid for.
type Resource struct {
	URL         string `json:"url"`
	Description string `json:"description,omitempty"`
	MimeType    string `json:"mimeType,omitempty"`
}

// Extra are what a scheme needs beside the amount.
type Extra struct {
	Name        string `json:"name,omitempty"`
	Version     string `json:"version,omitempty"`
	Method      string `json:"assetTransferMethod,omitempty"`
	Facilitator string `json:"facilitatorAddress,omitempty"`
}

// Requirements are one way to pay.
type Requirements struct {
	Scheme            string `json:"scheme"`
	Network           string `json:"network"`
	Amount            string `json:"amount"`
	Asset             string `json:"asset"`
	PayTo             string `json:"payTo"`
	MaxTimeoutSeconds int64  `json:"maxTimeoutSeconds"`
	Extra             Extra  `json:"extra"`
}

// Required asks for a payment.
type Required struct {
	X402Version int                        `json:"x402Version"`
	Error       string                     `json:"error,omitempty"`
	Resource    Resource                   `json:"resource"`
	Accepts     []Requirements             `json:"accepts"`
	Extensions  map[string]json.RawMessage `json:"extensions,omitempty"`
}

// Payment is what a client sends.
type Payment struct {
	X402Version int                        `json:"x402Version"`
	Resource    *Resource                  `json:"resource,omitempty"`
	Accepted    Requirements               `json:"accepted"`
	Payload     Payload                    `json:"payload"`
	Extensions  map[string]json.RawMessage `json:"extensions,omitempty"`
}

// Payload is what was signed, in one of two forms.
type Payload struct {
	Signature     string         `json:"signature"`
	Authorization *Authorization `json:"authorization,omitempty"`
	Permit        *Permit        `json:"permit2Authorization,omitempty"`
}

// Authorization is EIP-3009's; numbers are decimal.
type Authorization struct {
	From        string `json:"from"`
	To          string `json:"to"`
	Value       string `json:"value"`
	ValidAfter  string `json:"validAfter"`
	ValidBefore string `json:"validBefore"`
	Nonce       string `json:"nonce"`
}

// Permit is Permit2's with the witness of the scheme "upto"; numbers are decimal.
type Permit struct {
	From      string    `json:"from"`
	Permitted Permitted `json:"permitted"`
	Spender   string    `json:"spender"`
	Nonce     string    `json:"nonce"`
	Deadline  string    `json:"deadline"`
	Witness   Witness   `json:"witness"`
}

// Permitted is the token and the most of it.
type Permitted struct {
	Token  string `json:"token"`
	Amount string `json:"amount"`
}

// Witness says who is paid, and who says how much.
type Witness struct {
	To          string `json:"to"`
	Facilitator string `json:"facilitator"`
	ValidAfter  string `json:"validAfter"`
}

// Settled tells what was paid.
type Settled struct {
	Success     bool   `json:"success"`
	ErrorReason string `json:"errorReason,omitempty"`
	Payer       string `json:"payer,omitempty"`
	Transaction string `json:"transaction"`
	Network     string `json:"network"`
	Amount      string `json:"amount,omitempty"`
}

// encode writes a header's value.
func encode(value any) (string, error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("encode payment header: %w", err)
	}
	return base64.StdEncoding.EncodeToString(raw), nil
}

// decode reads a header's value.
func decode(text string, into any) error {
	if len(text) > headerMax {
		return fmt.Errorf("payment header has more than %d bytes", headerMax)
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return errors.New("payment header is not base64")
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("payment header is not the JSON of version %d: %w", Version, err)
	}
	return nil
}

// DecodeRequired reads the header of an answer 402.
func DecodeRequired(text string) (Required, error) {
	var r Required
	if err := decode(text, &r); err != nil {
		return r, err
	}
	if r.X402Version != Version {
		return r, fmt.Errorf("x402 version %d, not %d", r.X402Version, Version)
	}
	return r, nil
}

// DecodePayment reads the header of a request that pays.
func DecodePayment(text string) (Payment, error) {
	var p Payment
	if err := decode(text, &p); err != nil {
		return p, err
	}
	if p.X402Version != Version {
		return p, fmt.Errorf("x402 version %d, not %d", p.X402Version, Version)
	}
	return p, nil
}

// DecodeSettled reads the header of an answer that was paid for.
func DecodeSettled(text string) (Settled, error) {
	var s Settled
	return s, decode(text, &s)
}

// identifier is the extension as both sides write it.
type identifier struct {
	Info struct {
		Required bool   `json:"required"`
		ID       string `json:"id,omitempty"`
	} `json:"info"`
	Schema json.RawMessage `json:"schema,omitempty"`
}

// identifierSchema is the one of the extension's specification; clients refuse to use it without.
const identifierSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"required":{"type":"boolean"},` +
	`"id":{"type":"string","minLength":16,"maxLength":128,"pattern":"^[a-zA-Z0-9_-]+$"}},"required":["required"]}`

func identifierDeclaration() map[string]json.RawMessage {
	return map[string]json.RawMessage{
		identifierExtension: json.RawMessage(`{"info":{"required":false},"schema":` + identifierSchema + `}`),
	}
}

// Identifier is what the client calls the purchase; empty when it does not.
func (p Payment) Identifier() (string, error) {
	raw, ok := p.Extensions[identifierExtension]
	if !ok {
		return "", nil
	}
	var e identifier
	if err := json.Unmarshal(raw, &e); err != nil {
		return "", fmt.Errorf("extension %s: %w", identifierExtension, err)
	}
	if e.Info.ID == "" {
		return "", nil
	}
	if !validIdentifier(e.Info.ID) {
		return "", errors.New("a payment identifier has 16 to 128 letters, digits, hyphens and underscores")
	}
	return e.Info.ID, nil
}

func validIdentifier(id string) bool {
	if len(id) < 16 || len(id) > 128 {
		return false
	}
	for _, c := range []byte(id) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
