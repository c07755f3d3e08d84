package remote_test

import (
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/credit"
	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
	"ayni.example/inference/wire"
	"ayni.example/p2p"
	"ayni.example/receipt"
	xcredit "ayni.example/x/credit"
)

// hostile is a payer that speaks the protocol by hand, with a real channel, and breaks it where a test says.
type hostile struct {
	*world
	stream *p2p.Stream
	job    gateway.Job
	lane   *credit.PayerLane
	quote  wire.Quote
	worth  math.Int // of what was received

	counter wire.Counter
}

// open sends a right open but for what change does to it.
func (w *world) hostile(limit int64, tokens int, change func(*wire.Open)) *hostile {
	w.t.Helper()
	h := &hostile{world: w, job: w.job(tokens), worth: math.ZeroInt()}
	var err error
	h.lane, err = w.payer.Lane(w.t.Context(), credit.Want{
		Payee: w.provAt, Keys: []receipt.Key{receipt.PublicKey(w.receipts)}, Model: w.model(), Most: math.NewInt(limit),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(h.lane.Release)
	h.stream = w.raw()
	open := wire.Open{
		RequestID: h.job.RequestID, Endpoint: h.job.Endpoint, Body: h.job.Body, ModelDigest: w.offer.Digest, ModelName: w.offer.Name,
		Salt: h.job.Salt, Seed: 7, MaxTotal: math.NewInt(limit), ChainID: w.chainID, Lane: h.lane.Open(h.job.RequestID),
	}
	if change != nil {
		change(&open)
	}
	if open.Signature == (receipt.Signature{}) {
		if err := open.Sign(w.session, w.client.ID(), w.server.ID()); err != nil {
			w.t.Fatal(err)
		}
	}
	h.send(wire.Frame{Open: &open})
	return h
}

func (w *world) raw() *p2p.Stream {
	w.t.Helper()
	stream, err := w.client.Open(w.t.Context(), w.server.ID(), w.server.Addrs(), wire.Protocol)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(stream.Break)
	return stream
}

func (h *hostile) send(f wire.Frame) {
	h.t.Helper()
	if err := h.stream.Send(f, wire.MaxOpen, time.Second); err != nil {
		h.t.Fatal(err)
	}
}

// begin takes the quote as an honest payer would.
func (h *hostile) begin() {
	h.t.Helper()
	f := h.until(func(f wire.Frame) bool { return f.Quote != nil })
	h.quote = *f.Quote
	if err := h.lane.Adopt(h.t.Context(), h.quote.Lane); err != nil {
		h.t.Fatal(err)
	}
	err := h.lane.Begin(h.t.Context(), credit.Terms{
		RequestID: h.job.RequestID, Receipt: h.quote.ReceiptID, Quote: h.quote.Quote, Salt: h.job.Salt,
		Request: h.job.Salt.Request(h.job.Body), Model: h.offer.Name, ModelDigest: h.offer.Digest, Price: h.offer.Price,
		Slice: math.NewInt(1_000), Limit: math.NewInt(1_000),
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// until reads frames, and counts what they are worth, until one is right or an error comes.
func (h *hostile) until(right func(wire.Frame) bool) wire.Frame {
	h.t.Helper()
	for {
		var f wire.Frame
		if err := h.stream.Receive(&f, wire.MaxOpen, 15*time.Second); err != nil {
			h.t.Fatalf("waiting: %v", err)
		}
		if f.Chunk != nil {
			h.worth = h.worth.Add(h.offer.Price.Output.MulRaw(int64(h.counter.Next(*f.Chunk))))
		}
		if right(f) || f.Error != nil {
			return f
		}
	}
}

// refused waits for an error of a kind whose text says something.
func (h *hostile) refused(kind engine.ErrorKind, says string) wire.Error {
	h.t.Helper()
	f := h.until(func(wire.Frame) bool { return false })
	if f.Error.Kind != kind || !strings.Contains(f.Error.Cause, says) {
		h.t.Fatalf("got %s: %s, want %s with %q", f.Error.Kind, f.Error.Cause, kind, says)
	}
	return *f.Error
}

// voucher pays the prompt, but for what change does to the voucher before it is signed.
func (h *hostile) voucher(change func(*receipt.Voucher)) receipt.Voucher {
	h.t.Helper()
	v, err := h.lane.Voucher(h.t.Context(), h.lane.Base().Add(h.quote.PromptCost), receipt.Usage{})
	if err != nil {
		h.t.Fatal(err)
	}
	if change != nil {
		change(&v)
		if err := v.Sign(h.session); err != nil {
			h.t.Fatal(err)
		}
	}
	return v
}

func TestHostileOpen(t *testing.T) {
	tests := []struct {
		name   string
		change func(*world, *wire.Open)
		kind   engine.ErrorKind
		says   string
		reason wire.Reason
	}{
		{name: "unsigned", change: func(_ *world, o *wire.Open) { o.Signature = receipt.Signature{1} }, kind: engine.Invalid, says: receipt.ErrSignature.Error()},
		{name: "signed for another peer", change: func(w *world, o *wire.Open) { _ = o.Sign(w.session, w.client.ID(), w.client.ID()) }, kind: engine.Invalid, says: receipt.ErrSignature.Error()},
		{name: "signed by another key", change: func(w *world, o *wire.Open) { _ = o.Sign(newKey(w.t), w.client.ID(), w.server.ID()) }, kind: engine.Invalid, says: receipt.ErrSignature.Error()},
		{name: "other network", change: func(_ *world, o *wire.Open) { o.ChainID = "ayni_8-1" }, kind: engine.Invalid, says: "on network"},
		{name: "unknown channel", change: func(_ *world, o *wire.Open) { o.Lane.Channel[0]++ }, kind: engine.Unpaid, says: "channel cannot be used", reason: wire.Channel},
		{name: "lane beyond the ledger's bound", change: func(_ *world, o *wire.Open) { o.Lane.Lane = 1 << 20 }, kind: engine.Unpaid, says: "lane 1048576", reason: wire.Channel},
		{name: "another payer's channel", change: func(_ *world, o *wire.Open) { o.Lane.Payer = "ayni1other" }, kind: engine.Unpaid, says: "another payer", reason: wire.Channel},
		{name: "unknown head", change: func(_ *world, o *wire.Open) { o.Lane.Head = receipt.Digest{1} }, kind: engine.Unpaid, says: credit.ErrLaneLost.Error(), reason: wire.LaneLost},
		{name: "unknown model", change: func(_ *world, o *wire.Open) { o.ModelDigest = "00" }, kind: engine.NotFound, says: "not offered"},
		{name: "unknown endpoint", change: func(_ *world, o *wire.Open) { o.Endpoint = "/v1/paint" }, kind: engine.NotFound, says: "no such endpoint"},
		{name: "body is no JSON", change: func(_ *world, o *wire.Open) { o.Body = []byte("{") }, kind: engine.Invalid},
		{name: "no body", change: func(_ *world, o *wire.Open) { o.Body = nil }, kind: engine.Invalid, says: wire.ErrFrame.Error()},
		{name: "request id is no id", change: func(_ *world, o *wire.Open) { o.RequestID = "x" }, kind: engine.Invalid, says: "request id"},
		{name: "two request ids", change: func(_ *world, o *wire.Open) { o.Lane.Request = strings.Repeat("0", 32) }, kind: engine.Invalid, says: "two requests"},
		{name: "negative bound on the cost", change: func(_ *world, o *wire.Open) { o.MaxTotal = math.NewInt(-1) }, kind: engine.Invalid, says: "max_total"},
		{name: "bound below the prompt", change: func(_ *world, o *wire.Open) { o.MaxTotal = math.NewInt(29) }, kind: engine.Unpaid, says: "the request allows 29"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			h := w.hostile(1_000, 5, func(o *wire.Open) { test.change(w, o) })
			if got := h.refused(test.kind, test.says); got.Reason != test.reason {
				t.Fatalf("reason %q, want %q", got.Reason, test.reason)
			}
			w.books(0)
		})
	}
}

// impatient is a provider that does not wait for a silent payer.
func impatient(w *world) { w.patience = 400 * time.Millisecond }

func TestHostileFirstFrame(t *testing.T) {
	w := newWorld(t, impatient)
	tests := []struct {
		name string
		send func(*p2p.Stream) error
		kind engine.ErrorKind
	}{
		{"not an open", func(s *p2p.Stream) error { return s.Send(wire.Frame{Done: &wire.Done{}}, 1000, time.Second) }, engine.Invalid},
		{"nothing in it", func(s *p2p.Stream) error { return s.Send(struct{}{}, 1000, time.Second) }, engine.Invalid},
		{"a string", func(s *p2p.Stream) error { return s.Send("open", 1000, time.Second) }, engine.Invalid},
		{"unknown field", func(s *p2p.Stream) error { return s.Send(map[string]int{"please": 1}, 1000, time.Second) }, engine.Invalid},
		{"too large", func(s *p2p.Stream) error {
			return s.Send(strings.Repeat("a", wire.MaxOpen), 2*wire.MaxOpen, 5*time.Second)
		}, engine.TooLarge},
		{"silence", func(*p2p.Stream) error { return nil }, engine.Internal},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			stream := w.raw()
			if err := test.send(stream); err != nil && test.kind != engine.TooLarge { // it stops reading
				t.Fatal(err)
			}
			var f wire.Frame
			if err := stream.Receive(&f, wire.MaxFrame, 15*time.Second); err != nil {
				if test.kind == engine.TooLarge { // what was still under way may have reset the stream
					return
				}
				t.Fatal(err)
			}
			if f.Error == nil || f.Error.Kind != test.kind {
				t.Fatalf("got %+v, want an error of kind %s", f, test.kind)
			}
		})
	}
	if r := w.ask(t.Context(), w.job(3)); r.err != nil {
		t.Fatalf("the provider does not serve any more: %v", r.err)
	}
}

func TestHostileVoucher(t *testing.T) {
	tests := []struct {
		name   string
		change func(*receipt.Voucher)
		says   error
		kind   engine.ErrorKind
	}{
		{"other network", func(v *receipt.Voucher) { v.ChainID = "ayni_8-1" }, receipt.ErrNetwork, engine.Invalid},
		{"other channel", func(v *receipt.Voucher) { v.Channel[0]++ }, credit.ErrVoucher, engine.Invalid},
		{"other lane", func(v *receipt.Voucher) { v.Lane++ }, credit.ErrVoucher, engine.Invalid},
		{"other quote", func(v *receipt.Voucher) { v.Quote[0]++ }, credit.ErrVoucher, engine.Invalid},
		{"other head", func(v *receipt.Voucher) { v.Head = receipt.Digest{1} }, credit.ErrVoucher, engine.Invalid},
		{"nonce zero", func(v *receipt.Voucher) { v.Nonce = 0 }, credit.ErrVoucher, engine.Invalid},
		{"nothing paid", func(v *receipt.Voucher) { v.Cumulative = math.ZeroInt() }, credit.ErrStale, engine.Invalid},
		{"more than the job may cost", func(v *receipt.Voucher) { v.Cumulative = math.NewInt(1_001) }, credit.ErrOverpaid, engine.Invalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			h := w.hostile(1_000, 5, nil)
			h.begin()
			v := h.voucher(test.change)
			h.send(wire.Frame{Voucher: &v})
			h.refused(test.kind, test.says.Error())
			if !h.worth.IsZero() {
				t.Fatalf("served %s against it", h.worth)
			}
		})
	}
	t.Run("forged", func(t *testing.T) {
		h := newWorld(t).hostile(1_000, 5, nil)
		h.begin()
		v := h.voucher(nil)
		v.Cumulative = v.Cumulative.AddRaw(1)
		h.send(wire.Frame{Voucher: &v})
		h.refused(engine.Invalid, receipt.ErrSignature.Error())
	})
	t.Run("replayed", func(t *testing.T) {
		h := newWorld(t).hostile(1_000, 200, nil)
		h.begin()
		v := h.voucher(nil)
		for range 2 {
			h.send(wire.Frame{Voucher: &v})
		}
		h.refused(engine.Invalid, credit.ErrStale.Error())
		if h.worth.GT(math.NewInt(sliceTokens * priceOutput)) {
			t.Fatalf("served %s against it", h.worth)
		}
	})
	t.Run("beyond the deposit", func(t *testing.T) {
		w := newWorld(t)
		h := w.hostile(1_000, 5, func(o *wire.Open) { o.MaxTotal = math.NewInt(10_000_000) })
		h.begin()
		v := h.voucher(func(v *receipt.Voucher) { v.Cumulative = math.NewInt(1_000_001) })
		h.send(wire.Frame{Voucher: &v})
		h.refused(engine.Unpaid, credit.ErrDeposit.Error())
	})
	t.Run("another frame in its place", func(t *testing.T) {
		h := newWorld(t).hostile(1_000, 5, nil)
		h.begin()
		h.send(wire.Frame{Due: &wire.Due{Cumulative: math.ZeroInt()}})
		h.refused(engine.Invalid, wire.ErrFrame.Error())
	})
	t.Run("channel begins to close", func(t *testing.T) {
		w := newWorld(t, func(w *world) { w.fresh = time.Nanosecond })
		h := w.hostile(1_000, 5, nil)
		h.begin()
		w.fake().Change(func(c *xcredit.Channel) { c.State = xcredit.ChannelClosing })
		v := h.voucher(nil)
		h.send(wire.Frame{Voucher: &v})
		h.refused(engine.Unpaid, credit.ErrChannel.Error())
	})
}

// TestNeverMoreThanASlice takes what comes and pays the prompt only.
func TestNeverMoreThanASlice(t *testing.T) {
	w := newWorld(t, impatient)
	h := w.hostile(1_000, 200, nil)
	h.begin()
	v := h.voucher(nil)
	h.send(wire.Frame{Voucher: &v})
	h.refused(engine.Unpaid, "no voucher came within")
	if most := math.NewInt(sliceTokens * priceOutput); h.worth.GT(most) || h.worth.IsZero() {
		t.Fatalf("got %s without paying, at most %s", h.worth, most)
	}
	h.lane.Release()
	if r := w.ask(t.Context(), w.job(3)); r.err != nil {
		t.Fatal(r.err)
	}
	w.books(2) // one aborted over the prompt, one complete
}

func TestPromptIsPaidFirst(t *testing.T) {
	w := newWorld(t, impatient)
	h := w.hostile(1_000, 5, nil)
	h.begin()
	h.refused(engine.Unpaid, "no voucher came within")
	if !h.worth.IsZero() {
		t.Fatalf("got %s for nothing", h.worth)
	}
}

// TestEngineStopsWhenThePayerIsGone holds the engine between two tokens, resets the stream, and waits for the engine's end.
func TestEngineStopsWhenThePayerIsGone(t *testing.T) {
	w := newWorld(t)
	w.engine.Gate = make(chan struct{})
	h := w.hostile(1_000, 50, nil)
	h.begin()
	v := h.voucher(nil)
	h.send(wire.Frame{Voucher: &v})
	w.engine.Gate <- struct{}{}
	h.stream.Break()
	ended := make(chan struct{})
	go func() {
		w.serving.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the engine still runs")
	}
}

// TestOlderStreamIsSuperseded opens the same lane twice: the newer stream wins, since a payer has one job on a lane.
func TestOlderStreamIsSuperseded(t *testing.T) {
	w := newWorld(t)
	w.engine.Gate = make(chan struct{})
	h := w.hostile(1_000, 50, nil)
	h.begin()
	v := h.voucher(nil)
	h.send(wire.Frame{Voucher: &v})
	w.engine.Gate <- struct{}{}
	h.lane.Release()
	go func() {
		for t.Context().Err() == nil {
			select {
			case w.engine.Gate <- struct{}{}:
			case <-t.Context().Done():
			}
		}
	}()
	if r := w.ask(t.Context(), w.job(3)); r.err != nil {
		t.Fatal(r.err)
	}
	w.books(2)
}

// TestStrangerDoesNotEndAJob has somebody without the session key name another payer's lane while its job runs.
func TestStrangerDoesNotEndAJob(t *testing.T) {
	w := newWorld(t)
	w.engine.Gate = make(chan struct{})
	h := w.hostile(1_000, 50, nil)
	h.begin()
	v := h.voucher(nil)
	h.send(wire.Frame{Voucher: &v})
	w.engine.Gate <- struct{}{}
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	lane := h.lane.Open(h.job.RequestID)
	lane.Key, lane.Last = receipt.PublicKey(key), nil
	stranger := &hostile{world: w, stream: w.raw(), worth: math.ZeroInt()}
	open := wire.Open{
		RequestID: h.job.RequestID, Endpoint: h.job.Endpoint, Body: h.job.Body, ModelDigest: w.offer.Digest,
		MaxTotal: math.NewInt(1_000), ChainID: w.chainID, Lane: lane,
	}
	if err := open.Sign(key, w.client.ID(), w.server.ID()); err != nil {
		t.Fatal(err)
	}
	stranger.send(wire.Frame{Open: &open})
	if f := stranger.until(func(wire.Frame) bool { return false }); !strings.Contains(f.Error.Cause, "another payer or session key") {
		t.Errorf("stranger: %s", f.Error.Cause)
	}
	select {
	case w.engine.Gate <- struct{}{}:
	case <-time.After(5 * time.Second):
		t.Fatal("the job was ended by a stranger")
	}
	h.until(func(f wire.Frame) bool { return f.Chunk != nil })
}

func TestUnreachableProvider(t *testing.T) {
	w := newWorld(t)
	job := w.job(3)
	if err := w.server.Close(); err != nil {
		t.Fatal(err)
	}
	r := w.ask(t.Context(), job)
	wantKind(t, r.err, engine.Unavailable, p2p.ErrUnreachable)
}

func TestLedgerDown(t *testing.T) {
	w := newWorld(t)
	down := errors.New("ledger is down")
	w.fake().SetDown(down)
	r := w.ask(t.Context(), w.job(3))
	wantKind(t, r.err, engine.Unpaid, down)
	w.fake().SetDown(nil)
	if r := w.ask(t.Context(), w.job(3)); r.err != nil {
		t.Fatal(r.err)
	}
}

func TestSlowClientIsBackPressure(t *testing.T) {
	w := newWorld(t)
	const tokens = 400
	got := 0
	_, err := w.backend.Serve(t.Context(), w.job(tokens), func(gateway.Started) error { return nil }, func(engine.Chunk) error {
		if got++; got%100 == 0 {
			time.Sleep(20 * time.Millisecond)
		}
		return nil
	})
	if err != nil || got != tokens {
		t.Fatalf("%d chunks, %v", got, err)
	}
	w.books(1)
}

func TestClientThatFailsEndsTheJob(t *testing.T) {
	w := newWorld(t)
	full := errors.New("client's disk is full")
	_, err := w.backend.Serve(t.Context(), w.job(400), func(gateway.Started) error { return nil }, func(engine.Chunk) error { return full })
	if !errors.Is(err, full) {
		t.Fatalf("got %v, want %v", err, full)
	}
	w.serving.Wait()
	w.audit(w.bought, "payer")
	w.audit(w.sold, "payee")
}

// FuzzFirstFrame throws frames at the handler's decoder and checks; none may panic or be taken for an open that is signed.
func FuzzFirstFrame(f *testing.F) {
	f.Add([]byte(`{"open":{"request_id":"00112233445566778899aabbccddeeff","max_total":"1"}}`))
	f.Add([]byte(`{"voucher":{"nonce":"1","cumulative":"5"}}`))
	f.Add([]byte(`{"quote":{"lane":{"missing":[{}]}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var frame wire.Frame
		if err := p2p.DecodeFrame(body, &frame); err != nil {
			return
		}
		_ = frame.Kind()
		if frame.Validate() == nil && frame.Open != nil && frame.Open.Check("a", "b") == nil {
			t.Fatalf("open taken without a signature: %s", body)
		}
		if frame.Quote != nil {
			_ = frame.Quote.Validate()
		}
		if frame.Voucher != nil && !frame.Voucher.Cumulative.IsNil() {
			_, _ = frame.Voucher.SignBytes()
		}
	})
}
