package credit_test

import (
	"context"
	"testing"

	"cosmossdk.io/math"

	service "ayni.example/credit"
	"ayni.example/receipt"
)

func TestJobs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	total := int64(0)
	prev := receipt.Digest{}
	for i := range 5 {
		r := w.serve(request(i), uint64(i*7))
		total += 20*inputPrice + int64(i*7)*outputPrice
		if r.Prev != prev {
			t.Fatal("the receipts are not a chain")
		}
		var err error
		prev, err = r.Head()
		must(t, err)
	}
	payer, payee := w.audit()
	for _, s := range []sums{payer, payee} {
		wantAmount(t, "sum of receipts", s.receipts, total)
		wantAmount(t, "promised", s.promised, total)
	}
	stored, err := w.payerStore.Receipts(w.ctx, service.AsPayer, 0, 10)
	must(t, err)
	if len(stored) != 5 || stored[0].Salt == nil {
		t.Fatalf("%d receipts are stored, or without their opening", len(stored))
	}
	wantAmount(t, "vouchers that called the watchtower", math.NewInt(int64(w.nudged)), 15)
}

// TestPayerVanishes leaves a job at each point; what was paid becomes an aborted receipt when the payer comes back.
func TestPayerVanishes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		leave    func(*session)
		receipts uint64
		total    int64
	}{
		{"before paying", func(*session) {}, 0, 0},
		{"voucher stored, not sent", func(s *session) {
			_, err := s.payer.Voucher(s.w.ctx, s.payer.Base().AddRaw(200), s.usage)
			must(s.w.t, err)
		}, 1, 200},
		{"after the prompt", func(s *session) { must(s.w.t, s.pay(200)) }, 1, 200},
		{"in the middle", func(s *session) {
			must(s.w.t, s.pay(200))
			s.usage = receipt.Usage{Prompt: 20, Completion: 10}
			must(s.w.t, s.pay(470)) // 9 tokens, by the payer's choice
		}, 1, 470},
		{"odd amount", func(s *session) { must(s.w.t, s.pay(217)) }, 1, 217},
		{"receipt not received", func(s *session) {
			must(s.w.t, s.pay(200))
			s.usage = receipt.Usage{Prompt: 20, Completion: 10}
			_, err := s.payee.Complete(s.w.ctx, done(s.terms, s.usage))
			must(s.w.t, err)
		}, 1, 200},
		{"final voucher not received", func(s *session) {
			must(s.w.t, s.pay(200))
			s.usage = receipt.Usage{Prompt: 20, Completion: 10}
			r, err := s.payee.Complete(s.w.ctx, done(s.terms, s.usage))
			must(s.w.t, err)
			_, err = s.payer.Complete(s.w.ctx, r)
			must(s.w.t, err)
		}, 1, 500},
		{"settled, not told", func(s *session) {
			must(s.w.t, s.pay(200))
			s.usage = receipt.Usage{Prompt: 20, Completion: 10}
			_, err := s.finish()
			must(s.w.t, err)
		}, 1, 500},
	}
	for _, test := range tests {
		for _, who := range []string{"nobody", "payer", "payee", "both"} {
			t.Run(test.name+", crash of "+who, func(t *testing.T) {
				w := newWorld(t, 2)
				s := w.start("first")
				test.leave(s)
				s.release()
				if who == "payer" || who == "both" {
					w.crashPayer()
				}
				if who == "payee" || who == "both" {
					w.crashPayee()
				}
				w.serve("second", 3)
				payer, payee := w.audit()
				for _, got := range []sums{payer, payee} {
					wantAmount(t, "promised", got.promised, test.total+290)
					wantAmount(t, "in receipts", got.receipts, test.total+290)
					if got.count != test.receipts+1 {
						t.Fatalf("%d receipts, want %d", got.count, test.receipts+1)
					}
				}
			})
		}
	}
}

