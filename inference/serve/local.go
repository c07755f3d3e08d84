package serve

import (
	"context"
	"errors"
	"fmt"

	"cosmossdk.io/math"

	"ayni.example/credit"
	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
	"ayni.example/receipt"
)

// Journal keeps the receipts of answers that this machine gave itself, as credit.Local does.
type Journal interface {
	// Complete signs the receipt as the next of the chain, and stores it before it returns.
	Complete(ctx context.Context, r receipt.Receipt, salt receipt.Salt) (receipt.Receipt, error)
}

// Local is the gateway's backend for this machine's own engines: nothing is paid, every answer has a receipt.
type Local struct {
	server  *Server
	journal Journal
}

var (
	_ gateway.Backend = (*Local)(nil)
	_ Journal         = (*credit.Local)(nil)
)

// localPayer is whom admission counts the owner's own jobs under.
const localPayer = "local"

// NewLocal serves the gateway on the same machine.
func NewLocal(server *Server, journal Journal) (*Local, error) {
	if server == nil || journal == nil {
		return nil, errors.New("serve: server or journal is absent")
	}
	return &Local{server: server, journal: journal}, nil
}

// Serve answers one job.
func (l *Local) Serve(
	ctx context.Context, job gateway.Job, started func(gateway.Started) error, emit func(engine.Chunk) error,
) (gateway.Outcome, error) {
	leave, err := l.server.admission.enter(ctx, localPayer)
	if err != nil {
		return gateway.Outcome{}, err
	}
	defer leave()
	t, err := l.task(ctx, job)
	if err != nil {
		return gateway.Outcome{}, err
	}
	free := math.ZeroInt()
	err = started(gateway.Started{
		ReceiptID: string(t.draft.ID), Route: job.Route, PriceInput: free, PriceOutput: free, ReadableBy: t.draft.ReadableBy,
	})
	if err != nil {
		return gateway.Outcome{}, fmt.Errorf("begin the answer: %w", err)
	}
	var out gateway.Outcome
	if t.request.Kind == engine.Embeddings {
		var vectors engine.Embedding
		vectors, out.Result, err = t.embed(ctx)
		out.Embedding = &vectors
	} else {
		out.Result, err = t.run(ctx, emit)
	}
	if err != nil {
		return gateway.Outcome{}, err
	}
	out.Receipt, out.Result, err = l.account(ctx, t, out.Result)
	return out, err
}

// account signs and stores the receipt of a whole answer.
func (l *Local) account(ctx context.Context, t *task, result engine.Result) (receipt.Receipt, engine.Result, error) {
	done, result, err := t.done(result)
	if err != nil {
		return receipt.Receipt{}, result, fmt.Errorf("write the receipt: %w", err)
	}
	r := t.draft
	r.Answer, r.Tokens, r.Usage, r.Metered, r.Finish, r.Seed = done.Answer, done.Tokens, done.Usage, done.Metered, done.Finish, done.Seed
	r.Status, r.Total, r.FinishedMS = receipt.Complete, math.ZeroInt(), max(l.server.cfg.Now().UnixMilli(), r.StartedMS)
	r, err = l.journal.Complete(ctx, r, t.salt)
	if err != nil {
		return receipt.Receipt{}, result, fmt.Errorf("store the receipt: %w", err)
	}
	return r, result, nil
}

func (l *Local) task(ctx context.Context, job gateway.Job) (*task, error) {
	s := l.server
	found, err := s.catalogue.find(ctx, job.Route.Model.Name, job.Route.Model.Digest)
	if err != nil {
		return nil, err
	}
	if job.PayerKey.IsZero() {
		return nil, errors.New("job names no session key")
	}
	digest := found.model.Digest
	if !known(found.model) {
		digest = job.Route.Model.Digest
	}
	return s.newTask(ctx, order{
		requestID: job.RequestID, body: job.Body, request: job.Request, salt: job.Salt, seed: job.Seed,
		payer: s.cfg.Address, payerKey: job.PayerKey, served: found,
		name: found.model.Name, digest: digest,
		price:    receipt.Price{Input: math.ZeroInt(), Output: math.ZeroInt()},
		readable: []string{"this machine"},
	})
}
