package training

import (
	"context"
	"time"

	"ayni.example/p2p"
)

// Protocol is how far a training is, for whoever knows its lease: a tenant, mostly. It tells nothing of the data.
const Protocol = "/ayni/training/1"

const (
	askMax    = 256     // bytes of a question
	tellMax   = 4 << 10 // of an answer
	askTime   = 10 * time.Second
	detailMax = 1 << 10
)

// Limits are those of the handler.
func Limits() p2p.HandlerLimits { return p2p.HandlerLimits{Streams: 64, PeerStreams: 4} }

type question struct {
	Lease string `json:"lease"`
}

type answer struct {
	Known    bool     `json:"known"`
	Progress Progress `json:"progress"`
}

// Handle answers one question.
func (w *Worker) Handle(ctx context.Context, s *p2p.Stream) {
	defer context.AfterFunc(ctx, s.Break)()
	var q question
	if err := s.Receive(&q, askMax, askTime); err != nil {
		return
	}
	p, known := w.Progress(q.Lease)
	p.Detail = p.Detail[:min(len(p.Detail), detailMax)]
	if err := s.Send(answer{known, p}, tellMax, askTime); err != nil {
		s.Break()
	}
}

// Ask asks a lease's machine how far its training is; known is false where it does not have the lease.
func Ask(ctx context.Context, s *p2p.Stream, lease string) (p Progress, known bool, err error) {
	defer context.AfterFunc(ctx, s.Break)()
	if err := s.Send(question{lease}, askMax, askTime); err != nil {
		return p, false, err
	}
	var a answer
	err = s.Receive(&a, tellMax, askTime)
	return a.Progress, a.Known, err
}
