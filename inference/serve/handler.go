package serve

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"ayni.example/credit"
	"ayni.example/inference/dialect"
	"ayni.example/inference/engine"
	"ayni.example/inference/wire"
	"ayni.example/p2p"
	"ayni.example/receipt"
)

// Waits that are not the payer's to use up.
const (
	queueWait     = time.Minute     // for a place among the running jobs
	supersedeWait = 5 * time.Second // for a lane's older stream to end
)

// Payee is the part of credit.Payee that a job needs.
type Payee interface {
	Resume(ctx context.Context, open credit.Open) (*credit.PayeeLane, credit.Resumed, error)
	Forget(channel receipt.Digest)
}

var _ Payee = (*credit.Payee)(nil)

// Handler serves payers on the network.
type Handler struct {
	server *Server
	payee  Payee
	self   string // this host's peer id
	kept   *keeper

	mu    sync.Mutex
	lanes map[laneRef]*occupant
}

// laneRef names a lane of a channel, and the session key that a stream proved to hold: whoever holds another key is refused
// later, and must not end a job that is none of theirs.
type laneRef struct {
	channel receipt.Digest
	lane    uint32
	key     receipt.Key
}

// occupant is the stream that holds a lane.
type occupant struct {
	cancel context.CancelCauseFunc
	gone   chan struct{}
}

var errSuperseded = errors.New("the payer opened the lane again")

// NewHandler serves on the host with this peer id; register Handle for wire.Protocol there.
func NewHandler(server *Server, payee Payee, peerID string) (*Handler, error) {
	if server == nil || payee == nil || peerID == "" {
		return nil, errors.New("serve: server, payee or peer id is absent")
	}
	return &Handler{
		server: server, payee: payee, self: peerID, kept: newKeeper(server.cfg.Limits, server.cfg.Now),
		lanes: map[laneRef]*occupant{},
	}, nil
}

// Handle serves one stream: one job, or the healing of a lane.
func (h *Handler) Handle(ctx context.Context, stream *p2p.Stream) {
	err := h.serve(ctx, stream)
	if err == nil {
		return
	}
	h.server.cfg.Logger.Debug("job ended early", "peer", stream.Peer(), "err", err)
	// The payer may be gone; what it is told decides nothing here.
	_ = stream.Send(wire.Frame{Error: wire.ErrorOf(err)}, wire.MaxFrame, h.server.cfg.Limits.Frame)
}

func (h *Handler) serve(ctx context.Context, stream *p2p.Stream) error {
	var first wire.Frame
	if err := stream.Receive(&first, wire.MaxOpen, h.server.cfg.Limits.Frame); err != nil {
		return fmt.Errorf("read open: %w", err)
	}
	if first.Open == nil || first.Validate() != nil {
		return fmt.Errorf("%w: it begins with %s", wire.ErrFrame, first.Kind())
	}
	open := *first.Open
	if err := open.Check(stream.Peer(), h.self); err != nil {
		return err
	}
	if open.ChainID != h.server.cfg.ChainID {
		return engine.Errorf(engine.Invalid, "this provider is on network %s, not %s", h.server.cfg.ChainID, open.ChainID)
	}
	ctx, done, err := h.occupy(ctx, open)
	if err != nil {
		return err
	}
	defer done()
	lane, resumed, err := h.resume(ctx, open.Lane)
	if err != nil {
		return err
	}
	defer lane.Release()
	if open.Heal {
		return stream.Send(wire.Frame{Resumed: &resumed}, wire.MaxOpen, h.server.cfg.Limits.Frame)
	}
	leave, err := h.admit(ctx, open.Lane.Payer)
	if err != nil {
		return err
	}
	defer leave()
	s := &session{handler: h, stream: stream, open: open, lane: lane, resumed: resumed}
	return s.run(ctx)
}

// occupy takes a lane for a stream. The payer holds each lane for one job at a time, so an older stream on it is a connection
// that broke without our notice: it is ended.
func (h *Handler) occupy(ctx context.Context, open wire.Open) (context.Context, func(), error) {
	ref := laneRef{open.Lane.Channel, open.Lane.Lane, open.Lane.Key}
	deadline := time.NewTimer(supersedeWait)
	defer deadline.Stop()
	for {
		h.mu.Lock()
		older := h.lanes[ref]
		if older == nil {
			ctx, cancel := context.WithCancelCause(ctx)
			mine := &occupant{cancel: cancel, gone: make(chan struct{})}
			h.lanes[ref] = mine
			h.mu.Unlock()
			return ctx, func() { h.vacate(ref, mine) }, nil
		}
		h.mu.Unlock()
		older.cancel(errSuperseded)
		select {
		case <-older.gone:
		case <-deadline.C:
			return nil, nil, fmt.Errorf("%w: its last job has not ended", credit.ErrLaneBusy)
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

func (h *Handler) vacate(ref laneRef, mine *occupant) {
	mine.cancel(nil)
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.lanes, ref)
	close(mine.gone)
}

// resume asks the payee, and asks again with the ledger's newest word when the deposit as last read is too small.
func (h *Handler) resume(ctx context.Context, open credit.Open) (*credit.PayeeLane, credit.Resumed, error) {
	lane, resumed, err := h.payee.Resume(ctx, open)
	if errors.Is(err, credit.ErrDeposit) || errors.Is(err, credit.ErrChannel) {
		h.payee.Forget(open.Channel)
		lane, resumed, err = h.payee.Resume(ctx, open)
	}
	return lane, resumed, err
}

func (h *Handler) admit(ctx context.Context, payer string) (func(), error) {
	ctx, cancel := context.WithTimeout(ctx, queueWait)
	defer cancel()
	leave, err := h.server.admission.enter(ctx, payer)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, engine.Errorf(engine.Busy, "no place among the running jobs within %s", queueWait)
	}
	return leave, err
}

// order finds what is offered under the digest, and reads the request.
func (h *Handler) order(ctx context.Context, open wire.Open) (order, error) {
	for _, offer := range h.server.cfg.Offers() {
		if offer.Digest != open.ModelDigest {
			continue
		}
		found, err := h.server.catalogue.find(ctx, offer.Model, "")
		if err != nil {
			return order{}, err
		}
		if known(found.model) && found.model.Digest != offer.Digest {
			return order{}, engine.Errorf(engine.Unavailable, "model %s has changed since it was offered", offer.Name)
		}
		request, err := dialect.Parse(open.Endpoint, open.Body)
		if err != nil {
			return order{}, err
		}
		return order{
			requestID: open.RequestID, body: open.Body, request: request, salt: open.Salt, seed: open.Seed,
			payer: open.Lane.Payer, payerKey: open.Lane.Key, channel: open.Lane.Channel, lane: open.Lane.Lane,
			served: found, name: offer.Name, digest: offer.Digest, price: offer.Price, limit: open.MaxTotal,
			readable: []string{"gateway " + open.Lane.Payer, "provider " + h.server.cfg.Address},
		}, nil
	}
	return order{}, engine.Errorf(engine.NotFound, "model %s is not offered here", open.ModelName)
}
