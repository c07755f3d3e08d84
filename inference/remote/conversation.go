package remote

import (
	"context"
	"errors"
	"fmt"

	"cosmossdk.io/math"

	"ayni.example/credit"
	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
	"ayni.example/inference/wire"
	"ayni.example/p2p"
	"ayni.example/receipt"
)

// conversation is the payer's side of one stream. run talks with the provider, pass with the client.
type conversation struct {
	backend *Backend
	job     gateway.Job
	limit   math.Int
	lane    *credit.PayerLane
	stream  *p2p.Stream
	chunks  chan engine.Chunk
	begun   chan gateway.Started // one value, before the first chunk

	announced bool
	quote     wire.Quote
	answer    wire.Answer
	vectors   [][]float32
	outcome   gateway.Outcome
}

// pass gives the client the answer as it comes; it returns when the conversation ends or the client fails.
func (c *conversation) pass(ctx context.Context, to *client) error {
	for {
		select {
		case chunk, ok := <-c.chunks:
			if err := c.start(to); err != nil || !ok {
				return err
			}
			if err := to.emit(chunk); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil // the conversation says why
		}
	}
}

// start tells the client once that the answer begins.
func (c *conversation) start(to *client) error {
	select {
	case started := <-c.begun:
		to.begun = true
		return to.started(started)
	default:
		return nil
	}
}

func (c *conversation) run(ctx context.Context) error {
	if err := c.agree(ctx); err != nil {
		return err
	}
	if !c.quote.Paid && c.quote.PromptCost.GT(c.lane.Paid()) {
		if err := c.pay(ctx, c.lane.Base().Add(c.quote.PromptCost)); err != nil {
			return err
		}
	}
	for {
		var f wire.Frame
		if err := c.stream.Receive(&f, wire.MaxFrame, c.backend.cfg.Timeouts.Idle); err != nil {
			return broken("wait for the answer", err)
		}
		if err := f.Validate(); err != nil {
			return dishonest("%w", err)
		}
		if f.End != nil {
			return c.end(ctx, *f.End)
		}
		if err := c.take(ctx, f); err != nil {
			return err
		}
	}
}

// agree sends the request and accepts the quote, or not.
func (c *conversation) agree(ctx context.Context) error {
	b, job := c.backend, c.job
	first, err := b.exchange(c.stream, wire.Open{
		RequestID: job.RequestID, Endpoint: job.Endpoint, Body: job.Body, ModelDigest: modelDigest(job.Route),
		ModelName: job.Route.Offer.Name, Salt: job.Salt, Seed: job.Seed, MaxTotal: c.limit, ChainID: b.cfg.ChainID,
		Lane: c.lane.Open(job.RequestID),
	})
	if refusal, ok := errors.AsType[*wire.Error](err); ok {
		return c.refused(ctx, refusal)
	}
	if err != nil {
		return err
	}
	if first.Quote == nil {
		return dishonest("%s in place of a quote", first.Kind())
	}
	c.quote = *first.Quote
	if err := c.checkQuote(ctx); err != nil {
		return err
	}
	if err := c.lane.Adopt(ctx, c.quote.Lane); err != nil {
		if errors.Is(err, credit.ErrLaneLost) {
			return &againError{engine.Errorf(engine.Unavailable, "lane to provider %s: %w", job.Route.Provider, err)}
		}
		return dishonest("lane: %w", err)
	}
	if c.quote.Paid {
		return nil
	}
	err = c.lane.Begin(ctx, credit.Terms{
		RequestID: job.RequestID, Receipt: c.quote.ReceiptID, Quote: c.quote.Quote, Salt: job.Salt,
		Request: job.Salt.Request(job.Body), Model: job.Route.Offer.Name, ModelDigest: modelDigest(job.Route),
		Price: c.price(), Slice: c.quote.PromptCost, Limit: c.limit,
	})
	if errors.Is(err, credit.ErrModel) { // what the provider showed of the lane was news: another lane will do
		return &againError{engine.Errorf(engine.Busy, "lane to provider %s: %w", job.Route.Provider, err)}
	}
	if err != nil {
		return fmt.Errorf("agree to the quote: %w", err)
	}
	return nil
}

// refused does what the lane needs after the provider's refusal.
func (c *conversation) refused(ctx context.Context, refusal *wire.Error) error {
	err := refusal.Err()
	switch refusal.Reason {
	case wire.LaneLost:
		if lost := c.lane.Abandon(ctx, refusal.Cause); !errors.Is(lost, credit.ErrLaneLost) {
			return lost
		}
		return &againError{err}
	case wire.Channel:
		c.backend.cfg.Payer.Recheck(c.job.Route.Provider)
		return &againError{err}
	case wire.LaneBusy:
		return &againError{err}
	default:
		return err
	}
}