// TestContinue takes the same request up again: what was paid for it counts.
func TestContinue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	s := w.start("same")
	must(t, s.pay(200))
	s.release()
	w.crashPayee()
	w.crashPayer()
	s = w.start("same")
	defer s.release()
	if !s.resumed.Continued || len(s.resumed.Missing) != 0 {
		t.Fatalf("not continued: %+v", s.resumed)
	}
	wantAmount(t, "paid", s.payee.Paid(), 200)
	s.usage = receipt.Usage{Prompt: 20, Completion: 4}
	r, err := s.finish()
	must(t, err)
	wantAmount(t, "total", r.Total, 320)
	_, payee := w.audit()
	wantAmount(t, "promised", payee.promised, 320)
}

// TestPendingReceipt shows a finished but unpaid receipt again to the payer that repeats its request.
func TestPendingReceipt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	s := w.start("same")
	must(t, s.pay(200))
	s.usage = receipt.Usage{Prompt: 20, Completion: 10}
	r, err := s.payee.Complete(w.ctx, done(s.terms, s.usage))
	must(t, err)
	s.release()
	w.crashPayee()
	lane := w.lane()
	defer lane.Release()
	held, resumed, err := w.payee.Resume(w.ctx, lane.Open("same"))
	must(t, err)
	defer held.Release()
	if held.Pending() == nil || held.Pending().ID != r.ID {
		t.Fatal("the finished receipt is gone")
	}
	must(t, lane.Adopt(w.ctx, resumed))
	must(t, lane.Begin(w.ctx, s.terms))
	final, err := lane.Complete(w.ctx, *held.Pending())
	must(t, err)
	must(t, held.Settle(w.ctx, final))
	must(t, held.Settle(w.ctx, final)) // the answer to it may get lost
	_, payee := w.audit()
	wantAmount(t, "in receipts", payee.receipts, 500)
}

func TestOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 7)
	lane := w.lane()
	defer lane.Release()
	wantError(t, lane.Begin(w.ctx, w.terms("early")), service.ErrJobOpen)
	_, err := lane.Voucher(w.ctx, math.NewInt(1), receipt.Usage{})
	wantError(t, err, service.ErrNoJob)
	held, resumed, err := w.payee.Resume(w.ctx, lane.Open("job"))
	must(t, err)
	_, _, err = w.payee.Resume(w.ctx, lane.Open("job"))
	wantError(t, err, service.ErrLaneBusy)
	_, err = held.Accept(w.ctx, receipt.Voucher{})
	wantError(t, err, service.ErrNoJob)
	_, err = held.Complete(w.ctx, service.Done{})
	wantError(t, err, service.ErrNoJob)
	wantError(t, held.Settle(w.ctx, receipt.Voucher{}), service.ErrNoJob)
	must(t, lane.Adopt(w.ctx, resumed))
	over := w.terms("dear")
	over.Limit = math.NewInt(jobLimit + 1)
	wantError(t, lane.Begin(w.ctx, over), service.ErrBudget)
	held.Release()
	held.Release()
	again, _, err := w.payee.Resume(w.ctx, lane.Open("job"))
	must(t, err)
	again.Release()
}

// TestOpaquePrepaid holds that a provider cannot keep money for tokens that the answer did not have.
func TestOpaquePrepaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 8)
	s := w.start("job")
	defer s.release()
	must(t, s.pay(500))
	_, err := s.payee.Complete(w.ctx, done(s.terms, receipt.Usage{Prompt: 3}))
	wantError(t, err, service.ErrOverpaid)
}

// TestCallerThatGaveUp pays with a context that has ended: the promise is stored all the same, and both lanes go on.
func TestCallerThatGaveUp(t *testing.T) {
	w := newWorld(t, 7)
	s := w.start(request(0))
	defer s.release()
	ended, cancel := context.WithCancel(w.ctx)
	cancel()
	v, err := s.payer.Voucher(ended, s.payer.Base().AddRaw(20*inputPrice), s.usage)
	must(t, err)
	_, err = s.payee.Accept(ended, v)
	must(t, err)
	s.usage = receipt.Usage{Prompt: 20, Completion: 10}
	must(t, s.pay(20*inputPrice+5*outputPrice))
	_, err = s.finish()
	must(t, err)
}
