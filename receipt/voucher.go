package receipt

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"

	"cosmossdk.io/math"

	"ayni.example/internal/canon"
)

// Domains keep a voucher's signature from meaning anything else, and the two formats apart.
const (
	voucherDomain      = "ayni/voucher/1\x00"
	modelVoucherDomain = "ayni/voucher/2\x00" // the voucher names the model that it pays for
)

// cumulativeBytes is the width of an amount in the signed bytes: 256 bits, big-endian.
const cumulativeBytes = 32

// Voucher promises a channel's payee Cumulative acredit in all on one lane. Nonce and Cumulative only grow, so the last
// voucher is the only one that matters.
type Voucher struct {
	ChainID    string   `json:"chain_id"`     // of the ledger that holds the channel
	Channel    Digest   `json:"channel"`      // id of the channel
	Lane       uint32   `json:"lane"`         // sequence within the channel
	Nonce      uint64   `json:"nonce,string"` // grows by at least one from voucher to voucher
	Cumulative math.Int `json:"cumulative"`   // acredit, never falls
	Quote      QuoteID  `json:"quote"`        // what this voucher pays for
	Head       Digest   `json:"head"`         // head of the lane's chain of completed receipts
	// Model is what the lane's money pays for since the ledger last saw the lane: the ledger pays that model's ancestors their
	// share. Absent in vouchers of the first format, which pay no share to anybody.
	Model     Digest `json:"model,omitzero"`
	Signature []byte `json:"signature"` // Ed25519 by the channel's session key over SignBytes
}

// QuoteID names a quote; random.
type QuoteID [16]byte

// SignBytes is what the session key signs: every field at a fixed width, the chain id behind its length, the model last and
// only in the second format.
func (v Voucher) SignBytes() ([]byte, error) {
	if len(v.ChainID) == 0 || len(v.ChainID) > 64 {
		return nil, fmt.Errorf("%w: chain id of %d bytes", ErrMalformed, len(v.ChainID))
	}
	if v.Cumulative.IsNil() || v.Cumulative.IsNegative() {
		return nil, fmt.Errorf("%w: cumulative amount is absent or negative", ErrMalformed)
	}
	amount := v.Cumulative.BigIntMut() // only read
	if amount.BitLen() > cumulativeBytes*8 {
		return nil, fmt.Errorf("%w: cumulative amount exceeds 256 bits", ErrMalformed)
	}
	domain := voucherDomain
	if !v.Model.IsZero() {
		domain = modelVoucherDomain
	}
	b := make([]byte, 0, 224)
	b = append(b, domain...)
	b = append(b, byte(len(v.ChainID)))
	b = append(b, v.ChainID...)
	b = append(b, v.Channel[:]...)
	b = binary.BigEndian.AppendUint32(b, v.Lane)
	b = binary.BigEndian.AppendUint64(b, v.Nonce)
	b = append(b, make([]byte, cumulativeBytes)...)
	amount.FillBytes(b[len(b)-cumulativeBytes:])
	b = append(b, v.Quote[:]...)
	b = append(b, v.Head[:]...)
	if !v.Model.IsZero() {
		b = append(b, v.Model[:]...)
	}
	return b, nil
}

// Sign sets the signature.
func (v *Voucher) Sign(key ed25519.PrivateKey) error {
	b, err := v.SignBytes()
	if err != nil {
		return err
	}
	v.Signature = ed25519.Sign(key, b)
	return nil
}

// Verify checks the signature against the channel's session key.
func (v Voucher) Verify(key ed25519.PublicKey) error {
	b, err := v.SignBytes()
	if err != nil {
		return err
	}
	if len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, b, v.Signature) {
		return ErrSignature
	}
	return nil
}

// Encode is the canonical JSON form.
func (v Voucher) Encode() ([]byte, error) {
	b, err := canon.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return b, nil
}

// DecodeVoucher reads what Encode writes. It checks the form; Verify does the rest.
func DecodeVoucher(data []byte) (Voucher, error) {
	var v Voucher
	if err := canon.Unmarshal(data, &v, receiptLimits()); err != nil {
		return Voucher{}, fmt.Errorf("%w: voucher: %w", ErrMalformed, err)
	}
	return v, nil
}
