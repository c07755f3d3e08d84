package receipt

import (
	"bytes"
	"encoding/json"
	"fmt"

	"ayni.example/internal/canon"
)

// maxChain bounds the receipts between this one and the head that a claim anchored.
const maxChain = 1 << 16

// File is what GET /receipts/ID returns and `ayni verify` reads: one canonical JSON object and a line feed.
type File struct {
	Receipt  Receipt   `json:"receipt"`
	Opening  *Opening  `json:"opening,omitempty"`
	Delivery *Delivery `json:"delivery,omitempty"`
	Chain    []Digest  `json:"chain,omitempty"` // digests of the later receipts of the lane, up to the claimed head
	Proofs   *Proofs   `json:"proofs,omitempty"`
}

// Opening lets who holds the content compare it.
type Opening struct {
	Salt Salt `json:"salt"`
}

// Proofs are bundles of package client/proof, in their own canonical JSON.
type Proofs struct {
	Registered json.RawMessage `json:"registered,omitempty"` // provider, key and price on the ledger
	Settled    json.RawMessage `json:"settled,omitempty"`    // the lane as claimed
}

// Encode is the canonical form and a line feed.
func (f File) Encode() ([]byte, error) {
	b, err := canon.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return append(b, '\n'), nil
}

// DecodeFile reads what Encode writes, and no other bytes.
func DecodeFile(data []byte) (File, error) {
	line, ok := bytes.CutSuffix(data, []byte{'\n'})
	if !ok {
		return File{}, fmt.Errorf("%w: a receipt file ends with a line feed", ErrMalformed)
	}
	var f File
	if err := canon.Unmarshal(line, &f, fileLimits()); err != nil {
		return File{}, fmt.Errorf("%w: receipt file: %w", ErrMalformed, err)
	}
	if err := f.validate(); err != nil {
		return File{}, err
	}
	return f, nil
}

// validate checks the parts that no signature covers.
func (f File) validate() error {
	if len(f.Chain) > maxChain {
		return fmt.Errorf("%w: chain of more than %d receipts", ErrMalformed, maxChain)
	}
	for _, d := range f.Chain {
		if d.IsZero() {
			return fmt.Errorf("%w: chain holds an empty digest", ErrMalformed)
		}
	}
	settled := f.Proofs != nil && len(f.Proofs.Settled) > 0
	if len(f.Chain) > 0 && !settled {
		return fmt.Errorf("%w: it leads to no claim", ErrChain)
	}
	if f.Proofs == nil {
		return nil
	}
	for _, raw := range []json.RawMessage{f.Proofs.Registered, f.Proofs.Settled} {
		if len(raw) == 0 {
			continue
		}
		if err := canon.Valid(raw, fileLimits()); err != nil || raw[0] != '{' {
			return fmt.Errorf("%w: proof is no canonical object: %w", ErrMalformed, err)
		}
	}
	return nil
}

// Head is where the receipt and the chain behind it lead: the head that the settled claim must show.
func (f File) Head() (Digest, error) {
	head, err := f.Receipt.Head()
	if err != nil {
		return Digest{}, err
	}
	for _, d := range f.Chain {
		head = Head(head, d)
	}
	return head, nil
}
