package credit

import (
	"crypto/ed25519"

	"cosmossdk.io/math"

	"ayni.example/receipt"
	"ayni.example/x/internal/bound"
)

// NewVoucher is v as it travels in a claim.
func NewVoucher(v receipt.Voucher) Voucher {
	return Voucher{
		Channel: v.Channel[:], Lane: v.Lane, Nonce: v.Nonce, Cumulative: v.Cumulative,
		Quote: v.Quote[:], Head: v.Head[:], Signature: v.Signature, Model: modelBytes(v.Model),
	}
}

// modelBytes leaves an absent model out.
func modelBytes(model receipt.Digest) []byte {
	if model.IsZero() {
		return nil
	}
	return model[:]
}

// ValidateBasic checks the voucher's form.
func (v Voucher) ValidateBasic() error {
	for _, field := range []struct {
		name  string
		bytes []byte
		size  int
	}{
		{"channel id", v.Channel, IDSize},
		{"quote", v.Quote, len(receipt.QuoteID{})},
		{"head", v.Head, len(receipt.Digest{})},
		{"signature", v.Signature, ed25519.SignatureSize},
	} {
		if err := bound.Length(field.name, field.bytes, field.size); err != nil {
			return ErrInvalid.Wrapf("voucher: %s", err)
		}
	}
	if err := checkModel(v.Model); err != nil {
		return err
	}
	return CheckAmount("cumulative amount", v.Cumulative)
}

// checkModel takes a digest or nothing; all zeros would be a second way of writing nothing.
func checkModel(model []byte) error {
	if len(model) == 0 {
		return nil
	}
	if err := bound.Length("model", model, len(receipt.Digest{})); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	if receipt.Digest(model).IsZero() {
		return ErrInvalid.Wrap("model of zeros: the first format leaves it out")
	}
	return nil
}

// Verify checks that key signed the voucher for the ledger chainID.
func (v Voucher) Verify(chainID string, key []byte) error {
	if err := v.ValidateBasic(); err != nil {
		return err
	}
	signed := receipt.Voucher{
		ChainID: chainID, Channel: receipt.Digest(v.Channel), Lane: v.Lane, Nonce: v.Nonce, Cumulative: v.Cumulative,
		Quote: receipt.QuoteID(v.Quote), Head: receipt.Digest(v.Head), Signature: v.Signature,
	}
	if len(v.Model) > 0 {
		signed.Model = receipt.Digest(v.Model)
	}
	if err := signed.Verify(key); err != nil {
		return ErrSignature.Wrapf("lane %d, nonce %d: %s", v.Lane, v.Nonce, err)
	}
	return nil
}

// NewLane is a lane on which nothing has been claimed.
func NewLane(channel []byte, lane uint32) Lane {
	return Lane{Channel: channel, Lane: lane, Cumulative: math.ZeroInt(), Head: make([]byte, len(receipt.Digest{}))}
}

// Precedes tells whether v is newer than what the lane has seen. The order is by amount and only then by nonce: were it by
// nonce alone, a payer could claim a voucher over nothing under the highest nonce, and every honest one would be stale. It is
// total, so claims may arrive in any order and end in the same state.
func (l Lane) Precedes(v Voucher) bool {
	if v.Cumulative.Equal(l.Cumulative) {
		return v.Nonce > l.Nonce
	}
	return v.Cumulative.GT(l.Cumulative)
}

// Advance returns the lane as v leaves it.
func (l Lane) Advance(v Voucher, height int64) Lane {
	l.Nonce, l.Cumulative, l.Head, l.Height, l.Model = v.Nonce, v.Cumulative, v.Head, height, v.Model
	return l
}

// Validate checks the lane without any state.
func (l Lane) Validate() error {
	if err := checkID(l.Channel); err != nil {
		return err
	}
	if l.Lane >= lanesBound {
		return ErrLane.Wrapf("lane %d", l.Lane)
	}
	if err := bound.Length("head", l.Head, len(receipt.Digest{})); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	if l.Height < 0 {
		return ErrInvalid.Wrap("a lane has a negative height")
	}
	if err := checkModel(l.Model); err != nil {
		return err
	}
	return CheckAmount("cumulative amount", l.Cumulative)
}
