package receipt

import (
	"fmt"

	"cosmossdk.io/math"
)

// Bounds that keep every product within 256 bits.
const (
	priceBits = 160     // of acredit per token
	maxTokens = 1 << 40 // of one prompt or completion
)

// Price is what a token costs, in acredit.
type Price struct {
	Input  math.Int `json:"input"`
	Output math.Int `json:"output"`
}

// Usage is what a request took, in tokens.
type Usage struct {
	Prompt     uint64 `json:"prompt"`
	Completion uint64 `json:"completion"`
}

// Validate checks the bounds.
func (p Price) Validate() error {
	for _, amount := range []math.Int{p.Input, p.Output} {
		if amount.IsNil() || amount.IsNegative() || amount.BigInt().BitLen() > priceBits {
			return fmt.Errorf("%w: price per token is absent, negative or above %d bits", ErrMalformed, priceBits)
		}
	}
	return nil
}

// Cost is prompt·input + completion·output, exactly: prices are whole per token, so nothing is rounded.
func (p Price) Cost(u Usage) (math.Int, error) {
	if err := p.Validate(); err != nil {
		return math.Int{}, err
	}
	if u.Prompt > maxTokens || u.Completion > maxTokens {
		return math.Int{}, fmt.Errorf("%w: more than %d tokens", ErrMalformed, uint64(maxTokens))
	}
	return p.Input.Mul(math.NewIntFromUint64(u.Prompt)).Add(p.Output.Mul(math.NewIntFromUint64(u.Completion))), nil
}

// Covered is the largest usage that paid covers, the prompt first and whole tokens only: the usage of an aborted receipt.
// prompt is the prompt's length as quoted.
func (p Price) Covered(paid math.Int, prompt uint64) (Usage, error) {
	if err := p.Validate(); err != nil {
		return Usage{}, err
	}
	if paid.IsNil() || paid.IsNegative() || prompt > maxTokens {
		return Usage{}, fmt.Errorf("%w: paid amount or prompt out of range", ErrMalformed)
	}
	covered := Usage{Prompt: min(prompt, wholeTokens(paid, p.Input, prompt))}
	if covered.Prompt < prompt {
		return covered, nil
	}
	rest := paid.Sub(p.Input.Mul(math.NewIntFromUint64(prompt)))
	covered.Completion = wholeTokens(rest, p.Output, 0)
	return covered, nil
}

// wholeTokens is floor(paid/price); tokens without a price are all covered.
func wholeTokens(paid, price math.Int, free uint64) uint64 {
	if price.IsZero() {
		return free
	}
	n := paid.Quo(price)
	if !n.IsUint64() || n.Uint64() > maxTokens {
		return maxTokens
	}
	return n.Uint64()
}

// checkComplete asks for total = cost(usage).
func (r *Receipt) checkComplete() error {
	cost, err := r.Price.Cost(r.Usage)
	if err != nil {
		return err
	}
	if !cost.Equal(r.Total) {
		return fmt.Errorf("%w: usage costs %s, total is %s", ErrAmount, cost, r.Total)
	}
	return nil
}

// checkAborted asks for 0 <= total - cost(usage) < the dearer token: usage is what the payment covered, and what is left over
// buys no further token. Where tokens are free nothing can be paid.
func (r *Receipt) checkAborted() error {
	cost, err := r.Price.Cost(r.Usage)
	if err != nil {
		return err
	}
	rest := r.Total.Sub(cost)
	if rest.IsNegative() || (rest.IsPositive() && rest.GTE(math.MaxInt(r.Price.Input, r.Price.Output))) {
		return fmt.Errorf("%w: usage costs %s, aborted after paying %s", ErrAmount, cost, r.Total)
	}
	return nil
}
