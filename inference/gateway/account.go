package gateway

import (
	"context"

	"cosmossdk.io/math"

	"ayni.example/internal/home"
	"ayni.example/receipt"
)

// account counts what an attempt cost and stores its receipt; with the note of delivery when status tells what was sent.
func (x *exchange) account(ctx context.Context, o Outcome, status *int) {
	g, cost := x.g, x.paid(o)
	x.visit.input, x.visit.output = o.Result.Usage.Prompt, o.Result.Usage.Completion
	if o.Receipt.ID != "" {
		x.visit.input, x.visit.output = int(o.Receipt.Usage.Prompt), int(o.Receipt.Usage.Completion)
		charged, err := x.store(ctx, o, status)
		if err != nil {
			g.metrics.unstored.Inc()
			g.log.Error("receipt not stored", "request_id", x.visit.id, "receipt", string(o.Receipt.ID), "error", err)
		} else {
			cost = math.MaxInt(math.ZeroInt(), cost.Sub(charged))
		}
	}
	x.spent = x.spent.Add(cost)
	g.metrics.tokens.WithLabelValues("input", x.visit.route).Add(float64(x.visit.input))
	g.metrics.tokens.WithLabelValues("output", x.visit.route).Add(float64(x.visit.output))
	if cost.IsPositive() {
		credits, err := math.LegacyNewDecFromIntWithPrec(cost, home.CreditDigits).Float64()
		if err == nil {
			g.metrics.spend.WithLabelValues(x.visit.route).Add(credits)
		}
	}
}

// store writes the receipt down with what opens it.
func (x *exchange) store(ctx context.Context, o Outcome, status *int) (charged math.Int, err error) {
	record := Record{
		File: receipt.File{Receipt: o.Receipt, Opening: &receipt.Opening{Salt: x.answer.salt}},
		Key:  x.who.id(), Route: x.answer.route.Who(), Endpoint: x.endpoint,
	}
	if status != nil {
		if record.File.Delivery, err = x.delivery(o.Receipt, *status); err != nil {
			return math.Int{}, err
		}
	}
	if x.g.cfg.KeepInput {
		record.Body, record.Answer = x.body, x.answer.kept
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	return x.g.cfg.Receipts.Add(ctx, record)
}

// delivery signs what was passed on. A receipt that is not of this job gets no such note: it would bind nothing.
func (x *exchange) delivery(r receipt.Receipt, status int) (*receipt.Delivery, error) {
	if string(r.ID) != x.answer.started.ReceiptID || r.PayerKey != x.g.payer {
		x.g.log.Error("receipt is not of this request", "request_id", x.visit.id, "receipt", string(r.ID))
		return nil, nil
	}
	digest, err := r.Digest()
	if err != nil {
		return nil, err
	}
	note := &receipt.Delivery{
		Receipt: digest, Request: x.answer.salt.Request(x.body), Response: x.answer.hash.Digest(), Endpoint: x.endpoint, Status: status,
	}
	if err := note.Sign(x.g.cfg.Session); err != nil {
		return nil, err
	}
	return note, nil
}
