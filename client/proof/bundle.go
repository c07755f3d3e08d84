package proof

import (
	"bytes"
	"encoding/json"
	"fmt"

	"ayni.example/receipt"
)

// Bounds of a bundle.
const (
	MaxBytes   = 1 << 20
	MaxBlocks  = 64
	MaxEntries = 64
	// MaxValidators bounds the signers of one block.
	MaxValidators = 200
)

// version is of the bundle's form.
const version = 1

// Bundle proves entries of the state. Its text form is JSON in this field order, without white space.
type Bundle struct {
	Version int     `json:"version"`
	ChainID string  `json:"chain_id"`
	Blocks  []Block `json:"blocks"`  // by height; the last commits to the state of the height before it
	Entries []Entry `json:"entries"` // in the order of the collector's keys
}

// Block is a light block.
type Block struct {
	Header     []byte      `json:"header"` // protobuf, as CometBFT encodes it
	Commit     []byte      `json:"commit"` // likewise
	Validators []Validator `json:"validators"`
}

// Validator is one of those who may sign a block.
type Validator struct {
	Key   []byte `json:"key"` // Ed25519
	Power int64  `json:"power"`
}

// Entry is one key of one module's store with its value, or with none when the state does not hold the key.
type Entry struct {
	Store string `json:"store"`
	Key   []byte `json:"key"`
	Value []byte `json:"value"`
	Tree  []byte `json:"tree"` // ICS-23 proof that the store's tree holds the key, or that it does not
	Root  []byte `json:"root"` // ICS-23 proof that the state's root holds the tree
}

// Encode gives the one text form of a bundle.
func (b Bundle) Encode() ([]byte, error) {
	raw, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("encode proof: %w", err)
	}
	if len(raw) > MaxBytes {
		return nil, fmt.Errorf("%w: proof of %d bytes exceeds %d", receipt.ErrMalformed, len(raw), MaxBytes)
	}
	return raw, nil
}

// Decode reads what Encode writes and nothing else: no unknown or repeated field, no other spelling of the same content.
func Decode(raw []byte) (Bundle, error) {
	if len(raw) > MaxBytes {
		return Bundle{}, fmt.Errorf("%w: proof of %d bytes exceeds %d", receipt.ErrMalformed, len(raw), MaxBytes)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	var b Bundle
	if err := decoder.Decode(&b); err != nil {
		return Bundle{}, fmt.Errorf("%w: proof: %w", receipt.ErrMalformed, err)
	}
	if err := b.check(); err != nil {
		return Bundle{}, err
	}
	again, err := b.Encode()
	if err != nil {
		return Bundle{}, err
	}
	if !bytes.Equal(raw, again) {
		return Bundle{}, fmt.Errorf("%w: proof is not in its canonical form", receipt.ErrMalformed)
	}
	return b, nil
}

// check holds the bounds that need no cryptography.
func (b Bundle) check() error {
	switch {
	case b.Version != version:
		return fmt.Errorf("%w: proof of version %d, not %d", receipt.ErrMalformed, b.Version, version)
	case len(b.Blocks) == 0 || len(b.Blocks) > MaxBlocks:
		return fmt.Errorf("%w: proof of %d blocks, not 1 to %d", receipt.ErrMalformed, len(b.Blocks), MaxBlocks)
	case len(b.Entries) == 0 || len(b.Entries) > MaxEntries:
		return fmt.Errorf("%w: proof of %d entries, not 1 to %d", receipt.ErrMalformed, len(b.Entries), MaxEntries)
	}
	for i, block := range b.Blocks {
		if n := len(block.Validators); n == 0 || n > MaxValidators {
			return fmt.Errorf("%w: block %d has %d validators, not 1 to %d", receipt.ErrMalformed, i, n, MaxValidators)
		}
	}
	return nil
}
