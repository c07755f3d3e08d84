package credit_test

import (
	"context"
	"testing"
	"time"

	"cosmossdk.io/math"

	service "ayni.example/credit"
	"ayni.example/receipt"
	"ayni.example/x/credit"
)

func (w *world) tower(cfg service.WatchtowerConfig) *service.Watchtower {
	w.t.Helper()
	cfg.Payee, cfg.Ledger, cfg.Clock, cfg.Logger = w.payee, w.ledger, w.clock, silent()
	tower, err := service.NewWatchtower(cfg)
	must(w.t, err)
	return tower
}

func TestClaim(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	tower := w.tower(service.WatchtowerConfig{Threshold: math.NewInt(500)})
	must(t, tower.Claim(w.ctx, true)) // nothing yet
	first := w.serve("first", 3)
	must(t, tower.Claim(w.ctx, false))
	wantAmount(t, "balance below the threshold", w.ledger.balance(payeeAddress), 0)
	w.serve("second", 3)
	must(t, tower.Claim(w.ctx, false))
	wantAmount(t, "balance above the threshold", w.ledger.balance(payeeAddress), 580)
	third := w.serve("third", 3)
	must(t, tower.Claim(w.ctx, true))
	wantAmount(t, "balance", w.ledger.balance(payeeAddress), 870)
	claims := len(w.ledger.claims)
	must(t, tower.Claim(w.ctx, true))
	if len(w.ledger.claims) != claims {
		t.Error("claimed again what is claimed")
	}
	_, lanes, err := w.ledger.Channel(w.ctx, third.Channel)
	must(t, err)
	head, err := third.Head()
	must(t, err)
	if receipt.Digest(lanes[0].Head) != head {
		t.Error("the claim does not anchor the last receipt")
	}
	chain, err := w.payerStore.Chain(w.ctx, first.ID, head)
	must(t, err)
	at, err := first.Head()
	must(t, err)
	for _, d := range chain {
		at = receipt.Head(at, d)
	}
	if len(chain) != 2 || at != head {
		t.Errorf("a chain of %d receipts does not lead to the claim", len(chain))
	}
	if _, err := w.payerStore.Chain(w.ctx, third.ID, receipt.Digest{1}); err == nil {
		t.Error("a chain to a head that is not there")
	}
}

// TestClaimRestart holds that vouchers outlive the process, and that a claim whose answer was lost is not made twice.
func TestClaimRestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.serve("job", 3)
	w.crashPayee()
	w.ledger.set(func() { w.ledger.lose = true })
	if err := w.tower(service.WatchtowerConfig{}).Claim(w.ctx, true); err == nil {
		t.Fatal("the lost answer went unseen")
	}
	wantAmount(t, "balance", w.ledger.balance(payeeAddress), 290)
	must(t, w.tower(service.WatchtowerConfig{}).Claim(w.ctx, true))
	if len(w.ledger.claims) != 1 {
		t.Errorf("claims: %v", w.ledger.claims)
	}
}

func TestClaimBatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	w.ledger.params.VouchersMax = 3
	w.policy.Lanes = 8
	w.crashPayer()
	open := make([]*session, 0, 8)
	for i := range 8 {
		s := w.start(request(i))
		must(t, s.pay(100))
		open = append(open, s)
	}
	must(t, w.tower(service.WatchtowerConfig{}).Claim(w.ctx, true))
	wantAmount(t, "balance", w.ledger.balance(payeeAddress), 800)
	if len(w.ledger.claims) != 3 {
		t.Errorf("claims: %v, want 3 of at most 3 vouchers", w.ledger.claims)
	}
	for _, s := range open {
		s.release()
	}
}

// TestClaimOneBad holds that a channel whose claim is refused does not hold up another.
func TestClaimOneBad(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	bad := w.serve("first channel", 3).Channel
	w.session = newKey(78)
	w.crashPayer()
	w.serve("second channel", 3)
	c := w.ledger.channels[string(bad[:])]
	c.Signer = make([]byte, 32) // the ledger refuses its voucher
	w.ledger.channels[string(bad[:])] = c
	if err := w.tower(service.WatchtowerConfig{}).Claim(w.ctx, true); err == nil {
		t.Error("the refusal went unseen")
	}
	wantAmount(t, "balance", w.ledger.balance(payeeAddress), 290)
}

func TestWatchtowerRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	tower := w.tower(service.WatchtowerConfig{Look: time.Millisecond, Shutdown: time.Second})
	ctx, cancel := context.WithCancel(w.ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- tower.Run(ctx) }()

	id := w.serve("job", 3).Channel
	w.ledger.set(func() { w.ledger.down = true })
	tower.Nudge()
	tower.Nudge()
	time.Sleep(5 * time.Millisecond)
	w.ledger.set(func() { w.ledger.down = false })
	// The payer closes; the tower sees it in a block and claims within the challenge period.
	must(t, w.ledger.Submit(w.ctx, &credit.MsgCloseChannel{Sender: payerAddress, Channel: id[:]}))
	waitFor(t, func() bool { return w.ledger.balance(payeeAddress).Equal(math.NewInt(290)) })

	w.payer.Recheck(payeeAddress)
	w.serve("on the next channel", 3)
	cancel()
	must(t, <-ended)
	wantAmount(t, "balance after the last claim", w.ledger.balance(payeeAddress), 580)
}

// TestWatchtowerShutdownBounded holds that an unreachable ledger does not keep the process alive, and loses nothing.
func TestWatchtowerShutdownBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 6)
	tower := w.tower(service.WatchtowerConfig{Shutdown: 10 * time.Millisecond})
	w.serve("job", 3)
	w.ledger.set(func() { w.ledger.down = true })
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	must(t, tower.Run(ctx))
	w.ledger.set(func() { w.ledger.down = false })
	w.crashPayee()
	must(t, w.tower(service.WatchtowerConfig{}).Claim(w.ctx, true))
	wantAmount(t, "balance", w.ledger.balance(payeeAddress), 290)
}

func waitFor(tb testing.TB, ok func() bool) {
	tb.Helper()
	for range 500 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	tb.Fatal("waited in vain")
}
