package zkml

import (
	"crypto/sha256"
	"encoding/binary"
)

// Domains keep the digests of one purpose apart from those of another.
const (
	inputDomain   = "ayni/zkml/input/1"
	bindingDomain = "ayni/zkml/submit/1"
)

// InputDigest names what went into a model.
func InputDigest(input []int32) []byte {
	text := make([]byte, 0, len(inputDomain)+4*len(input))
	text = append(text, inputDomain...)
	for _, v := range input {
		text = binary.BigEndian.AppendUint32(text, uint32(v))
	}
	d := sha256.Sum256(text)
	return d[:]
}

// Binding is what a proof for the ledger is bound to beside model, input and output: it counts on one ledger, for one account,
// one context and one nonce.
func Binding(chainID string, model, submitter, context []byte, nonce uint64) [DigestSize]byte {
	text := lengthFirst([]byte(bindingDomain), []byte(chainID))
	text = lengthFirst(lengthFirst(lengthFirst(text, model), submitter), context)
	return sha256.Sum256(binary.BigEndian.AppendUint64(text, nonce))
}

// Validate checks the value without any state.
func (v Verified) Validate() error {
	form := MsgSubmitProof{
		Model: v.Model, Input: []int32{0}, Output: v.Output, Nonce: v.Nonce, Context: v.Context, Proof: v.Proof,
	}
	if err := form.ValidateBasic(); err != nil {
		return err
	}
	if err := checkDigest("input", v.Input); err != nil {
		return err
	}
	if v.Height < 0 || v.Time < 0 {
		return ErrInvalid.Wrapf("verified at height %d and time %d", v.Height, v.Time)
	}
	return checkDigest("proof", v.Proof)
}

// Requirement is what another module asks of a value before it acts on it.
type Requirement struct {
	Model     []byte
	Submitter []byte // account whose inputs are trusted
	Input     []byte // digest that the input must have; none: any
	// Blocks and Seconds bound the value's age, both of them; zero: no bound.
	Blocks, Seconds uint32
}

// Validate checks the requirement's form.
func (r Requirement) Validate() error {
	if err := checkDigest("model", r.Model); err != nil {
		return err
	}
	if len(r.Submitter) == 0 {
		return ErrInvalid.Wrap("no submitter: anyone may prove an answer to an input of its own choice")
	}
	if len(r.Input) == 0 {
		return nil
	}
	return checkDigest("input", r.Input)
}

// Admits tells whether a value meets the requirement at a height and a time.
func (r Requirement) Admits(v Verified, height, now int64) error {
	switch {
	case len(r.Input) > 0 && string(r.Input) != string(v.Input):
		return ErrInput.Wrapf("%x, not %x", v.Input, r.Input)
	case r.Blocks > 0 && height-v.Height > int64(r.Blocks):
		return ErrStale.Wrapf("%d blocks, at most %d", height-v.Height, r.Blocks)
	case r.Seconds > 0 && now-v.Time > int64(r.Seconds):
		return ErrStale.Wrapf("%d s, at most %d", now-v.Time, r.Seconds)
	}
	return nil
}
