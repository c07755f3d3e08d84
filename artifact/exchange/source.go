package exchange

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"ayni.example/artifact"
	"ayni.example/p2p"
)

// source is a peer that says that it has the blob, while it gives.
type source struct {
	peer    Peer
	size    int64 // of the blob, as it says
	from    int64 // first chunk that it has; guarded by the download
	dropped bool  // guarded by the download
	cancel  context.CancelFunc
}

// busyPause is how long a peer that is busy is left alone; busyMost is how often.
const (
	busyPause = time.Second
	busyMost  = 30
)

// join makes a peer a source.
func (d *download) join(ctx context.Context, group *sync.WaitGroup, p Peer, size, from int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil || d.finished || d.sources[p.ID] != nil || len(d.sources) >= sourcesMax {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &source{peer: p, size: size, from: from, cancel: cancel}
	d.sources[p.ID] = s
	d.meet(p.ID)
	if d.sized(s); s.dropped {
		return
	}
	for range streamsPer {
		group.Go(func() { d.work(ctx, s) })
	}
}

// meet begins the report of a peer.
func (d *download) meet(id string) {
	if d.known[id] == nil {
		d.known[id] = &PeerReport{ID: id}
		d.order = append(d.order, id)
	}
}

// accuse drops a peer that never became a source.
func (d *download) accuse(p Peer, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.meet(p.ID)
	d.drop(&source{peer: p, cancel: func() {}}, Protocolar, err)
}

// work brings chunks from a source on one stream, until there is nothing left or the source is dropped.
func (d *download) work(ctx context.Context, s *source) {
	var stream *p2p.Stream
	defer func() {
		if stream != nil {
			stream.Break()
		}
	}()
	for busy := 0; d.lasts(ctx, s); {
		index, size, ok := d.take(ctx, s)
		if !ok && !d.partial(s) {
			continue
		}
		var err error
		if stream == nil {
			if stream, err = d.x.cfg.Host.Open(ctx, s.peer.ID, s.peer.Addrs, Protocol); err == nil {
				defer context.AfterFunc(ctx, stream.Break)()
			}
		}
		switch {
		case err != nil:
		case ok:
			err = d.get(stream, s, index, size)
		default:
			err = d.refresh(stream, s)
		}
		if err == nil {
			busy = 0
			continue
		}
		if ok {
			d.leave(s, index)
		}
		if stream != nil {
			stream.Break()
			stream = nil
		}
		if ctx.Err() != nil {
			return
		}
		if busy++; isBusy(err) && busy < busyMost {
			select {
			case <-ctx.Done():
			case <-time.After(busyPause):
			}
			continue
		}
		d.mu.Lock()
		d.drop(s, reason(err), err)
		d.mu.Unlock()
	}
}

func (d *download) lasts(ctx context.Context, s *source) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return ctx.Err() == nil && d.err == nil && !d.finished && !s.dropped
}

func (d *download) partial(s *source) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return s.from > 0
}

// get brings one chunk and hashes it.
func (d *download) get(stream *p2p.Stream, s *source, index, size int64) error {
	if err := stream.Send(request{Get: string(d.req.Digest), Chunk: index}, frameMax, chunkTime); err != nil {
		return err
	}
	var r reply
	if err := stream.Receive(&r, frameMax, chunkTime); err != nil {
		return err
	}
	start, err := r.before()
	if err != nil {
		return err
	}
	b := d.x.buffer()[:artifact.ChunkLen(size, index)]
	if err := stream.ReceiveRaw(b, chunkTime); err != nil {
		d.x.free(b)
		return err
	}
	d.offer(chunk{index: index, start: start, end: artifact.ChunkEnd(size, index, start, b), content: b, by: s}, size)
	return nil
}

// refresh asks a peer that has a part of the blob how much it has by now.
func (d *download) refresh(stream *p2p.Stream, s *source) error {
	_, from, err := ask(stream, d.req.Digest)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s.from = from
	return nil
}

// ask is the question whether a peer has a blob.
func ask(stream *p2p.Stream, digest artifact.Digest) (size, from int64, err error) {
	if err := stream.Send(request{Have: string(digest)}, frameMax, haveTime); err != nil {
		return 0, 0, err
	}
	var r reply
	if err := stream.Receive(&r, frameMax, haveTime); err != nil {
		if isFormat(err) {
			err = errors.Join(errProtocol, err)
		}
		return 0, 0, err
	}
	return r.holding(digest)
}

func isBusy(err error) bool { return errors.Is(err, p2p.ErrPeerBusy) || errors.Is(err, errAway) }

func isFormat(err error) bool {
	return errors.Is(err, p2p.ErrFrameFormat) || errors.Is(err, p2p.ErrFrameTooLarge)
}

// reason sorts what went wrong with a source.
func reason(err error) Reason {
	switch {
	case errors.Is(err, p2p.ErrUnreachable):
		return Gone
	case errors.Is(err, errProtocol), isFormat(err):
		return Protocolar
	case errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		return Stalled
	}
	return Gone
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
