package credit

import "encoding/binary"

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
	return checkNonce(n.Nonce)
}
