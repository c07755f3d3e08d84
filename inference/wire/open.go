package wire

import (
	"crypto/ed25519"
	"encoding/hex"
	"fmt"

	"cosmossdk.io/math"

	"ayni.example/credit"
	"ayni.example/internal/canon"
	"ayni.example/receipt"
)

// openDomain keeps an open's signature from meaning anything else.
const openDomain = "ayni/open/1\x00"

// Open begins a job. The session key signs it together with both peer ids, so that nobody else can occupy the payer's lane
// or run up a bill on it.
type Open struct {
	RequestID   string            `json:"request_id"` // 32 lower-case hexadecimal digits
	Endpoint    string            `json:"endpoint"`
	Body        []byte            `json:"body"`
	ModelDigest string            `json:"model_digest"`
	ModelName   string            `json:"model_name"`
	Salt        receipt.Salt      `json:"salt"`
	Seed        uint64            `json:"seed,string"`
	MaxTotal    math.Int          `json:"max_total"` // acredit; the receipt's total stays within
	ChainID     string            `json:"chain_id"`
	Lane        credit.Open       `json:"lane"`           // who pays, and where the lane stands
	Heal        bool              `json:"heal,omitempty"` // only settle what a broken connection left open; no answer
	Signature   receipt.Signature `json:"signature"`
}

// signBytes covers everything but the signature. Peer ids come from the connection, so a copy is worth nothing elsewhere.
func (o Open) signBytes(from, to string) ([]byte, error) {
	o.Signature = receipt.Signature{}
	body, err := canon.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("%w: open: %w", ErrFrame, err)
	}
	digest := canon.Sum(openDomain, []byte(from), []byte(to), body)
	return append([]byte(openDomain), digest[:]...), nil
}

// Sign sets the signature for a stream between two peers.
func (o *Open) Sign(key ed25519.PrivateKey, from, to string) error {
	b, err := o.signBytes(from, to)
	if err != nil {
		return err
	}
	o.Signature = receipt.Signature(ed25519.Sign(key, b))
	return nil
}

// Check refuses an open that is out of range or that its session key did not sign for this stream.
func (o Open) Check(from, to string) error {
	if raw, err := hex.DecodeString(o.RequestID); err != nil || len(raw) != 16 || hex.EncodeToString(raw) != o.RequestID {
		return fmt.Errorf("%w: a request id has 32 lower-case hexadecimal digits", ErrFrame)
	}
	if o.Heal != (len(o.Body) == 0) || o.Heal != (o.Endpoint == "") || len(o.Endpoint) > 64 || len(o.Body) > MaxBody || len(o.ModelName) > 256 ||
		len(o.ModelDigest) > 64 || len(o.ChainID) > 64 || len(o.Lane.Payer) == 0 || len(o.Lane.Payer) > 128 {
		return fmt.Errorf("%w: a field of open is absent or too long", ErrFrame)
	}
	if err := amount("max_total", o.MaxTotal); err != nil {
		return err
	}
	if o.Lane.Request != o.RequestID {
		return fmt.Errorf("%w: open names two requests", ErrFrame)
	}
	b, err := o.signBytes(from, to)
	if err != nil {
		return err
	}
	if !ed25519.Verify(o.Lane.Key[:], b, o.Signature[:]) {
		return fmt.Errorf("open: %w", receipt.ErrSignature)
	}
	return nil
}

// Validate bounds what a quote says.
func (q Quote) Validate() error {
	if _, err := receipt.ParseID(string(q.ReceiptID)); err != nil {
		return fmt.Errorf("%w: %w", ErrFrame, err)
	}
	for _, a := range []struct {
		name string
		of   math.Int
	}{{"prompt_cost", q.PromptCost}, {"slice", q.Slice}} {
		if err := amount(a.name, a.of); err != nil {
			return err
		}
	}
	if err := (receipt.Price{Input: q.PriceInput, Output: q.PriceOutput}).Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrFrame, err)
	}
	return nil
}

func amount(name string, a math.Int) error {
	if a.IsNil() || a.IsNegative() || a.BigInt().BitLen() > 256 {
		return fmt.Errorf("%w: %s is absent, negative or above 256 bits", ErrFrame, name)
	}
	return nil
}
