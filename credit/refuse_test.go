package credit_test

import (
	"testing"

	"cosmossdk.io/math"

	service "ayni.example/credit"
	"ayni.example/receipt"
	"ayni.example/x/credit"
)

func TestAcceptRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	s := w.start("job")
	defer s.release()
	must(t, s.pay(200))
	good := func() receipt.Voucher {
		v := receipt.Voucher{
			ChainID: chainID, Channel: s.payer.Open("").Channel, Lane: s.payer.Open("").Lane, Nonce: 2,
			Cumulative: math.NewInt(300), Quote: s.terms.Quote, Head: s.payee.Prev(), Model: w.model,
		}
		must(t, v.Sign(w.session))
		return v
	}
	tests := []struct {
		name   string
		change func(*receipt.Voucher)
		want   error
	}{
		{"another ledger", func(v *receipt.Voucher) { v.ChainID = "ayni_8-1" }, receipt.ErrNetwork},
		{"another channel", func(v *receipt.Voucher) { v.Channel[0]++ }, service.ErrVoucher},
		{"another lane", func(v *receipt.Voucher) { v.Lane++ }, service.ErrVoucher},
		{"another quote", func(v *receipt.Voucher) { v.Quote[0]++ }, service.ErrVoucher},
		{"another head", func(v *receipt.Voucher) { v.Head[0]++ }, service.ErrVoucher},
		{"another model", func(v *receipt.Voucher) { v.Model[0]++ }, service.ErrVoucher},
		{"the first format", func(v *receipt.Voucher) { v.Model = receipt.Digest{} }, service.ErrVoucher},
		{"no nonce", func(v *receipt.Voucher) { v.Nonce = 0 }, service.ErrVoucher},
		{"nonce at the end", func(v *receipt.Voucher) { v.Nonce = 1 << 63 }, service.ErrVoucher},
		{"the same nonce", func(v *receipt.Voucher) { v.Nonce = 1 }, service.ErrStale},
		{"less money", func(v *receipt.Voucher) { v.Cumulative = math.NewInt(199) }, service.ErrStale},
		{"more than the job costs", func(v *receipt.Voucher) { v.Cumulative = math.NewInt(jobLimit + 1) }, service.ErrOverpaid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := good()
			test.change(&v)
			must(t, v.Sign(w.session))
			_, err := s.payee.Accept(w.ctx, v)
			wantError(t, err, test.want)
		})
	}
	t.Run("another key", func(t *testing.T) {
		v := good()
		must(t, v.Sign(newKey(9)))
		_, err := s.payee.Accept(w.ctx, v)
		wantError(t, err, receipt.ErrSignature)
	})
	t.Run("unchanged", func(t *testing.T) {
		for range 2 { // once more is no error
			paid, err := s.payee.Accept(w.ctx, good())
			must(t, err)
			wantAmount(t, "paid", paid, 300)
		}
	})
}

func TestPayerRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 6)
	s := w.start("job")
	defer s.release()
	voucher := func(amount int64, seen receipt.Usage) error {
		_, err := s.payer.Voucher(w.ctx, math.NewInt(amount), seen)
		return err
	}
	wantError(t, voucher(slice+1, receipt.Usage{}), service.ErrBudget)
	must(t, s.pay(200))
	wantError(t, voucher(199, receipt.Usage{}), service.ErrStale)
	wantError(t, voucher(jobLimit+1, receipt.Usage{Prompt: 1e9}), service.ErrBudget)
	s.usage = receipt.Usage{Prompt: 20, Completion: 10}
	good, err := s.payee.Complete(w.ctx, done(s.terms, s.usage))
	must(t, err)
	tests := []struct {
		name   string
		change func(*receipt.Receipt)
		want   error
	}{
		{"id", func(r *receipt.Receipt) { r.ID = w.terms("x").Receipt }, service.ErrReceipt},
		{"request id", func(r *receipt.Receipt) { r.RequestID = "other" }, service.ErrReceipt},
		{"quote", func(r *receipt.Receipt) { r.Quote[0]++ }, service.ErrReceipt},
		{"salt", func(r *receipt.Receipt) { r.SaltDigest[0]++ }, service.ErrReceipt},
		{"request", func(r *receipt.Receipt) { r.Request[0]++ }, service.ErrReceipt},
		{"model", func(r *receipt.Receipt) { r.Model = "smaller" }, service.ErrReceipt},
		{"model digest", func(r *receipt.Receipt) { r.ModelDigest = "ab" }, service.ErrReceipt},
		{"channel", func(r *receipt.Receipt) { r.Channel[0]++ }, service.ErrReceipt},
		{"lane", func(r *receipt.Receipt) { r.Lane++ }, service.ErrReceipt},
		{"ledger", func(r *receipt.Receipt) { r.ChainID = "ayni_8-1" }, service.ErrReceipt},
		{"payer", func(r *receipt.Receipt) { r.Payer = "other" }, service.ErrReceipt},
		{"payer key", func(r *receipt.Receipt) { r.PayerKey[0]++ }, service.ErrReceipt},
		{"provider", func(r *receipt.Receipt) { r.Provider = "other" }, service.ErrReceipt},
		{"head", func(r *receipt.Receipt) { r.Prev[0]++ }, receipt.ErrChain},
		{"price", func(r *receipt.Receipt) {
			r.Price.Output, r.Total = math.NewInt(31), math.NewInt(510)
		}, service.ErrReceipt},
		{"beyond the limit", func(r *receipt.Receipt) {
			r.Usage.Completion = jobLimit
			r.Total = math.NewInt(200 + outputPrice*jobLimit)
		}, service.ErrReceipt},
		{"below what was paid", func(r *receipt.Receipt) {
			r.Usage, r.Total = receipt.Usage{Prompt: 1}, math.NewInt(10)
		}, service.ErrOverpaid},
		{"aborted", func(r *receipt.Receipt) {
			r.Status, r.Metered, r.Usage, r.Total = receipt.Aborted, receipt.MeteredPaid, receipt.Usage{Prompt: 20}, math.NewInt(200)
		}, service.ErrReceipt},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bad := good
			test.change(&bad)
			must(t, bad.Sign(w.receipts))
			_, err := s.payer.Complete(w.ctx, bad)
			wantError(t, err, test.want)
		})
	}
	t.Run("another key", func(t *testing.T) {
		bad := good
		must(t, bad.Sign(newKey(9)))
		_, err := s.payer.Complete(w.ctx, bad)
		wantError(t, err, service.ErrReceipt)
	})
	final, err := s.payer.Complete(w.ctx, good)
	must(t, err)
	for name, change := range map[string]func(*receipt.Voucher){
		"head":   func(v *receipt.Voucher) { v.Head[0]++ },
		"quote":  func(v *receipt.Voucher) { v.Quote[0]++ },
		"amount": func(v *receipt.Voucher) { v.Cumulative = v.Cumulative.AddRaw(1) },
	} {
		bad := final
		change(&bad)
		must(t, bad.Sign(w.session))
		if err := s.payee.Settle(w.ctx, bad); err == nil {
			t.Errorf("a final voucher with another %s is accepted", name)
		}
	}
	must(t, s.payee.Settle(w.ctx, final))
}

func TestChannelRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*credit.Channel)
		open   func(*service.Open)
		want   error
	}{
		{"closing", func(c *credit.Channel) { c.State = credit.ChannelClosing }, nil, service.ErrChannel},
		{"closed", func(c *credit.Channel) { c.State = credit.ChannelClosed }, nil, service.ErrChannel},
		{"pays another", func(c *credit.Channel) { c.Payee = "ayni1other" }, nil, service.ErrChannel},
		{"short challenge", func(c *credit.Channel) { c.ChallengeSeconds = 59 }, nil, service.ErrChannel},
		{"another payer", nil, func(o *service.Open) { o.Payer = "ayni1other" }, service.ErrChannel},
		{"another key", nil, func(o *service.Open) { o.Key[0]++ }, service.ErrChannel},
		{"lane out of range", nil, func(o *service.Open) { o.Lane = 64 }, service.ErrChannel},
		{"unknown", nil, func(o *service.Open) { o.Channel[0]++ }, service.ErrChannel},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, 9)
			lane := w.lane()
			defer lane.Release()
			open := lane.Open("job")
			if test.change != nil {
				c := w.ledger.channels[string(open.Channel[:])]
				test.change(&c)
				w.ledger.channels[string(open.Channel[:])] = c
			}
			if test.open != nil {
				test.open(&open)
			}
			_, _, err := w.payee.Resume(w.ctx, open)
			wantError(t, err, test.want)
		})
	}
}
