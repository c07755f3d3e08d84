package remote_test

import (
	"errors"
	"strings"
	"testing"

	"cosmossdk.io/math"

	"ayni.example/inference/engine"
	"ayni.example/inference/remote"
	"ayni.example/inference/wire"
	"ayni.example/receipt"
)

// resigned changes the receipt of an end and signs it with the provider's own key: a provider that lies.
func (w *world) resigned(change func(*receipt.Receipt)) func(*wire.Frame) error {
	return func(f *wire.Frame) error {
		if f.End == nil {
			return nil
		}
		change(&f.End.Receipt)
		f.End.Result.Usage = engine.Usage{Prompt: int(f.End.Receipt.Usage.Prompt), Completion: int(f.End.Receipt.Usage.Completion)}
		return f.End.Receipt.Sign(w.receipts)
	}
}

// TestDishonestProvider has every lie of a provider refused by name, and shows that it earns nothing beyond what was shown.
func TestDishonestProvider(t *testing.T) {
	quote := func(change func(*wire.Quote)) func(*world) func(*wire.Frame) error {
		return func(*world) func(*wire.Frame) error {
			return func(f *wire.Frame) error {
				if f.Quote != nil {
					change(f.Quote)
				}
				return nil
			}
		}
	}
	end := func(change func(*receipt.Receipt)) func(*world) func(*wire.Frame) error {
		return func(w *world) func(*wire.Frame) error { return w.resigned(change) }
	}
	charge := func(r *receipt.Receipt) {
		r.Total = r.Price.Input.MulRaw(int64(r.Usage.Prompt)).Add(r.Price.Output.MulRaw(int64(r.Usage.Completion)))
	}
	tests := []struct {
		name string
		lie  func(*world) func(*wire.Frame) error
		is   error  // within the error, beside ErrDishonest
		says string // in its text
	}{
		{name: "price above its offer", lie: quote(func(q *wire.Quote) { q.PriceOutput = math.NewInt(priceOutput + 1) }), says: "above the"},
		{name: "other model", lie: quote(func(q *wire.Quote) { q.ModelDigest = "00" + q.ModelDigest[2:] }), says: "it would answer with model"},
		{name: "prompt longer than its bytes", lie: quote(func(q *wire.Quote) { q.PromptTokens = 1 << 20 }), says: "prompt of 1048576 tokens"},
		{name: "prompt dearer than its tokens", lie: quote(func(q *wire.Quote) { q.PromptCost = q.PromptCost.AddRaw(1) }), says: "asks 31 first"},
		{name: "malformed receipt id", lie: quote(func(q *wire.Quote) { q.ReceiptID = "r-1" }), is: wire.ErrFrame},
		{name: "negative slice", lie: quote(func(q *wire.Quote) { q.Slice = math.NewInt(-1) }), is: wire.ErrFrame},
		{name: "no quote", lie: func(*world) func(*wire.Frame) error {
			return func(f *wire.Frame) error {
				if f.Quote != nil {
					*f = wire.Frame{Done: &wire.Done{}}
				}
				return nil
			}
		}, says: "done in place of a quote"},
		{name: "asks for more than it sent", lie: func(*world) func(*wire.Frame) error {
			return func(f *wire.Frame) error {
				if f.Due != nil {
					f.Due.Cumulative = f.Due.Cumulative.AddRaw(priceOutput)
				}
				return nil
			}
		}, says: "what it sent is worth"},
		{name: "due below any amount", lie: func(*world) func(*wire.Frame) error {
			return func(f *wire.Frame) error {
				if f.Due != nil {
					f.Due.Cumulative = math.NewIntWithDecimal(1, 77).Neg()
				}
				return nil
			}
		}, is: wire.ErrFrame},
		{name: "chunk changed on the way", lie: func(*world) func(*wire.Frame) error {
			return func(f *wire.Frame) error {
				if f.Chunk != nil && f.Chunk.Text == "3 " {
					f.Chunk.Text = "4 "
				}
				return nil
			}
		}, is: receipt.ErrAnswer},
		{name: "token ids changed", lie: func(*world) func(*wire.Frame) error {
			return func(f *wire.Frame) error {
				if f.Chunk != nil {
					f.Chunk.Tokens[0].ID++
				}
				return nil
			}
		}, is: receipt.ErrAnswer},
		{name: "receipt with another's signature", lie: func(w *world) func(*wire.Frame) error {
			other := newKey(w.t)
			return func(f *wire.Frame) error {
				if f.End != nil {
					return f.End.Receipt.Sign(other)
				}
				return nil
			}
		}, is: receipt.ErrProvider},
		{name: "receipt changed after signing", lie: func(*world) func(*wire.Frame) error {
			return func(f *wire.Frame) error {
				if f.End != nil {
					f.End.Receipt.Finish = "stop"
				}
				return nil
			}
		}, is: receipt.ErrSignature},
		{name: "counts more tokens than it showed", lie: end(func(r *receipt.Receipt) { r.Usage.Completion++; charge(r) }), says: "41 tokens, 40 were shown"},
		{name: "counts more prompt than it quoted", lie: end(func(r *receipt.Receipt) { r.Usage.Prompt++; charge(r) }), says: "quoted were 3"},
		{name: "counts more tokens than bytes", lie: end(func(r *receipt.Receipt) {
			r.Metered, r.Tokens, r.Usage.Completion = receipt.MeteredReported, receipt.Digest{}, 5000
			charge(r)
		}), says: "5000 tokens for"},
		{name: "another price in the receipt", lie: end(func(r *receipt.Receipt) { r.Price.Output = r.Price.Output.AddRaw(1); charge(r) }), says: "price differs"},
		{name: "receipt for another request", lie: end(func(r *receipt.Receipt) { r.RequestID = strings.Repeat("0", 32) }), says: "something else"},
		{name: "receipt off the chain", lie: end(func(r *receipt.Receipt) { r.Prev = receipt.Digest{1} }), is: receipt.ErrChain},
		{name: "receipt of another lane", lie: end(func(r *receipt.Receipt) { r.Lane++ }), says: "channel or lane differs"},
		{name: "receipt with another seed", lie: end(func(r *receipt.Receipt) { r.Seed++ }), says: "another engine, build, seed"},
		{name: "two things in one frame", lie: func(*world) func(*wire.Frame) error {
			return func(f *wire.Frame) error {
				if f.Chunk != nil {
					f.Done = &wire.Done{}
				}
				return nil
			}
		}, is: wire.ErrFrame},
		{name: "vector in a text", lie: func(*world) func(*wire.Frame) error {
			return func(f *wire.Frame) error {
				if f.Chunk != nil {
					*f = wire.Frame{Vector: &wire.Vector{}}
				}
				return nil
			}
		}, says: "was not asked for"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.between(nil, test.lie(w))
			r := w.ask(t.Context(), w.job(40))
			wantKind(t, r.err, engine.Unavailable, remote.ErrDishonest)
			if test.is != nil && !errors.Is(r.err, test.is) {
				t.Errorf("got %v, want %v within", r.err, test.is)
			}
			if !strings.Contains(r.err.Error(), test.says) {
				t.Errorf("got %v, want it to say %q", r.err, test.says)
			}
			if got := r.out.Receipt; got.Status != "" && got.Total.GT(total(40)) {
				t.Errorf("the lie earned %s, the answer was worth %s", got.Total, total(40))
			}
			w.dial = nil
			if r := w.ask(t.Context(), w.job(10)); r.err != nil {
				t.Fatalf("the lane does not heal: %v", r.err)
			}
			w.audit(w.bought, "payer")
			w.audit(w.sold, "payee")
		})
	}
}
