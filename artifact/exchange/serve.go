package exchange

import (
	"context"
	"errors"
	"fmt"

	"ayni.example/artifact"
	"ayni.example/p2p"
)

// Limits are those of the handler: a peer has few streams, each with one chunk in memory.
func Limits() p2p.HandlerLimits { return p2p.HandlerLimits{Streams: 128, PeerStreams: 16} }

// Handle answers one peer until it has no more questions.
func (x *Exchange) Handle(ctx context.Context, s *p2p.Stream) {
	defer context.AfterFunc(ctx, s.Break)()
	for ctx.Err() == nil {
		var q request
		if err := s.Receive(&q, frameMax, idleTime); err != nil {
			return // it has no more questions, or went away
		}
		if err := x.answer(ctx, s, q); err != nil {
			x.cfg.Logger.Debug("blob not given", "peer", s.Peer(), "error", err.Error())
			s.Break()
			return
		}
	}
}

func (x *Exchange) answer(ctx context.Context, s *p2p.Stream, q request) error {
	if (q.Have == "") == (q.Get == "") {
		return fmt.Errorf("%w: neither have nor get", errProtocol)
	}
	d, err := artifact.ParseDigest(q.Have + q.Get)
	if err != nil {
		return fmt.Errorf("%w: %w", errProtocol, err)
	}
	h, ok := x.holder(d)
	if !ok || x.cfg.May != nil && !x.cfg.May(ctx, d, s.Peer()) {
		return s.Send(reply{Error: wordAbsent}, frameMax, chunkTime)
	}
	if q.Have != "" {
		if err := h.prepare(ctx); err != nil {
			return x.refuse(s, d, err)
		}
		return s.Send(reply{Size: h.size(), From: h.from()}, frameMax, chunkTime)
	}
	return x.give(ctx, s, d, h, q.Chunk)
}

func (x *Exchange) give(ctx context.Context, s *p2p.Stream, d artifact.Digest, h holder, chunk int64) error {
	if chunk < 0 || chunk >= artifact.Chunks(h.size()) {
		return fmt.Errorf("%w: chunk %d of %s", errProtocol, chunk, d)
	}
	b := x.buffer()[:artifact.ChunkLen(h.size(), chunk)]
	defer x.free(b)
	if err := x.rates.wait(ctx, s.Peer(), len(b)); err != nil {
		return x.refuse(s, d, err)
	}
	state, err := h.chunk(ctx, chunk, b)
	if err != nil {
		return x.refuse(s, d, err)
	}
	if err := s.Send(reply{State: state[:]}, frameMax, chunkTime); err != nil {
		return err
	}
	if err := s.SendRaw(b, chunkTime); err != nil {
		return err
	}
	x.metrics.bytes.WithLabelValues("out").Add(float64(len(b)))
	return nil
}

// refuse answers when this machine cannot give what it has.
func (x *Exchange) refuse(s *p2p.Stream, d artifact.Digest, err error) error {
	word := wordOther
	switch {
	case errors.Is(err, artifact.ErrAbsent):
		word = wordAbsent
	case errors.Is(err, errBusy):
		word = wordBusy
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, artifact.ErrDamaged):
		x.cfg.Logger.Error("a blob on this disk is damaged and not given to others", "digest", string(d), "error", err.Error())
	default:
		x.cfg.Logger.Warn("blob cannot be read", "digest", string(d), "error", err.Error())
	}
	return s.Send(reply{Error: word}, frameMax, chunkTime)
}

// holder is a blob, or what is there of it.
type holder interface {
	prepare(ctx context.Context) error
	size() int64
	from() int64
	chunk(ctx context.Context, i int64, b []byte) (artifact.State, error)
}

func (x *Exchange) holder(d artifact.Digest) (holder, bool) {
	for _, store := range x.cfg.Shared {
		if info, err := store.Stat(d); err == nil {
			return whole{store, info}, true
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	t := x.active[d]
	if t == nil || t.Front() == artifact.Chunks(t.Size()) {
		return nil, false
	}
	return part{t}, true
}

type whole struct {
	store *artifact.Store
	info  artifact.Info
}

func (w whole) prepare(ctx context.Context) error { return w.store.Outlined(ctx, w.info) }
func (w whole) size() int64                       { return w.info.Size }
func (w whole) from() int64                       { return 0 }
func (w whole) chunk(ctx context.Context, i int64, b []byte) (artifact.State, error) {
	return w.store.Chunk(ctx, w.info, i, b)
}

type part struct{ tail *artifact.Tail }

func (p part) prepare(context.Context) error { return nil }
func (p part) size() int64                   { return p.tail.Size() }
func (p part) from() int64                   { return p.tail.Front() }
func (p part) chunk(_ context.Context, i int64, b []byte) (artifact.State, error) {
	return p.tail.Chunk(i, b)
}
