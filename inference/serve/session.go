package serve

import (
	"context"
	"errors"
	"fmt"
	"io"

	"cosmossdk.io/math"

	"ayni.example/credit"
	"ayni.example/inference/engine"
	"ayni.example/inference/wire"
	"ayni.example/p2p"
	"ayni.example/receipt"
)

// session is one job of a payer on one stream.
type session struct {
	handler *Handler
	stream  *p2p.Stream
	open    wire.Open
	lane    *credit.PayeeLane
	resumed credit.Resumed

	task *task
	kept *kept // the answer was finished before; it is sent again
	paid bool  // and settled
	tab  tab

	counter wire.Counter
}

// errPayerGone ends a job whose payer closed the stream.
var errPayerGone = errors.New("the payer closed the stream")

func (s *session) run(ctx context.Context) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	quote, err := s.quote(ctx)
	if err != nil {
		return err
	}
	if err := s.stream.Send(wire.Frame{Quote: &quote}, wire.MaxOpen, s.limits().Frame); err != nil {
		return fmt.Errorf("send quote: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	vouchers := make(chan receipt.Voucher, 1)
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		s.read(ctx, vouchers, cancel)
	}()
	defer func() {
		cancel(nil)
		_ = s.stream.Unblock() // the reader's Receive returns
		<-reading
	}()
	s.tab = tab{
		lane: s.lane, price: s.task.draft.Price, slice: quote.Slice, served: math.ZeroInt(), asked: math.ZeroInt(),
		vouchers: vouchers, send: s.send, patience: s.limits().Frame,
		forget: func() { s.handler.payee.Forget(s.open.Lane.Channel) },
	}
	if s.paid {
		return s.repeat(ctx)
	}
	return s.answer(ctx, quote)
}

// prepare finds the finished answer of this request, or makes ready to answer.
func (s *session) prepare(ctx context.Context) error {
	o, err := s.handler.order(ctx, s.open)
	if err != nil {
		return err
	}
	if s.task, err = s.handler.server.newTask(ctx, o); err != nil {
		return err
	}
	answer := s.handler.kept.find(s.key())
	if answer == nil || answer.receipt.Request != s.task.draft.Request || answer.receipt.ModelDigest != s.open.ModelDigest {
		return nil
	}
	pending := s.lane.Pending()
	switch {
	case pending != nil && s.resumed.Continued && pending.ID == answer.receipt.ID:
		s.kept = answer
	case pending == nil && !s.resumed.Continued && answer.settled(s.lane.Prev()):
		s.kept, s.paid = answer, true
	default:
		return nil
	}
	s.task.draft, s.task.prompt, s.task.exact = answer.receipt, answer.prompt, answer.exact
	return nil
}

// quote stores the job and says what it costs.
func (s *session) quote(ctx context.Context) (wire.Quote, error) {
	t := s.task
	if s.kept == nil {
		err := s.lane.Begin(ctx, credit.Job{Draft: t.draft, Prompt: t.prompt, Limit: s.open.MaxTotal})
		if err != nil {
			return wire.Quote{}, fmt.Errorf("begin job: %w", err)
		}
	}
	prompt, err := t.draft.Price.Cost(receipt.Usage{Prompt: t.prompt})
	if err != nil {
		return wire.Quote{}, err
	}
	slice := t.draft.Price.Output.Mul(math.NewIntFromUint64(s.limits().SliceUnits))
	cost := prompt
	if !t.exact { // nothing is certain yet; all of it is risked
		cost, slice = math.ZeroInt(), slice.Add(prompt)
	}
	return wire.Quote{
		Quote: t.draft.Quote, ReceiptID: t.draft.ID, ModelDigest: t.draft.ModelDigest,
		PriceInput: t.draft.Price.Input, PriceOutput: t.draft.Price.Output,
		PromptTokens: t.prompt, PromptExact: t.exact, PromptCost: cost, Slice: slice, Lane: s.resumed,
		Engine: t.draft.Engine, Build: t.draft.Build, ReadableBy: t.draft.ReadableBy, Paid: s.paid,
	}, nil
}

