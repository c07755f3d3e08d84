package receipt

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"cosmossdk.io/math"

	"ayni.example/internal/canon"
)

// Bounds of a receipt's fields.
const (
	maxName       = 256
	maxFinish     = 64
	maxReadableBy = 16
	maxSampling   = 4 << 10
	amountBits    = 256
)

// receiptLimits bound what decoders of receipts and vouchers look at.
func receiptLimits() canon.Limits { return canon.Limits{Bytes: 32 << 10, Depth: 16} }

// fileLimits bound what decoders of files look at.
func fileLimits() canon.Limits { return canon.Limits{Bytes: 16 << 20, Depth: 32} }

// validate checks form and amounts; the signature is Check's.
func (r *Receipt) validate() error {
	if r.Version != Version {
		return fmt.Errorf("%w: version %d is unknown", ErrMalformed, r.Version)
	}
	if _, err := ParseID(string(r.ID)); err != nil {
		return err
	}
	if err := r.validateNames(); err != nil {
		return err
	}
	if err := r.validateKinds(); err != nil {
		return err
	}
	if len(r.Sampling) > maxSampling || len(r.Sampling) == 0 || r.Sampling[0] != '{' {
		return fmt.Errorf("%w: sampling is no object of at most %d bytes", ErrMalformed, maxSampling)
	}
	if err := canon.Valid(r.Sampling, receiptLimits()); err != nil {
		return fmt.Errorf("%w: sampling: %w", ErrMalformed, err)
	}
	if r.StartedMS < 0 || r.FinishedMS < r.StartedMS {
		return fmt.Errorf("%w: finished before it started", ErrMalformed)
	}
	if err := validAmount("total", r.Total); err != nil {
		return err
	}
	if r.Status == Aborted {
		return r.checkAborted()
	}
	return r.checkComplete()
}

// validateNames bounds the texts and asks for those that are never absent.
func (r *Receipt) validateNames() error {
	if len(r.ReadableBy) > maxReadableBy {
		return fmt.Errorf("%w: readable_by has more than %d entries", ErrMalformed, maxReadableBy)
	}
	required := slices.Concat([]string{r.ChainID, r.RequestID, r.Provider, r.Payer, r.Model, r.Engine}, r.ReadableBy)
	if slices.Contains(required, "") {
		return fmt.Errorf("%w: a name is absent", ErrMalformed)
	}
	for _, name := range append(required, r.ModelDigest, r.Quantisation, r.Build) {
		if len(name) > maxName || !utf8.ValidString(name) {
			return fmt.Errorf("%w: a name has more than %d bytes or is not UTF-8", ErrMalformed, maxName)
		}
	}
	if len(r.Finish) > maxFinish || !utf8.ValidString(r.Finish) {
		return fmt.Errorf("%w: finish has more than %d bytes or is not UTF-8", ErrMalformed, maxFinish)
	}
	if r.SaltDigest.IsZero() || r.Request.IsZero() || r.Key.IsZero() || r.PayerKey.IsZero() {
		return fmt.Errorf("%w: salt digest, request digest or a key is absent", ErrMalformed)
	}
	return nil
}

// validateKinds holds the closed lists, and that status and metering agree.
func (r *Receipt) validateKinds() error {
	switch r.Assurance {
	case Signed, Sampled, Exact, Attested, Proved:
	default:
		return fmt.Errorf("%w: assurance %q is unknown", ErrMalformed, r.Assurance)
	}
	switch {
	case r.Status == Aborted && r.Metered == MeteredPaid:
		return nil
	case r.Status == Complete && r.Answer.IsZero():
		return fmt.Errorf("%w: complete without an answer digest", ErrMalformed)
	case r.Status == Complete && (r.Metered == MeteredTokens || r.Metered == MeteredReported):
		return nil
	default:
		return fmt.Errorf("%w: status %q does not go with metered %q", ErrMalformed, r.Status, r.Metered)
	}
}

func validAmount(what string, amount math.Int) error {
	if amount.IsNil() || amount.IsNegative() || amount.BigInt().BitLen() > amountBits {
		return fmt.Errorf("%w: %s is absent, negative or above %d bits", ErrMalformed, what, amountBits)
	}
	return nil
}
