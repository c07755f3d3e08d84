package exchange_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"ayni.example/artifact"
	"ayni.example/artifact/exchange"
	"ayni.example/p2p"
)

func damage(tb testing.TB, path string, at int64) {
	tb.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		tb.Fatal(err)
	}
	b := make([]byte, 1)
	_, err = file.ReadAt(b, at)
	b[0] ^= 1
	_, werr := file.WriteAt(b, at)
	if err := errors.Join(err, werr, file.Close()); err != nil {
		tb.Fatal(err)
	}
}

// TestHostile puts each kind of liar beside an honest peer, who waits for it. The blob is right at the end, and the liar is named.
func TestHostile(t *testing.T) {
	body, d := noise(t, 1, 12<<20+99)
	other, _ := noise(t, 2, 12<<20+99)
	right, wrong := honest(body), honest(other)
	longer, shorter := honest(append(slices.Clone(body), 0)), honest(body[:11<<20])
	for name, c := range map[string]struct {
		reply func(q ask) (*answer, []byte)
		want  exchange.Reason
	}{
		"another blob": {wrong, exchange.FalseBytes},
		"zeros": {func(q ask) (*answer, []byte) {
			a, b := right(q)
			return a, make([]byte, len(b))
		}, exchange.FalseBytes},
		"one bit in the middle": {func(q ask) (*answer, []byte) {
			a, b := right(q)
			if q.Chunk < 11 && len(b) > 0 {
				b = slices.Clone(b)
				b[1000] ^= 8
			}
			return a, b
		}, exchange.FalseBytes},
		"false states": {func(q ask) (*answer, []byte) {
			a, b := right(q)
			if len(a.State) > 0 && q.Chunk < 10 {
				a.State = slices.Clone(a.State)
				a.State[3] ^= 8
			}
			return a, b
		}, exchange.FalseBytes},
		"states true among themselves": {func(q ask) (*answer, []byte) {
			if q.Get != "" && q.Chunk < 9 {
				return wrong(q)
			}
			return right(q)
		}, exchange.FalseBytes},
		"chunks in another order": {func(q ask) (*answer, []byte) {
			if q.Get != "" && q.Chunk < 10 {
				q.Chunk = 9 - q.Chunk
			}
			return right(q)
		}, exchange.FalseBytes},
		"longer": {longer, ""}, "shorter": {shorter, ""},
		"huge": {func(q ask) (*answer, []byte) {
			if q.Have != "" {
				return &answer{Size: 1 << 62}, nil
			}
			return right(ask{Get: q.Get, Chunk: 11})
		}, ""},
		"no bytes at all": {func(q ask) (*answer, []byte) { return &answer{}, nil }, exchange.Protocolar},
		"negative":        {func(q ask) (*answer, []byte) { return &answer{Size: -5}, nil }, exchange.Protocolar},
		"from beyond":     {func(q ask) (*answer, []byte) { return &answer{Size: 5, From: 1}, nil }, exchange.Protocolar},
		"short state": {func(q ask) (*answer, []byte) {
			a, b := right(q)
			a.State = a.State[:min(len(a.State), 31)]
			return a, b
		}, exchange.Protocolar},
		"endless": {func(q ask) (*answer, []byte) {
			a, b := right(q)
			if q.Get != "" {
				b = slices.Concat(b, make([]byte, 64<<10))
			}
			return a, b
		}, exchange.Protocolar},
		"giant frame": {func(q ask) (*answer, []byte) {
			if q.Have != "" {
				return right(q)
			}
			return &answer{Error: string(make([]byte, 4096))}, nil
		}, exchange.Protocolar},
		"has it and gives nothing": {func(q ask) (*answer, []byte) {
			if q.Have != "" {
				return right(q)
			}
			return &answer{Error: "absent"}, nil
		}, exchange.Gone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			met := make(chan struct{})
			var once sync.Once
			liar := hostile(t, func(q ask) (*answer, []byte) {
				once.Do(func() { close(met) })
				return c.reply(q)
			})
			good := hostile(t, func(q ask) (*answer, []byte) {
				if q.Get != "" {
					<-met
					time.Sleep(50 * time.Millisecond) // for the liar to be asked too
				}
				return right(q)
			})
			b := newMachine(t)
			r := b.fetch(t, d, liar, good)
			got := of(t, r, liar)
			if len(got.Dropped) == 0 || c.want != "" && got.Dropped[0] != c.want || got.Why == "" {
				t.Errorf("the liar was dropped for %v (%s), want %s", got.Dropped, got.Why, c.want)
			}
			if of(t, r, good).Dropped != nil {
				t.Errorf("the honest one was dropped: %+v", r)
			}
			if c.want != exchange.Gone {
				_, unknown := noise(t, 3, 10)
				if r, err := b.try(t, unknown, liar); !errors.Is(err, exchange.ErrNobody) || r.Asked != 0 {
					t.Errorf("it was asked again: %+v, %v", r, err)
				}
			}
		})
	}
}

