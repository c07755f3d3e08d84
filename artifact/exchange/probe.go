package exchange

import (
	"context"
	"crypto/rand"
	"errors"
	"math/big"

	"ayni.example/artifact"
)

// Probe tells whether a peer still gives a blob of that size: it asks whether it has it and, whatever the answer was, for a chunk drawn
// at random. An error says that the peer could not be asked.
func (x *Exchange) Probe(ctx context.Context, p Peer, d artifact.Digest, size int64) (held bool, err error) {
	chunk, err := rand.Int(rand.Reader, big.NewInt(max(artifact.Chunks(size), 1)))
	if err != nil {
		return false, err
	}
	s, err := x.cfg.Host.Open(ctx, p.ID, p.Addrs, Protocol)
	if err != nil {
		return false, err
	}
	defer context.AfterFunc(ctx, s.Break)()
	defer s.Break()
	_, _, err = ask(s, d)
	switch {
	case err == nil:
		held = true
	case !errors.Is(err, errRefused):
		return false, err
	}
	if err := s.Send(request{Get: string(d), Chunk: chunk.Int64()}, frameMax, chunkTime); err != nil {
		return held, err
	}
	var r reply
	if err := s.Receive(&r, frameMax, haveTime); err != nil {
		return held, err
	}
	if r.Error == wordBusy {
		return held, errAway
	}
	return held || r.Error == "", nil
}