// answer serves against payment, then settles.
func (s *session) answer(ctx context.Context, quote wire.Quote) error {
	if err := s.tab.prepay(ctx, quote.PromptCost); err != nil {
		return err
	}
	result, signed, err := s.finish(ctx)
	if err != nil {
		return err
	}
	if err := s.send(wire.Frame{End: &wire.End{Result: result, Receipt: signed}}); err != nil {
		return fmt.Errorf("send end: %w", err)
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	head, err := signed.Head()
	if err != nil {
		return err
	}
	return s.send(wire.Frame{Done: &wire.Done{Head: head}})
}

// finish sends the whole answer and returns its signed receipt, which is stored, with the answer, before it is shown.
func (s *session) finish(ctx context.Context) (engine.Result, receipt.Receipt, error) {
	if s.kept != nil {
		return s.kept.result, s.kept.receipt, s.resend(ctx)
	}
	answer := &kept{prompt: s.task.prompt, exact: s.task.exact}
	var err error
	if s.task.request.Kind == engine.Embeddings {
		var vectors engine.Embedding
		vectors, answer.result, err = s.task.embed(ctx)
		answer.vectors = &vectors
		if err == nil {
			err = s.sendVectors(vectors)
		}
	} else {
		answer.result, err = s.task.run(ctx, func(c engine.Chunk) error {
			answer.chunks = append(answer.chunks, c)
			return s.sendChunk(ctx, c)
		})
	}
	if err != nil {
		return answer.result, receipt.Receipt{}, err
	}
	done, result, err := s.task.done(answer.result)
	if err != nil {
		return result, receipt.Receipt{}, err
	}
	result.Tokens = nil // the chunks have them
	answer.result = result
	answer.receipt, err = s.lane.Complete(ctx, done)
	if err != nil {
		return result, receipt.Receipt{}, fmt.Errorf("complete job: %w", err)
	}
	s.handler.kept.put(s.key(), answer)
	s.kept = answer
	return result, answer.receipt, nil
}

// resend sends a finished answer again, against payment like the first time.
func (s *session) resend(ctx context.Context) error {
	for _, c := range s.kept.chunks {
		if err := s.sendChunk(ctx, c); err != nil {
			return err
		}
	}
	if s.kept.vectors != nil {
		return s.sendVectors(*s.kept.vectors)
	}
	return nil
}

// repeat sends an answer that was settled before.
func (s *session) repeat(ctx context.Context) error {
	s.tab.price.Output = math.ZeroInt()
	if err := s.resend(ctx); err != nil {
		return err
	}
	return s.send(wire.Frame{End: &wire.End{Result: s.kept.result, Receipt: s.kept.receipt}})
}

// settle takes the final voucher; vouchers that answer an earlier due may still come before it.
func (s *session) settle(ctx context.Context) error {
	for range 2 {
		v, err := s.tab.next(ctx)
		if err != nil {
			return err
		}
		if v.Head == s.lane.Prev() {
			if err := s.tab.accept(ctx, v); err != nil {
				return err
			}
			continue
		}
		if err := s.tab.again(func() error { return s.lane.Settle(ctx, v) }); err != nil {
			return fmt.Errorf("final voucher: %w", err)
		}
		s.kept.settle()
		return nil
	}
	return fmt.Errorf("%w: voucher after voucher, none of them final", wire.ErrFrame)
}

func (s *session) sendChunk(ctx context.Context, c engine.Chunk) error {
	most := s.limits().SliceUnits
	for _, piece := range split(c, most) {
		tokens := s.counter.Next(piece)
		if err := s.tab.before(ctx, tokens); err != nil {
			return err
		}
		if err := s.send(wire.Frame{Chunk: &piece}); err != nil {
			return fmt.Errorf("send chunk: %w", err)
		}
		if err := s.tab.after(ctx, tokens); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) sendVectors(e engine.Embedding) error {
	for i, values := range e.Vectors {
		if err := s.send(wire.Frame{Vector: &wire.Vector{Index: i, Values: values}}); err != nil {
			return fmt.Errorf("send vector: %w", err)
		}
	}
	return nil
}

// read passes vouchers on until the stream ends, which ends the job.
func (s *session) read(ctx context.Context, vouchers chan<- receipt.Voucher, cancel context.CancelCauseFunc) {
	defer close(vouchers)
	for {
		var f wire.Frame
		err := s.stream.Receive(&f, wire.MaxFrame, s.limits().Idle)
		switch {
		case err != nil && errors.Is(err, io.EOF):
			cancel(errPayerGone)
			return
		case err != nil:
			cancel(fmt.Errorf("read voucher: %w", err))
			return
		case f.Error != nil:
			cancel(f.Error.Err())
			return
		case f.Voucher == nil || f.Validate() != nil:
			cancel(fmt.Errorf("%w: %s in place of a voucher", wire.ErrFrame, f.Kind()))
			return
		}
		select {
		case vouchers <- *f.Voucher:
		case <-ctx.Done():
			return
		}
	}
}

func (s *session) send(f wire.Frame) error { return s.stream.Send(f, wire.MaxFrame, s.limits().Frame) }

func (s *session) limits() Limits { return s.handler.server.cfg.Limits }

func (s *session) key() keptKey { return keptKey{s.open.Lane.Key, s.open.RequestID} }