// TestOnlyLiars ends soon, and names them.
func TestOnlyLiars(t *testing.T) {
	body, d := noise(t, 1, 3<<20)
	other, _ := noise(t, 2, 3<<20)
	right, wrong := honest(body), honest(other)
	half := hostile(t, func(q ask) (*answer, []byte) {
		if q.Get != "" && q.Chunk == 0 {
			return wrong(q)
		}
		return right(q)
	})
	b := newMachine(t)
	r, err := b.try(t, d, hostile(t, wrong), half)
	if !errors.Is(err, exchange.ErrNobody) || len(r.Peers) != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	for _, p := range r.Peers {
		if len(p.Dropped) != 1 || p.Dropped[0] != exchange.FalseBytes {
			t.Errorf("%+v", p)
		}
	}
	if _, err := b.store.Stat(d); !errors.Is(err, artifact.ErrAbsent) {
		t.Errorf("something is there: %v", err)
	}
}

// TestSilence has a peer that says that it has the blob and never sends: the fetch does not wait for it.
func TestSilence(t *testing.T) {
	t.Parallel()
	body, d := noise(t, 1, 3<<20)
	right := honest(body)
	mute := hostile(t, func(q ask) (*answer, []byte) {
		if q.Have != "" {
			return right(q)
		}
		return nil, nil
	})
	good, b := newMachine(t), newMachine(t)
	good.put(t, body)
	r := b.fetch(t, d, mute, good.peer())
	if of(t, r, good.peer()).Bytes != int64(len(body)) {
		t.Errorf("%+v", r)
	}
}

// TestDrip has a peer that sends a few bytes now and then: nobody waits for it, and alone it is dropped as a stall.
func TestDrip(t *testing.T) {
	t.Parallel()
	body, d := noise(t, 1, 2<<20)
	right := honest(body)
	drip := newHost(t, anyPort)
	drip.Handle(exchange.Protocol, p2p.HandlerLimits{}, func(ctx context.Context, s *p2p.Stream) {
		for ctx.Err() == nil {
			var q ask
			if s.Receive(&q, 512, patienceTest) != nil {
				return
			}
			a, more := right(q)
			if s.Send(a, 512, patienceTest) != nil {
				return
			}
			for ; len(more) > 0; more = more[10:] {
				if s.SendRaw(more[:10], patienceTest) != nil {
					return
				}
				time.Sleep(100 * time.Millisecond)
			}
		}
	})
	good, b := newMachine(t), newMachine(t)
	good.put(t, body)
	if r := b.fetch(t, d, peerOf(drip), good.peer()); of(t, r, good.peer()).Bytes != int64(len(body)) {
		t.Errorf("%+v", r)
	}
	if testing.Short() {
		t.Skip("a stall takes half a minute")
	}
	alone := newMachine(t)
	r, err := alone.try(t, d, peerOf(drip))
	if got := of(t, r, peerOf(drip)); !errors.Is(err, exchange.ErrNobody) || len(got.Dropped) != 1 || got.Dropped[0] != exchange.Stalled {
		t.Errorf("%+v, %v", got, err)
	}
}
