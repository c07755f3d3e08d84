package challenge_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"ayni.example/compute/challenge"
	"ayni.example/internal/clock"
	"ayni.example/p2p"
)

// TestBand: a band computed alone has the bits of the whole.
func TestBand(t *testing.T) {
	task := challenge.Task{Side: 96, Count: 3, Threads: 2}
	seed := [32]byte{1}
	all := task.Compute(seed)
	if len(all) != 9 {
		t.Fatalf("%d bands", len(all))
	}
	for at := range all {
		if task.Band(seed, at) != all[at] {
			t.Errorf("band %d differs", at)
		}
	}
	if other := task.Compute([32]byte{2}); other[0] == all[0] {
		t.Error("the seed changes nothing")
	}
}

func TestTaskBounds(t *testing.T) {
	for _, task := range []challenge.Task{
		{},
		{Side: 33, Count: 1, Threads: 1},
		{Side: 2048, Count: 1, Threads: 1},
		{Side: 1024, Count: 5000, Threads: 1},
		{Side: 32, Count: 1 << 20, Threads: 1},
		{Side: 32, Count: 1, Threads: 1 << 20},
		{Side: -32, Count: -1, Threads: 1},
	} {
		if task.Validate() == nil {
			t.Errorf("%+v is taken", task)
		}
	}
	for _, flops := range []uint64{0, 1, 1e9, 50e9, 1e15, 1 << 60} {
		for _, threads := range []int{1, 16} {
			if err := challenge.TaskFor(flops, threads, 2).Validate(); err != nil {
				t.Errorf("%d on %d: %v", flops, threads, err)
			}
		}
	}
}

// pair is two ends of a stream.
func pair(t *testing.T) (here, there *p2p.Stream) {
	t.Helper()
	a, b := net.Pipe()
	t.Cleanup(func() { _, _ = a.Close(), b.Close() })
	return p2p.NewStream(a, "there", clock.System), p2p.NewStream(b, "here", clock.System)
}

func ask(t *testing.T, p *challenge.Provider, claimed uint64) (challenge.Verdict, error) {
	t.Helper()
	here, there := pair(t)
	go p.Handle(context.Background(), there)
	return challenge.Ask(here, claimed, challenge.Task{Side: 128, Count: 20, Threads: 1}, clock.System)
}

// TestAsk: an honest machine is as fast as it says, a boast is exposed, and nobody is kept busy by challenges.
func TestAsk(t *testing.T) {
	v, err := ask(t, &challenge.Provider{Now: clock.System}, 1e6)
	if err != nil || !v.Exact || v.False || v.Measured < 1e6 || v.Checked == 0 {
		t.Fatalf("%+v, %v", v, err)
	}
	var later atomic.Int64
	p := &challenge.Provider{Now: func() time.Time { return clock.System().Add(time.Duration(later.Load())) }}
	if v, err = ask(t, p, 1e18); err != nil || !v.Exact || !v.False {
		t.Errorf("a boast: %+v, %v", v, err)
	}
	if _, err = ask(t, p, 1e6); !errors.Is(err, challenge.ErrBusy) {
		t.Errorf("at once again: %v", err)
	}
	later.Store(int64(2 * time.Minute))
	for range 100 { // the end of the stream before may not have been seen yet
		if _, err = ask(t, p, 1e6); !errors.Is(err, challenge.ErrBusy) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		t.Errorf("later: %v", err)
	}
}

// TestLies: an answer that was not computed, or only in part, is found out.
func TestLies(t *testing.T) {
	for name, lie := range map[string]func(all [][]byte) [][]byte{
		"guessed": func(all [][]byte) [][]byte {
			for i := range all {
				all[i] = make([]byte, 32)
			}
			return all
		},
		"half": func(all [][]byte) [][]byte {
			for i := range len(all) / 2 {
				all[i] = make([]byte, 32)
			}
			return all
		},
		"short": func(all [][]byte) [][]byte { return all[:1] },
		"none":  func([][]byte) [][]byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			here, there := pair(t)
			task := challenge.Task{Side: 128, Count: 20, Threads: 1}
			go func() {
				var hello map[string]any
				var begin struct {
					Seed [32]byte `json:"seed"`
				}
				if there.Receive(&hello, 4096, time.Minute) != nil || there.Send(struct{}{}, 4096, time.Minute) != nil || there.Receive(&begin, 4096, time.Minute) != nil {
					return
				}
				var all [][]byte
				for _, d := range task.Compute(begin.Seed) {
					all = append(all, d[:])
				}
				_ = there.Send(map[string]any{"digests": lie(all)}, 8<<20, time.Minute)
			}()
			v, err := challenge.Ask(here, 1e6, task, clock.System)
			if err != nil || v.Exact || !v.False || v.Measured != 0 {
				t.Errorf("%+v, %v", v, err)
			}
		})
	}
}
