package credit

import (
	"bytes"
	"encoding/binary"

	"ayni.example/internal/ethkey"
	"ayni.example/x/internal/bound"
)

// Kinds of scheduled work.
const (
	// KindForget forgets nonces whose authorisations are over.
	KindForget = "credit/forget"
	// KindLapse gives back a hold that nobody has settled.
	KindLapse = "credit/lapse"
)

// slotSeconds is the length of the slots in which nonces are forgotten together, one scheduled item each.
const slotSeconds = 600

// Slot is the one in which a nonce is forgotten that is kept until then.
func Slot(until int64) int64 { return until/slotSeconds + 1 }

// SlotTime is when the nonces of a slot are forgotten: all of them are over then.
func SlotTime(slot int64) int64 { return slot * slotSeconds }

// SlotName names the scheduled item of a slot.
func SlotName(slot int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(slot)) }

// SlotOf is the slot with this name.
func SlotOf(name []byte) (int64, error) {
	if len(name) != 8 {
		return 0, ErrInvalid.Wrapf("slot's name of %d bytes", len(name))
	}
	return int64(binary.BigEndian.Uint64(name)), nil
}

// HoldName names the scheduled item that gives a hold back.
func HoldName(payer, nonce []byte) []byte { return append(append([]byte{}, payer...), nonce...) }

// Validate checks the hold without any state.
func (h Hold) Validate() error {
	if h.Payer == "" || h.Payee == "" || h.Facilitator == "" || h.Payer == h.Payee {
		return ErrInvalid.Wrap("a hold is between two addresses and has a facilitator")
	}
	if err := checkNonce(h.Nonce); err != nil {
		return err
	}
	if h.Deadline <= 0 {
		return ErrInvalid.Wrap("a hold has no deadline")
	}
	return CheckPositive("held amount", h.Amount)
}

// Validate checks the nonce without any state.
func (n BurntNonce) Validate() error {
	if n.Payer == "" || n.Until < 0 {
		return ErrInvalid.Wrap("a burnt nonce has a payer and no end before 1970")
	}
	if err := bound.Length("digest", n.Digest, ethkey.DigestSize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return checkNonce(n.Nonce)
}

// Mark is what the state keeps of a burnt nonce beside its key.
func (n BurntNonce) Mark() []byte {
	return binary.BigEndian.AppendUint64(bytes.Clone(n.Digest), uint64(n.Until))
}

// ReadMark is a nonce as its mark tells it, without payer and nonce.
func ReadMark(mark []byte) (BurntNonce, error) {
	if len(mark) != ethkey.DigestSize+8 {
		return BurntNonce{}, ErrInvariant.Wrapf("a burnt nonce of %d bytes", len(mark))
	}
	return BurntNonce{Digest: mark[:ethkey.DigestSize], Until: int64(binary.BigEndian.Uint64(mark[ethkey.DigestSize:]))}, nil
}
