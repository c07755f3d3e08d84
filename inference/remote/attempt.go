package remote

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"cosmossdk.io/math"

	"ayni.example/credit"
	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
	"ayni.example/inference/wire"
	"ayni.example/p2p"
	"ayni.example/receipt"
)

// buffered is how many chunks may wait for a client that reads slowly, while the provider is paid and goes on.
const buffered = 256

// attempt runs one job on one stream. What it leaves open on the lane it heals before it lets the lane go.
func (b *Backend) attempt(ctx context.Context, job gateway.Job, limit math.Int, to *client) (gateway.Outcome, error) {
	lane, err := b.lane(ctx, job.Route, receipt.Digest(job.Route.Offer.Model), limit)
	if err != nil {
		return gateway.Outcome{}, err
	}
	defer lane.Release()
	out, err := b.onLane(ctx, job, limit, lane, to)
	if err == nil {
		return out, nil
	}
	var again *againError
	if retried := errors.As(err, &again) && !to.begun && ctx.Err() == nil; !retried && lane.Paid().IsPositive() {
		out.Receipt = b.settle(ctx, job, lane)
	}
	return out, err
}

// lane takes a lane for an answer of model; without a model it is one to heal.
func (b *Backend) lane(ctx context.Context, route gateway.Route, model receipt.Digest, limit math.Int) (*credit.PayerLane, error) {
	if len(route.Key) != len(receipt.Key{}) {
		return nil, engine.Errorf(engine.Unavailable, "provider %s has no receipt key on the ledger", route.Provider)
	}
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeouts.Lane)
	defer cancel()
	lane, err := b.cfg.Payer.Lane(ctx, credit.Want{
		Payee: route.Provider, Keys: []receipt.Key{receipt.Key(route.Key)}, Model: model, Most: limit,
	})
	if err != nil {
		return nil, unpaid(route.Provider, err)
	}
	return lane, nil
}

// onLane opens the stream and lets conversation and client run side by side, joined by a bounded buffer.
func (b *Backend) onLane(ctx context.Context, job gateway.Job, limit math.Int, lane *credit.PayerLane, to *client) (gateway.Outcome, error) {
	stream, err := b.open(ctx, job.Route)
	if err != nil {
		return gateway.Outcome{}, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if proof := b.cfg.Timeouts.Proof; job.Request.Kind == engine.Prediction {
		late := engine.Errorf(engine.Unavailable, "no proof from provider %s within %s", job.Route.Provider, proof).WithHint("another provider may answer")
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, proof, late)
		defer stop()
	}
	defer context.AfterFunc(ctx, stream.Break)()
	talk := &conversation{
		backend: b, job: job, limit: limit, lane: lane, stream: stream, chunks: make(chan engine.Chunk, buffered),
		begun: make(chan gateway.Started, 1),
	}
	ended := make(chan error, 1)
	go func() {
		defer close(talk.chunks)
		ended <- talk.run(ctx)
	}()
	passErr := talk.pass(ctx, to)
	if passErr != nil {
		cancel(passErr)
	}
	err = <-ended
	switch {
	case passErr != nil:
		err = fmt.Errorf("pass the answer on: %w", passErr)
	case err != nil && ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	if err != nil {
		stream.Break()
		return gateway.Outcome{}, err
	}
	_ = stream.Close()
	return talk.outcome, nil
}

func (b *Backend) open(ctx context.Context, route gateway.Route) (*p2p.Stream, error) {
	stream, err := b.cfg.Host.Open(ctx, route.Peer, route.Addrs, wire.Protocol)
	if err != nil {
		return nil, engine.Errorf(engine.Unavailable, "reach provider %s: %w", route.Provider, err).
			WithHint("it may be switched off; another provider may have the model")
	}
	return stream, nil
}

// settle heals a lane on which a job broke off, and returns the receipt of what was paid for it, or an empty one when the
// provider does not answer now: then the lane heals when it is next taken.
func (b *Backend) settle(ctx context.Context, job gateway.Job, lane *credit.PayerLane) receipt.Receipt {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.cfg.Timeouts.Done)
	defer cancel()
	resumed, err := b.heal(ctx, job.Route, lane)
	if err != nil {
		b.cfg.Logger.Info("lane stays open", "provider", job.Route.Provider, "request", job.RequestID, "err", err)
		return receipt.Receipt{}
	}
	for _, r := range resumed.Missing {
		if r.RequestID == job.RequestID {
			return r
		}
	}
	return receipt.Receipt{}
}

// Heal settles what a broken connection or a crash left open on a lane to the route's provider; credit.Payer.Interrupted names
// the providers.
func (b *Backend) Heal(ctx context.Context, route gateway.Route) error {
	lane, err := b.lane(ctx, route, receipt.Digest{}, math.ZeroInt())
	if err != nil {
		return err
	}
	defer lane.Release()
	_, err = b.heal(ctx, route, lane)
	return err
}

func (b *Backend) heal(ctx context.Context, route gateway.Route, lane *credit.PayerLane) (credit.Resumed, error) {
	var id [16]byte
	if _, err := io.ReadFull(b.cfg.Random, id[:]); err != nil {
		return credit.Resumed{}, fmt.Errorf("draw a request id: %w", err)
	}
	stream, err := b.open(ctx, route)
	if err != nil {
		return credit.Resumed{}, err
	}
	defer stream.Break()
	defer context.AfterFunc(ctx, stream.Break)()
	request := hex.EncodeToString(id[:])
	open := wire.Open{
		RequestID: request, MaxTotal: math.ZeroInt(), ChainID: b.cfg.ChainID, Lane: lane.Open(request), Heal: true,
	}
	first, err := b.exchange(stream, open)
	if err != nil {
		return credit.Resumed{}, err
	}
	if first.Resumed == nil {
		return credit.Resumed{}, fmt.Errorf("%w: %s in place of resumed", wire.ErrFrame, first.Kind())
	}
	return *first.Resumed, lane.Adopt(ctx, *first.Resumed)
}

// exchange signs and sends an open and reads the answer to it.
func (b *Backend) exchange(stream *p2p.Stream, open wire.Open) (wire.Frame, error) {
	var first wire.Frame
	if err := open.Sign(b.cfg.Session, b.cfg.Host.ID(), stream.Peer()); err != nil {
		return first, err
	}
	if err := stream.Send(wire.Frame{Open: &open}, wire.MaxOpen, b.cfg.Timeouts.Frame); err != nil {
		return first, broken("send the request", err)
	}
	if err := stream.Receive(&first, wire.MaxOpen, b.cfg.Timeouts.Quote); err != nil {
		return first, broken("wait for the quote", err)
	}
	if err := first.Validate(); err != nil {
		return first, dishonest("%w", err)
	}
	if first.Error != nil {
		return first, first.Error
	}
	return first, nil
}
