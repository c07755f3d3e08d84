package remote_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"ayni.example/inference/serve/servetest"
	"ayni.example/inference/wire"
	"ayni.example/p2p"
)

// cutter cuts the connection at one frame, counted over both directions: before the frame passes, or right behind it.
type cutter struct {
	at     int64
	after  bool
	seen   atomic.Int64
	broken atomic.Bool
}

func (c *cutter) hook(*wire.Frame) error {
	if c.broken.Load() {
		return errCut
	}
	n := c.seen.Add(1)
	if n == c.at && !c.after || n == c.at+1 && c.after {
		c.broken.Store(true)
		return errCut
	}
	return nil
}

// TestCutAtEveryFrame cuts the connection at each frame of a paid answer, in several worlds: the payer can dial again at once, or
// the client sends the same request again, or it cannot until one or both processes were started again. Whatever was cut, the
// books agree to the unit afterwards, and neither side lost more than a slice.
func TestCutAtEveryFrame(t *testing.T) {
	const tokens = 20
	for _, after := range []string{"dial again", "same request", "restart both", "restart provider", "restart payer"} {
		for _, opaque := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, opaque %v", after, opaque), func(t *testing.T) {
				if testing.Short() && (opaque || after == "restart provider" || after == "restart payer") {
					t.Skip("short: the other worlds are enough")
				}
				t.Parallel()
				for at := int64(1); ; at++ {
					if cutOnce(t, after, opaque, tokens, at) {
						if at < tokens {
							t.Fatalf("the answer took only %d frames", at)
						}
						return
					}
				}
			})
		}
	}
}

// cutOnce tells whether the answer ended before the frame at which it was to be cut.
func cutOnce(t *testing.T, after string, opaque bool, tokens int, at int64) (whole bool) {
	t.Helper()
	w := newWorld(t, func(w *world) { w.engine.Opaque = opaque })
	cut := &cutter{at: at}
	streams := 0
	w.dial = func(inner *p2p.Stream) (*p2p.Stream, error) {
		if streams++; streams > 1 {
			if after != "dial again" {
				inner.Break()
				return nil, fmt.Errorf("%w: %w", p2p.ErrUnreachable, errCut)
			}
			return inner, nil
		}
		return w.middle(inner, cut.hook, cut.hook), nil
	}
	job := w.job(tokens)
	r := w.ask(t.Context(), job)
	if !cut.broken.Load() {
		if r.err != nil {
			t.Fatalf("uncut: %v", r.err)
		}
		return true
	}
	if r.err == nil && r.text != servetest.Text(tokens) {
		t.Fatalf("cut at %d: answered %q", at, r.text)
	}
	w.dial = nil
	switch after {
	case "same request":
		if again := w.ask(t.Context(), job); again.err != nil || again.text != servetest.Text(tokens) {
			t.Fatalf("cut at %d: the same request again gives %q, %v", at, again.text, again.err)
		}
		r.text = servetest.Text(tokens)
	case "restart both":
		w.provide()
		w.pay()
	case "restart provider":
		w.provide()
	case "restart payer":
		w.pay()
	}
	next := w.ask(t.Context(), w.job(5))
	if next.err != nil || next.text != servetest.Text(5) {
		t.Fatalf("cut at %d: the next answer is %q, %v", at, next.text, next.err)
	}
	w.audit(w.bought, "payer")
	w.audit(w.sold, "payee")
	w.exposure(at, r)
	return false
}

// exposure checks that what was received and what was paid for it differ by at most a slice.
func (w *world) exposure(at int64, r result) {
	w.t.Helper()
	stored, err := w.sold.Receipts(w.t.Context(), "payee", 0, 10)
	if err != nil {
		w.t.Fatal(err)
	}
	received := 0
	for r.text != servetest.Text(received) {
		if received++; received > 1000 {
			w.t.Fatalf("cut at %d: received %q", at, r.text)
		}
	}
	for _, s := range stored {
		if s.Receipt.Usage.Completion == 5 && s.Receipt.Status == "complete" {
			continue // the next answer
		}
		paid, worth := s.Receipt.Total, total(received)
		slice := total(sliceTokens) // the prompt is paid first, or, where it cannot be counted, risked with the slice
		if worth.Sub(paid).GT(slice) || paid.Sub(worth).GT(slice) {
			w.t.Fatalf("cut at %d: received worth %s, paid %s", at, worth, paid)
		}
	}
}
