package credit_test

import (
	"testing"

	"cosmossdk.io/math"

	service "ayni.example/credit"
	"ayni.example/receipt"
)

// TestPayerRestored brings the payer back from an old copy of its store: the payee hands it its own later vouchers and the
// receipts it lacks.
func TestPayerRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.serve(request(0), 3)
	copyPath := w.payerPath + ".copy"
	must(t, w.payerStore.Snapshot(w.ctx, copyPath))
	for i := range 3 {
		w.serve(request(i+1), 5)
	}
	s := w.start("left open")
	must(t, s.pay(200))
	s.release()
	must(t, w.payerStore.Close())
	w.payerPath = copyPath
	w.startPayer()
	w.serve("after", 1)
	payer, payee := w.audit()
	for _, got := range []sums{payer, payee} {
		wantAmount(t, "promised", got.promised, 290+3*350+200+230)
		wantAmount(t, "in receipts", got.receipts, 290+3*350+200+230)
		if got.count != 6 {
			t.Fatalf("%d receipts, want 6", got.count)
		}
	}
}

// TestPayerLostAll starts the payer with an empty store and the same keys.
func TestPayerLostAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.serve(request(0), 3)
	w.serve(request(1), 3)
	must(t, w.payerStore.Close())
	w.payerPath += ".new"
	w.startPayer()
	w.serve("after", 1)
	payer, payee := w.audit()
	wantAmount(t, "payer's receipts", payer.receipts, 2*290+230)
	wantAmount(t, "payee's receipts", payee.receipts, 2*290+230)
	if len(w.ledger.channels) != 1 {
		t.Fatalf("%d channels, want the one that was there", len(w.ledger.channels))
	}
}

// TestPayeeRestored brings the payee back from an old copy: it takes the payer's later voucher as money, and the lane is given
// up, since the receipts for it are lost on that side.
func TestPayeeRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	w.serve(request(0), 3)
	copyPath := w.payeePath + ".copy"
	must(t, w.payeeStore.Snapshot(w.ctx, copyPath))
	w.serve(request(1), 5)
	must(t, w.payeeStore.Close())
	w.payeePath = copyPath
	w.startPayee()

	lane := w.lane()
	_, _, err := w.payee.Resume(w.ctx, lane.Open("next"))
	wantError(t, err, service.ErrLaneLost)
	wantError(t, lane.Abandon(w.ctx, "the payee lost state"), service.ErrLaneLost)
	lane.Release()
	w.serve("on another lane", 1)

	lanes, err := w.payeeStore.Audit(w.ctx, service.AsPayee)
	must(t, err)
	if len(lanes) != 2 || !lanes[0].Lost || lanes[1].Lost {
		t.Fatalf("lanes: %+v", lanes)
	}
	wantAmount(t, "the lost lane's voucher", lanes[0].Cumulative, 290+350)
	payer, payee := w.audit()
	if !payer.promised.Equal(payee.promised) {
		t.Fatalf("payer promised %s, payee holds %s", payer.promised, payee.promised)
	}
	w.crashPayee() // the lane stays given up
	lane = w.lane()
	defer lane.Release()
	if lane.Open("x").Lane == 0 {
		t.Fatal("the lost lane is used again")
	}
}

