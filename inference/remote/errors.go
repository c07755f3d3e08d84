package remote

import (
	"context"
	"errors"
	"fmt"

	"ayni.example/credit"
	"ayni.example/inference/engine"
	"ayni.example/p2p"
)

// dishonest is an error of a provider that broke the terms; the client sees that this candidate failed.
func dishonest(format string, args ...any) error {
	cause := fmt.Errorf("%w: "+format, append([]any{ErrDishonest}, args...)...)
	return engine.Errorf(engine.Unavailable, "%w", cause).WithHint("nothing further was paid; another provider may answer")
}

// broken is an error of the connection. The same request may be sent again as long as nothing was passed on.
func broken(what string, err error) error {
	if errors.Is(err, p2p.ErrFrameFormat) || errors.Is(err, p2p.ErrFrameTooLarge) {
		return dishonest("%s: %w", what, err)
	}
	kind := engine.Unavailable
	if errors.Is(err, p2p.ErrPeerBusy) {
		kind = engine.Busy
	}
	return &againError{engine.Errorf(kind, "%s: connection to the provider broke: %w", what, err)}
}

// unpaid says why no lane could be had.
func unpaid(provider string, err error) error {
	switch {
	case errors.Is(err, credit.ErrBudget):
		return engine.Errorf(engine.Unpaid, "pay provider %s: %w", provider, err).WithHint("raise the deposit allowed for one channel, or ask for less")
	case errors.Is(err, credit.ErrLaneBusy) || errors.Is(err, context.DeadlineExceeded):
		return engine.Errorf(engine.Busy, "pay provider %s: %w", provider, err).WithHint("try again when an answer has ended")
	case errors.Is(err, context.Canceled):
		return err
	default:
		return engine.Errorf(engine.Unpaid, "pay provider %s: %w", provider, err).WithHint("check the balance with `ayni wallet` and that the ledger answers")
	}
}
