package receipt

import (
	"crypto/ed25519"
	"fmt"

	"ayni.example/internal/canon"
)

const deliveryDomain = "ayni/delivery/1\x00"

// Delivery is the gateway's note of what it passed on: it binds every byte of the HTTP response to the receipt. The
// channel's session key signs it, so that it cannot be made up by a third party.
type Delivery struct {
	Receipt   Digest    `json:"receipt"`  // Receipt.Digest
	Request   Digest    `json:"request"`  // Salt.Request of the body that the gateway received
	Response  Digest    `json:"response"` // Salt.Response of the body as sent
	Endpoint  string    `json:"endpoint"` // such as /v1/completions
	Status    int       `json:"status"`   // HTTP
	Key       Key       `json:"key"`      // the receipt's payer_key
	Signature Signature `json:"signature"`
}

// SignBytes is what the session key signs.
func (d Delivery) SignBytes() ([]byte, error) {
	d.Signature = Signature{}
	b, err := canon.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return append([]byte(deliveryDomain), b...), nil
}

// Sign sets key and signature.
func (d *Delivery) Sign(key ed25519.PrivateKey) error {
	d.Key = PublicKey(key)
	b, err := d.SignBytes()
	if err != nil {
		return err
	}
	d.Signature = Signature(ed25519.Sign(key, b))
	return nil
}

// Check verifies that the note is its payer's and speaks of this receipt.
func (d Delivery) Check(r Receipt) error {
	b, err := d.SignBytes()
	if err != nil {
		return err
	}
	if d.Key != r.PayerKey || !ed25519.Verify(d.Key[:], b, d.Signature[:]) {
		return fmt.Errorf("delivery: %w", ErrSignature)
	}
	digest, err := r.Digest()
	if err != nil {
		return err
	}
	if d.Receipt != digest {
		return fmt.Errorf("delivery speaks of another receipt: %w", ErrChain)
	}
	if d.Request != r.Request {
		return fmt.Errorf("delivery: %w", ErrRequest)
	}
	return nil
}
