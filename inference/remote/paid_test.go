package remote_test

import (
	"context"
	"errors"
	"testing"

	"cosmossdk.io/math"

	"ayni.example/credit"
	"ayni.example/inference/engine"
	"ayni.example/inference/serve/servetest"
	"ayni.example/receipt"
)

// books checks that payer and provider agree to the unit: the same receipts, whose totals are the sum of the last vouchers.
func (w *world) books(want int) {
	w.t.Helper()
	ctx := context.Background()
	paid, err := w.bought.Receipts(ctx, credit.AsPayer, 0, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	sold, err := w.sold.Receipts(ctx, credit.AsPayee, 0, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(paid) != want || len(sold) != want {
		w.t.Fatalf("payer has %d receipts, provider %d, want %d", len(paid), len(sold), want)
	}
	digests := map[receipt.Digest]bool{}
	for _, s := range sold {
		d, err := s.Receipt.Digest()
		if err != nil {
			w.t.Fatal(err)
		}
		digests[d] = true
	}
	for _, p := range paid {
		if d, err := p.Receipt.Digest(); err != nil || !digests[d] {
			w.t.Fatalf("the provider lacks receipt %s, %v", p.Receipt.ID, err)
		}
	}
	w.audit(w.bought, credit.AsPayer)
	w.audit(w.sold, credit.AsPayee)
}

// audit checks that no job is open and that receipts add up to the vouchers.
func (w *world) audit(store *credit.Store, role credit.Role) {
	w.t.Helper()
	lanes, err := store.Audit(context.Background(), role)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, l := range lanes {
		if l.Job != "" || !l.Total.Equal(l.Cumulative) {
			w.t.Fatalf("%s's lane %+v", role, l)
		}
	}
}

func TestPaidAnswer(t *testing.T) {
	w := newWorld(t)
	for _, tokens := range []int{1, 5, 40, 200} {
		job := w.job(tokens)
		r := w.ask(t.Context(), job)
		if r.err != nil {
			t.Fatal(r.err)
		}
		got := r.out.Receipt
		if r.text != servetest.Text(tokens) || r.started != 1 || r.id != string(got.ID) {
			t.Fatalf("text %q, started %d, id %s", r.text, r.started, r.id)
		}
		if !got.Total.Equal(total(tokens)) || got.Metered != receipt.MeteredTokens || got.Model != "offered" {
			t.Fatalf("receipt %+v, want total %s", got, total(tokens))
		}
		if got.Answer != job.Salt.Answer([]byte(r.text)) || got.Request != job.Salt.Request(job.Body) {
			t.Fatal("receipt does not bind request and answer")
		}
	}
	w.books(4)
}

func TestPaidOpaqueAnswer(t *testing.T) {
	w := newWorld(t, func(w *world) { w.engine.Opaque = true })
	r := w.ask(t.Context(), w.job(60))
	if r.err != nil {
		t.Fatal(r.err)
	}
	if r.out.Receipt.Metered != receipt.MeteredReported || !r.out.Receipt.Total.Equal(total(60)) || r.text != servetest.Text(60) {
		t.Fatalf("receipt %+v", r.out.Receipt)
	}
	w.books(1)
}

func TestPaidEmbedding(t *testing.T) {
	w := newWorld(t)
	job := w.job(0)
	job.Endpoint, job.Body = "/v1/embeddings", []byte(`{"model":"offered","input":["a","b"]}`)
	job.Request = engine.Request{Kind: engine.Embeddings, Input: []string{"a", "b"}}
	r := w.ask(t.Context(), job)
	if r.err != nil {
		t.Fatal(r.err)
	}
	if r.out.Embedding == nil || len(r.out.Embedding.Vectors) != 2 || r.out.Embedding.Vectors[1][1] != 0.1 {
		t.Fatalf("embedding %+v", r.out.Embedding)
	}
	if want := job.Salt.Answer([]byte(`[[0,0.1],[1,0.1]]`)); r.out.Receipt.Answer != want {
		t.Fatal("receipt does not bind the vectors")
	}
	w.books(1)
}

func TestTwoAtOnceTakeTwoLanes(t *testing.T) {
	w := newWorld(t)
	results := make([]result, 6)
	counted(len(results), func(i int) { results[i] = w.ask(t.Context(), w.job(30+i)) })
	lanes := map[uint32]bool{}
	for i, r := range results {
		if r.err != nil {
			t.Fatal(r.err)
		}
		if r.text != servetest.Text(30+i) {
			t.Fatalf("job %d got %q", i, r.text)
		}
		lanes[r.out.Receipt.Lane] = true
	}
	if len(lanes) < 2 {
		t.Fatalf("all on lanes %v", lanes)
	}
	w.books(6)
}

func TestEngineErrorReachesTheClient(t *testing.T) {
	w := newWorld(t, func(w *world) {
		w.engine.Fail, w.engine.FailAt = engine.Errorf(engine.Unavailable, "backend died"), 20
	})
	r := w.ask(t.Context(), w.job(40))
	wantKind(t, r.err, engine.Unavailable, nil)
	if r.text != servetest.Text(20) {
		t.Fatalf("got %q before the error", r.text)
	}
	if got := r.out.Receipt; got.Status != receipt.Aborted || got.Total.GT(total(20)) || got.Total.LT(total(20-sliceTokens)) {
		t.Fatalf("receipt of what was paid: %+v", got)
	}
	w.books(1)
}

func TestClientGoesAway(t *testing.T) {
	w := newWorld(t)
	w.engine.Gate = make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan result, 1)
	go func() { ended <- w.ask(ctx, w.job(100)) }()
	for range 10 {
		w.engine.Gate <- struct{}{}
	}
	cancel()
	r := <-ended
	if !errors.Is(r.err, context.Canceled) {
		t.Fatalf("got %v, want %v", r.err, context.Canceled)
	}
	if got := r.out.Receipt; got.Status != receipt.Aborted || got.Total.GT(total(10)) {
		t.Fatalf("receipt of what was paid: %+v", got)
	}
	w.books(1)
}

func TestNotOffered(t *testing.T) {
	w := newWorld(t)
	w.offer.Digest = "00" + servetest.Digest[2:]
	r := w.ask(t.Context(), w.job(5))
	wantKind(t, r.err, engine.NotFound, nil)
	w.books(0)
}

// TestSameRequestIsPaidOnce sends a request again after it was settled: the same answer, the same receipt, no second bill.
func TestSameRequestIsPaidOnce(t *testing.T) {
	for _, opaque := range []bool{false, true} {
		w := newWorld(t, func(w *world) { w.engine.Opaque = opaque })
		job := w.job(30)
		first := w.ask(t.Context(), job)
		if first.err != nil {
			t.Fatal(first.err)
		}
		w.pay() // the payer's process was started again
		again := w.ask(t.Context(), job)
		if again.err != nil || again.text != first.text || again.id != first.id || again.out.Receipt.Signature != first.out.Receipt.Signature {
			t.Fatalf("%q and %s, then %q and %s, %v", first.text, first.id, again.text, again.id, again.err)
		}
		w.books(1)
		other := w.job(30)
		other.RequestID = job.RequestID
		other.Body = append(other.Body, ' ')
		if r := w.ask(t.Context(), other); r.err != nil || r.id == first.id {
			t.Fatalf("another body under the same id: receipt %s, %v", r.id, r.err)
		}
		w.books(2)
	}
}

// TestFreeOffer pays nothing for an answer that costs nothing; the receipt is acknowledged all the same.
func TestFreeOffer(t *testing.T) {
	w := newWorld(t, func(w *world) {
		w.offer.Price = receipt.Price{Input: math.ZeroInt(), Output: math.ZeroInt()}
	})
	for range 2 {
		job := w.job(30)
		job.Route.Offer.PriceInput, job.Route.Offer.PriceOutput = math.ZeroInt(), math.ZeroInt()
		r := w.ask(t.Context(), job)
		if r.err != nil || r.text != servetest.Text(30) || !r.out.Receipt.Total.IsZero() {
			t.Fatalf("%q, total %s, %v", r.text, r.out.Receipt.Total, r.err)
		}
	}
	w.books(2)
}

// TestSmallDepositIsRaised asks for more than a new channel holds, again and again.
func TestSmallDepositIsRaised(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		job := w.job(200)
		job.Route.Offer.PriceOutput, w.offer.Price.Output = math.NewInt(4_000), math.NewInt(4_000)
		r := w.ask(t.Context(), job)
		if r.err != nil || r.text != servetest.Text(200) {
			t.Fatalf("%q, %v", r.text, r.err)
		}
	}
	w.books(3)
}
