package serve

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cosmossdk.io/math"

	"ayni.example/credit"
	"ayni.example/inference/engine"
	"ayni.example/inference/wire"
	"ayni.example/receipt"
)

// tab holds what was served against what was paid for one job. It asks for payment when half a slice is open, so that a payer
// that answers in time never stalls the answer, and waits when the next chunk would open more than a slice.
type tab struct {
	lane     *credit.PayeeLane
	price    receipt.Price
	slice    math.Int
	served   math.Int // what the payer has received is worth this
	asked    math.Int // by the last due
	vouchers <-chan receipt.Voucher
	send     func(wire.Frame) error
	forget   func() // makes the payee read the channel's deposit again
	patience time.Duration
}

// prepay waits until the prompt is paid for.
func (t *tab) prepay(ctx context.Context, prompt math.Int) error {
	t.served, t.asked = prompt, prompt
	for t.lane.Paid().LT(prompt) {
		if err := t.wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// before waits until a chunk may be sent.
func (t *tab) before(ctx context.Context, tokens uint64) error {
	cost := t.price.Output.Mul(math.NewIntFromUint64(tokens))
	for t.open().IsPositive() && t.open().Add(cost).GT(t.slice) {
		if err := t.ask(); err != nil {
			return err
		}
		if err := t.wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// after counts a chunk that was sent, and takes a voucher that has come in the meantime.
func (t *tab) after(ctx context.Context, tokens uint64) error {
	t.served = t.served.Add(t.price.Output.Mul(math.NewIntFromUint64(tokens)))
	select {
	case v, ok := <-t.vouchers:
		if !ok {
			return context.Cause(ctx)
		}
		if err := t.accept(ctx, v); err != nil {
			return err
		}
	default:
	}
	if t.open().MulRaw(2).GTE(t.slice) && t.open().IsPositive() {
		return t.ask()
	}
	return nil
}

// open is what was served and is not paid.
func (t *tab) open() math.Int { return t.served.Sub(t.lane.Paid()) }

// ask sends a due unless the last one still waits for its voucher.
func (t *tab) ask() error {
	if t.asked.GT(t.lane.Paid()) {
		return nil
	}
	t.asked = t.served
	return t.send(wire.Frame{Due: &wire.Due{Cumulative: t.lane.Base().Add(t.served)}})
}

// wait takes the next voucher.
func (t *tab) wait(ctx context.Context) error {
	v, err := t.next(ctx)
	if err != nil {
		return err
	}
	return t.accept(ctx, v)
}

// next waits for a voucher, but not for ever.
func (t *tab) next(ctx context.Context) (receipt.Voucher, error) {
	timer := time.NewTimer(t.patience)
	defer timer.Stop()
	select {
	case v, ok := <-t.vouchers:
		if !ok {
			<-ctx.Done()
			return v, context.Cause(ctx)
		}
		return v, nil
	case <-timer.C:
		return receipt.Voucher{}, engine.Errorf(engine.Unpaid, "no voucher came within %s", t.patience).
			WithHint("the answer was stopped; what was paid for counts")
	case <-ctx.Done():
		return receipt.Voucher{}, context.Cause(ctx)
	}
}

// accept stores a voucher. One that pays nothing further would let a payer spin the provider, so it is refused.
func (t *tab) accept(ctx context.Context, v receipt.Voucher) error {
	before := t.lane.Paid()
	err := t.again(func() error {
		_, err := t.lane.Accept(ctx, v)
		return err
	})
	if err != nil {
		return fmt.Errorf("voucher of lane %d: %w", v.Lane, err)
	}
	if t.lane.Paid().Equal(before) {
		return fmt.Errorf("voucher of lane %d: %w: it pays nothing further", v.Lane, credit.ErrStale)
	}
	return nil
}

// again tries twice where the deposit as last read is too small: the payer may have raised it since.
func (t *tab) again(take func() error) error {
	err := take()
	if errors.Is(err, credit.ErrDeposit) {
		t.forget()
		err = take()
	}
	return err
}
