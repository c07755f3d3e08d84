package wire

import (
	"errors"

	"ayni.example/credit"
	"ayni.example/inference/engine"
	"ayni.example/p2p"
	"ayni.example/receipt"
)

// Error is an engine.Error on its way to the other side.
type Error struct {
	Kind  engine.ErrorKind `json:"kind"`
	Cause string           `json:"cause"`
	Hint  string           `json:"hint,omitempty"`
	Retry bool             `json:"retry"` // the same request may work here later

	Reason Reason `json:"reason,omitempty"` // what the payer's lane should do about it
}

// Reason is the closed list of refusals that a payer's lane can heal by itself.
type Reason string

// The reasons; other errors have none.
const (
	LaneLost Reason = "lane_lost" // the sides cannot agree where the lane stands: take another
	LaneBusy Reason = "lane_busy" // a job still ends there, or another model's money is unclaimed
	Channel  Reason = "channel"   // unknown to the provider, perhaps not yet; or closing
)

// errorTextMax bounds what one side believes of the other's words.
const errorTextMax = 500

// ErrorOf tells the other side of an error. What is not meant for clients is not told.
func ErrorOf(err error) *Error {
	var known *engine.Error
	for _, refusal := range []struct {
		is     error
		kind   engine.ErrorKind
		reason Reason
	}{
		{credit.ErrLaneLost, engine.Unpaid, LaneLost},
		{credit.ErrLaneBusy, engine.Busy, LaneBusy},
		{credit.ErrModel, engine.Busy, LaneBusy},
		{credit.ErrChannel, engine.Unpaid, Channel},
		{credit.ErrDeposit, engine.Unpaid, ""},
		{credit.ErrStale, engine.Invalid, ""},
		{credit.ErrVoucher, engine.Invalid, ""},
		{credit.ErrOverpaid, engine.Invalid, ""},
		{receipt.ErrSignature, engine.Invalid, ""},
		{receipt.ErrMalformed, engine.Invalid, ""},
		{p2p.ErrFrameFormat, engine.Invalid, ""},
		{p2p.ErrFrameTooLarge, engine.TooLarge, ""},
		{ErrFrame, engine.Invalid, ""},
	} {
		if errors.Is(err, refusal.is) && !errors.As(err, &known) {
			return &Error{Kind: refusal.kind, Cause: short(err.Error()), Reason: refusal.reason, Retry: refusal.reason != ""}
		}
	}
	if !errors.As(err, &known) {
		return &Error{Kind: engine.Internal, Cause: "internal error"}
	}
	retry := known.Kind == engine.Busy || known.Kind == engine.Unavailable
	return &Error{Kind: known.Kind, Cause: short(known.Cause), Hint: short(known.Hint), Retry: retry}
}

// Err is the error that the other side told of; a kind that is not on the list is internal.
func (e *Error) Err() *engine.Error {
	switch e.Kind {
	case engine.Invalid, engine.Unpaid, engine.Forbidden, engine.NotFound, engine.TooLarge, engine.Busy, engine.Unsupported,
		engine.Unavailable:
	default:
		e.Kind = engine.Internal
	}
	err := engine.Errorf(e.Kind, "provider: %s", short(e.Cause))
	if e.Hint != "" {
		err = err.WithHint(short(e.Hint))
	}
	return err
}

func short(s string) string {
	if len(s) <= errorTextMax {
		return s
	}
	return s[:errorTextMax]
}

// Error makes a refusal travel as a Go error until Err gives it its kind.
func (e *Error) Error() string { return e.Cause }
