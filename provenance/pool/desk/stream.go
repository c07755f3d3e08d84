package desk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"ayni.example/internal/home"
	"ayni.example/p2p"
	"ayni.example/provenance/pool"
	"ayni.example/x/provenance"
)

// Protocol is how contributors meet the machine that keeps a pool.
const Protocol = "/ayni/pool/1"

const (
	askMax  = 1 << 10   // bytes of a question
	tellMax = 128 << 10 // of an answer
	askTime = 15 * time.Second
	// giveTime bounds the transfer of a file.
	giveTime = 5 * time.Minute
)

// Limits are those of the handler: each stream may hold one contribution in memory.
func Limits() p2p.HandlerLimits { return p2p.HandlerLimits{Streams: 4, PeerStreams: 1, PeerBurst: 64} }

// ErrRefused is an answer of no.
var ErrRefused = errors.New("the pool's machine refuses")

// question asks for the rules of a pool, or comes with a contribution or after one. Salt and Digest open its commitment.
type question struct {
	Pool         string `json:"pool"`
	Contribution string `json:"contribution,omitempty"`
	Salt         string `json:"salt,omitempty"`
	Digest       string `json:"digest,omitempty"` // SHA-256 of the file
	Size         int64  `json:"size,omitempty"`   // of the file that follows; 0: what was found of it?
}

type answer struct {
	Error   string        `json:"error,omitempty"`
	Rules   *Rules        `json:"rules,omitempty"`
	Send    bool          `json:"send,omitempty"` // the file may come
	Verdict *pool.Verdict `json:"verdict,omitempty"`
}

// Handle answers one question.
func (d *Desk) Handle(ctx context.Context, s *p2p.Stream) {
	defer context.AfterFunc(ctx, s.Break)()
	var q question
	if err := s.Receive(&q, askMax, askTime); err != nil {
		return
	}
	a, err := d.answer(ctx, s, q)
	if err != nil {
		d.cfg.Logger.Debug("question on a pool refused", "peer", s.Peer(), "error", err.Error())
		a = answer{Error: err.Error()[:min(len(err.Error()), askMax)]}
	}
	if err := s.Send(a, tellMax, askTime); err != nil {
		s.Break()
	}
}

func (d *Desk) answer(ctx context.Context, s *p2p.Stream, q question) (answer, error) {
	r, err := d.shelf.find(q.Pool)
	if err != nil {
		return answer{}, err
	}
	if q.Contribution == "" {
		return answer{Rules: &r}, nil
	}
	c, digest, err := d.opened(ctx, r, q)
	if err != nil {
		return answer{}, err
	}
	v, known, err := d.shelf.verdict(r.Name, c.ID)
	if err != nil {
		return answer{}, errors.New("its disk cannot be read")
	}
	if known {
		return answer{Verdict: &v}, nil
	}
	if q.Size == 0 {
		return answer{}, nil
	}
	return answer{}, d.take(s, r, c, digest, q.Size)
}

// opened is the contribution that the question opens: only who knows salt and file can.
func (d *Desk) opened(ctx context.Context, r Rules, q question) (c provenance.Contribution, digest [32]byte, err error) {
	var salt [32]byte
	id, err := hex.DecodeString(q.Contribution)
	if err != nil || !decode(salt[:], q.Salt) || !decode(digest[:], q.Digest) {
		return c, digest, errors.New("want a contribution, a salt and a digest in hexadecimal")
	}
	if c, err = d.cfg.Ledger.Contribution(ctx, id); err != nil {
		return c, digest, fmt.Errorf("contribution %x is not on the ledger", id)
	}
	if hex.EncodeToString(c.Pool) != r.Pool || !bytes.Equal(c.Commitment, Commitment(salt, digest)) {
		return c, digest, fmt.Errorf("salt and file are not those of contribution %x", id)
	}
	return c, digest, nil
}

func decode(dst []byte, text string) bool {
	b, err := hex.DecodeString(text)
	return err == nil && copy(dst, b) == len(dst) && len(b) == len(dst)
}

// take receives a file and puts it into the inbox.
func (d *Desk) take(s *p2p.Stream, r Rules, c provenance.Contribution, digest [32]byte, size int64) error {
	if size < 0 || size > pool.ContributionMax || uint64(size) != c.Bytes {
		return fmt.Errorf("%d bytes; the contribution has %d, and at most %d are taken", size, c.Bytes, int64(pool.ContributionMax))
	}
	if c.State != provenance.ContributionWaits {
		return errors.New("the contribution does not wait any more")
	}
	if err := s.Send(answer{Send: true}, tellMax, askTime); err != nil {
		return err
	}
	data := make([]byte, size)
	if err := s.ReceiveRaw(data, giveTime); err != nil {
		return err
	}
	if sha256.Sum256(data) != digest {
		return errors.New("what came is not the file that was committed to")
	}
	if err := home.WriteFile(d.shelf.path(r.Name, dirInbox, contribution(c.ID)), data); err != nil {
		d.cfg.Logger.Error("contribution not kept", "error", err.Error())
		return errors.New("its disk takes no more; come again later")
	}
	select {
	case d.given <- struct{}{}:
	default:
	}
	return nil
}
