package challenge

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
	"sync"
	"time"

	"ayni.example/internal/clock"
	"ayni.example/p2p"
)

// Protocol names the streams of a challenge.
const Protocol = "/ayni/compute/challenge/1"

const (
	frameMax   = 8 << 20 // all digests, in base64
	answerTime = 2 * time.Minute
	rest       = time.Minute // between two challenges that a provider takes
	checked    = 16          // bands that are computed again
)

// Limits of the protocol: a challenge costs seconds of all cores.
func Limits() p2p.HandlerLimits {
	return p2p.HandlerLimits{Streams: 4, PeerStreams: 1, PeerBurst: 2, PeerEvery: rest}
}

type hello struct {
	Task Task `json:"task"`
}

type ready struct {
	Busy string `json:"busy,omitempty"` // why not
}

type begin struct {
	Seed [32]byte `json:"seed"`
}

type done struct {
	Digests [][]byte `json:"digests"`
}

// Provider answers challenges, one at a time and no more than one a minute.
type Provider struct {
	Now clock.Clock

	mu   sync.Mutex
	last time.Time
	busy bool
}

// Handle answers one stream.
func (p *Provider) Handle(_ context.Context, s *p2p.Stream) {
	defer s.Close() //nolint:errcheck // the challenger has what it gets
	var h hello
	if err := s.Receive(&h, 4096, answerTime); err != nil {
		return
	}
	r := ready{}
	if err := h.Task.Validate(); err != nil {
		r.Busy = err.Error()
	} else if !p.enter() {
		r.Busy = "another challenge was answered within a minute"
	}
	if r.Busy == "" {
		defer p.leave()
	}
	if err := s.Send(r, 4096, answerTime); err != nil || r.Busy != "" {
		return
	}
	var b begin
	if err := s.Receive(&b, 4096, 10*time.Second); err != nil {
		return
	}
	var d done
	for _, sum := range h.Task.Compute(b.Seed) {
		d.Digests = append(d.Digests, sum[:])
	}
	_ = s.Send(d, frameMax, answerTime) // the challenger has what it gets
}

func (p *Provider) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy || !p.last.IsZero() && p.Now().Sub(p.last) < rest {
		return false
	}
	p.busy, p.last = true, p.Now()
	return true
}

func (p *Provider) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy = false
}

// Verdict is what a challenge has shown.
type Verdict struct {
	Claimed  uint64        `json:"claimed"`  // operations a second
	Measured uint64        `json:"measured"` // 0 when the answer is wrong
	Took     time.Duration `json:"took"`     // without the way there and back
	Exact    bool          `json:"exact"`    // all bands that were computed again have the bits of the answer
	Checked  int           `json:"checked"`
	False    bool          `json:"false"` // wrong, or less than half as fast as claimed
}

// ErrBusy is a provider that takes no challenge now.
var ErrBusy = errors.New("takes no challenge now")

// Ask challenges the machine at the other end of a stream to be as fast as it claims.
func Ask(s *p2p.Stream, claimed uint64, t Task, now clock.Clock) (Verdict, error) {
	v := Verdict{Claimed: claimed}
	sent := now()
	if err := s.Send(hello{t}, 4096, answerTime); err != nil {
		return v, err
	}
	var r ready
	if err := s.Receive(&r, 4096, answerTime); err != nil {
		return v, err
	}
	way := now().Sub(sent)
	if r.Busy != "" {
		return v, fmt.Errorf("the provider %w: %s", ErrBusy, r.Busy)
	}
	var b begin
	if _, err := io.ReadFull(rand.Reader, b.Seed[:]); err != nil {
		return v, err
	}
	began := now()
	if err := s.Send(b, 4096, answerTime); err != nil {
		return v, err
	}
	var d done
	if err := s.Receive(&d, frameMax, answerTime); err != nil {
		return v, err
	}
	v.Took = max(now().Sub(began)-way, time.Millisecond)
	v.Checked = checked
	var err error
	if v.Exact, err = t.check(b.Seed, d.Digests); err != nil {
		return v, err
	}
	if v.Exact {
		v.Measured = uint64(float64(t.Operations()) / v.Took.Seconds())
	}
	v.False = v.Measured < claimed/2
	return v, nil
}

// check computes a few bands again, drawn now that the answer stands.
func (t Task) check(seed [32]byte, digests [][]byte) (bool, error) {
	if len(digests) != t.bands() {
		return false, nil
	}
	for range checked {
		at, err := rand.Int(rand.Reader, big.NewInt(int64(len(digests))))
		if err != nil {
			return false, err
		}
		if want := t.Band(seed, int(at.Int64())); string(want[:]) != string(digests[at.Int64()]) {
			return false, nil
		}
	}
	return true, nil
}