// TestAdoptRefuses holds that a payee cannot talk a payer into anything that is not signed and adds up.
func TestAdoptRefuses(t *testing.T) {
	t.Parallel()
	aborted := func(w *world, s *session, change func(*receipt.Receipt)) receipt.Receipt {
		r := job(s.terms).Draft
		r.Version, r.ChainID, r.Provider, r.Payer, r.PayerKey = 1, chainID, payeeAddress, payerAddress, w.payer.Key()
		r.Channel, r.Lane, r.Prev = s.payer.Open("").Channel, s.payer.Open("").Lane, s.payer.Prev()
		r.Status, r.Metered, r.Total = receipt.Aborted, receipt.MeteredPaid, math.NewInt(200)
		r.Usage, r.FinishedMS = receipt.Usage{Prompt: 20}, r.StartedMS
		change(&r)
		must(w.t, r.Sign(w.receipts))
		return r
	}
	tests := []struct {
		name   string
		change func(*receipt.Receipt)
		resign byte
		want   error
	}{
		{name: "nothing changed", change: func(*receipt.Receipt) {}},
		{name: "another key", change: func(*receipt.Receipt) {}, resign: 9, want: service.ErrReceipt},
		{name: "another payer", change: func(r *receipt.Receipt) { r.Payer = "other" }, want: service.ErrReceipt},
		{name: "another channel", change: func(r *receipt.Receipt) { r.Channel[0]++ }, want: service.ErrReceipt},
		{name: "another head", change: func(r *receipt.Receipt) { r.Prev[0]++ }, want: receipt.ErrChain},
		{name: "more than was paid", change: func(r *receipt.Receipt) {
			r.Total, r.Usage = math.NewInt(230), receipt.Usage{Prompt: 20, Completion: 1}
		}, want: service.ErrLaneLost},
		{name: "less than was paid", change: func(r *receipt.Receipt) {
			r.Total, r.Usage = math.NewInt(190), receipt.Usage{Prompt: 19}
		}, want: service.ErrLaneLost},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, 4)
			s := w.start("left")
			must(t, s.pay(200))
			s.release()
			lane := w.lane()
			defer lane.Release()
			s.payer = lane
			r := aborted(w, s, test.change)
			if test.resign != 0 {
				must(t, r.Sign(newKey(test.resign)))
			}
			err := lane.Adopt(w.ctx, service.Resumed{Voucher: lane.Open("").Last, Missing: []receipt.Receipt{r}})
			if test.want == nil {
				must(t, err)
				return
			}
			wantError(t, err, test.want)
		})
	}
	t.Run("a voucher that we did not sign", func(t *testing.T) {
		w := newWorld(t, 5)
		lane := w.lane()
		defer lane.Release()
		open := lane.Open("")
		v := receipt.Voucher{ChainID: chainID, Channel: open.Channel, Lane: open.Lane, Nonce: 7, Cumulative: math.NewInt(7)}
		must(t, v.Sign(newKey(9)))
		wantError(t, lane.Adopt(w.ctx, service.Resumed{Voucher: &v}), receipt.ErrSignature)
		must(t, v.Sign(w.session))
		wantError(t, lane.Adopt(w.ctx, service.Resumed{Voucher: &v}), service.ErrLaneLost)
	})
	t.Run("the voucher of another lane", func(t *testing.T) {
		w := newWorld(t, 6)
		lane := w.lane()
		defer lane.Release()
		v := receipt.Voucher{ChainID: chainID, Channel: lane.Open("").Channel, Lane: 3, Nonce: 7, Cumulative: math.NewInt(7)}
		must(t, v.Sign(w.session))
		wantError(t, lane.Adopt(w.ctx, service.Resumed{Voucher: &v}), service.ErrVoucher)
	})
	t.Run("too many receipts", func(t *testing.T) {
		w := newWorld(t, 7)
		lane := w.lane()
		defer lane.Release()
		wantError(t, lane.Adopt(w.ctx, service.Resumed{Missing: make([]receipt.Receipt, 65)}), service.ErrReceipt)
	})
}

// TestTooFarBehind gives a lane up rather than hand over an unbounded list.
func TestTooFarBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 8)
	for i := range 65 {
		w.serve(request(i), 0)
	}
	must(t, w.payerStore.Close())
	w.payerPath += ".new"
	w.startPayer()
	lane := w.lane()
	defer lane.Release()
	_, _, err := w.payee.Resume(w.ctx, lane.Open("next"))
	wantError(t, err, service.ErrLaneLost)
}

// TestPayeeLostAll counts what the ledger has paid out on lanes that the payee's new store does not know.
func TestPayeeLostAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	id := w.serve(request(0), 3).Channel
	must(t, w.tower(service.WatchtowerConfig{}).Claim(w.ctx, true))
	must(t, w.payeeStore.Close())
	w.payeePath += ".new"
	w.startPayee()
	remaining, err := w.payee.Remaining(w.ctx, id)
	must(t, err)
	wantAmount(t, "remaining", remaining, 200_000-290)
}

// TestPayeeHides holds that a payer that lost its store does not sign anew what the ledger has already paid out.
func TestPayeeHides(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	w.serve(request(0), 3)
	must(t, w.tower(service.WatchtowerConfig{}).Claim(w.ctx, true))
	must(t, w.payerStore.Close())
	w.payerPath += ".new"
	w.startPayer()
	lane := w.lane()
	defer lane.Release()
	wantError(t, lane.Adopt(w.ctx, service.Resumed{}), service.ErrLaneLost)
}

// TestResumeBeyondLimit takes a voucher over more than the job may cost as money, but does not go on with the lane.
func TestResumeBeyondLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 11)
	s := &session{w: w, payer: w.lane(), terms: w.terms("job")}
	var err error
	s.payee, s.resumed, err = w.payee.Resume(w.ctx, s.payer.Open("job"))
	must(t, err)
	must(t, s.payer.Adopt(w.ctx, s.resumed))
	quoted := s.terms
	quoted.Limit = math.NewInt(300)
	must(t, s.payee.Begin(w.ctx, job(quoted)))
	must(t, s.payer.Begin(w.ctx, s.terms))
	_, err = s.payer.Voucher(w.ctx, math.NewInt(400), receipt.Usage{})
	must(t, err)
	s.release()
	lane := w.lane()
	defer lane.Release()
	_, _, err = w.payee.Resume(w.ctx, lane.Open("job"))
	wantError(t, err, service.ErrLaneLost)
	_, payee := w.audit()
	wantAmount(t, "promised", payee.promised, 400)
}