// take handles what comes before the end.
func (c *conversation) take(ctx context.Context, f wire.Frame) error {
	switch {
	case f.Error != nil:
		return f.Error.Err()
	case f.Due != nil:
		return c.due(ctx, *f.Due)
	case f.Vector != nil:
		if c.job.Request.Kind != engine.Embeddings || f.Vector.Index != len(c.vectors) || len(c.vectors) >= len(c.job.Request.Input) {
			return dishonest("vector %d was not asked for", f.Vector.Index)
		}
		c.vectors = append(c.vectors, f.Vector.Values)
		return nil
	case f.Chunk != nil && c.job.Request.Kind != engine.Embeddings:
		if err := c.answer.Add(*f.Chunk); err != nil {
			return dishonest("%w", err)
		}
		if c.job.Request.Kind == engine.Prediction {
			return nil // nothing of it is passed on before its proof holds, so that another provider may still be asked
		}
		c.announce()
		select {
		case c.chunks <- *f.Chunk:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	default:
		return dishonest("%s in the answer", f.Kind())
	}
}

// due pays for what has come, and for nothing else.
func (c *conversation) due(ctx context.Context, due wire.Due) error {
	worth, err := c.price().Cost(receipt.Usage{Completion: c.answer.Charged()})
	if err != nil {
		return dishonest("%w", err)
	}
	worth = worth.Add(c.quote.PromptCost)
	if due.Cumulative.IsNil() || c.quote.Paid {
		return dishonest("payment asked for nothing")
	}
	asked := due.Cumulative.Sub(c.lane.Base())
	if asked.GT(worth) {
		return dishonest("%s acredit asked, what it sent is worth %s", asked, worth)
	}
	if asked.LTE(c.lane.Paid()) {
		return nil
	}
	return c.pay(ctx, due.Cumulative)
}

func (c *conversation) pay(ctx context.Context, cumulative math.Int) error {
	v, err := c.lane.Voucher(ctx, cumulative, receipt.Usage{Completion: c.answer.Charged()})
	if err != nil {
		return fmt.Errorf("pay provider %s: %w", c.job.Route.Provider, err)
	}
	if err := c.stream.Send(wire.Frame{Voucher: &v}, wire.MaxFrame, c.backend.cfg.Timeouts.Frame); err != nil {
		return broken("send voucher", err)
	}
	return nil
}

// end checks the receipt, pays the rest and waits for the provider's last word.
func (c *conversation) end(ctx context.Context, end wire.End) error {
	if c.job.Request.Kind == engine.Embeddings {
		c.outcome.Embedding = &engine.Embedding{Vectors: c.vectors, Usage: end.Result.Usage}
		c.answer.AddVectors(*c.outcome.Embedding)
	}
	if err := c.checkEnd(ctx, end); err != nil {
		return err
	}
	c.outcome.Result, c.outcome.Receipt = end.Result, end.Receipt
	if c.quote.Paid {
		return c.reveal()
	}
	v, err := c.lane.Complete(ctx, end.Receipt)
	if err != nil {
		return dishonest("%w", err)
	}
	if err := c.reveal(); err != nil {
		return err
	}
	// From here on the answer is paid and acknowledged on our disk: what the connection does now only delays the provider.
	last := c.lastWord(v)
	if last != nil {
		c.backend.cfg.Logger.Debug("provider has not confirmed the last voucher", "provider", c.job.Route.Provider, "err", last)
	}
	return nil
}

// reveal lets an answer begin that had no chunk yet: one without text, an embedding, or a prediction whose proof holds.
func (c *conversation) reveal() error {
	c.announce()
	if c.job.Request.Kind != engine.Prediction {
		return nil
	}
	text, err := c.answer.Text()
	c.chunks <- engine.Chunk{Text: string(text)} // there is room: it is the only one
	return err
}

func (c *conversation) lastWord(v receipt.Voucher) error {
	t := c.backend.cfg.Timeouts
	if err := c.stream.Send(wire.Frame{Voucher: &v}, wire.MaxFrame, t.Frame); err != nil {
		return err
	}
	var f wire.Frame
	if err := c.stream.Receive(&f, wire.MaxFrame, t.Done); err != nil {
		return err
	}
	if f.Error != nil {
		return f.Error.Err()
	}
	if f.Done == nil || f.Done.Head != v.Head {
		return fmt.Errorf("%w: %s in place of done", wire.ErrFrame, f.Kind())
	}
	return nil
}

// announce lets the answer begin at the client, once.
func (c *conversation) announce() {
	if c.announced {
		return
	}
	c.announced = true
	c.begun <- gateway.Started{ // there is room for this one
		ReceiptID: string(c.quote.ReceiptID), Route: c.job.Route, PriceInput: c.quote.PriceInput, PriceOutput: c.quote.PriceOutput,
		ReadableBy: c.quote.ReadableBy,
	}
}

func (c *conversation) price() receipt.Price {
	return receipt.Price{Input: c.quote.PriceInput, Output: c.quote.PriceOutput}
}
