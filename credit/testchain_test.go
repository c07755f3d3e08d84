package credit_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"cosmossdk.io/math"

	service "ayni.example/credit"
	"ayni.example/internal/clock"
	"ayni.example/internal/testchain"
	"ayni.example/receipt"
	xcredit "ayni.example/x/credit"
)

// TestOnLedger runs the whole money path on a real ledger: open, pay, top up, claim, close, claim in the challenge period.
func TestOnLedger(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a ledger")
	}
	params := xcredit.DefaultParams()
	params.ChallengeBlocksMin, params.ChallengeSecondsMin = 1, 1
	chain := testchain.New(t, testchain.Config{Credit: &params})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	payerLedger, payeeLedger := service.OnLedger(chain.Client(1)), service.OnLedger(chain.Client(2))
	store, err := service.OpenStore(ctx, filepath.Join(t.TempDir(), "ayni.db"))
	must(t, err)
	defer func() { must(t, store.Close()) }()
	unit := math.NewIntWithDecimal(1, 15)
	payer, err := service.NewPayer(service.PayerConfig{
		Store: store, Ledger: payerLedger, ChainID: testchain.ChainID, Address: chain.Address(1), Session: newKey(1),
		Policy: service.Policy{Deposit: unit.MulRaw(1000), DepositMax: unit.MulRaw(100_000), Lanes: 4, ChallengeSeconds: 60},
		Clock:  clock.System, Logger: silent(),
	})
	must(t, err)
	payee, err := service.NewPayee(service.PayeeConfig{
		Store: store, Ledger: payeeLedger, ChainID: testchain.ChainID, Address: chain.Address(2), Receipt: newKey(2),
		Clock: clock.System, Logger: silent(),
	})
	must(t, err)
	tower, err := service.NewWatchtower(service.WatchtowerConfig{
		Payee: payee, Ledger: payeeLedger, Clock: clock.System, Logger: silent(), Look: 10 * time.Millisecond,
	})
	must(t, err)
	w := &world{t: t, ctx: ctx, random: newRandom(7), payer: payer, payee: payee, receipts: newKey(2), session: newKey(1), model: receipt.Digest{0xaa}}

	before, err := chain.Client(2).Balance(ctx, chain.Address(2))
	must(t, err)
	first := onLedgerJob(w, chain, unit, "first")
	must(t, tower.Claim(ctx, true))
	on, lanes, err := payeeLedger.Channel(ctx, first.Channel)
	must(t, err)
	head, err := first.Head()
	must(t, err)
	if !on.Claimed.Equal(first.Total) || receipt.Digest(lanes[0].Head) != head {
		t.Fatalf("claimed %s of %s, or the head is not on the ledger", on.Claimed, first.Total)
	}

	runCtx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- tower.Run(runCtx) }()
	second := onLedgerJob(w, chain, unit, "second")
	closing, err := payer.Close(ctx)
	must(t, err)
	if closing != 1 {
		t.Fatalf("%d channels closing", closing)
	}
	waitFor(t, func() bool {
		on, _, err := payeeLedger.Channel(ctx, first.Channel)
		return err == nil && on.Claimed.Equal(first.Total.Add(second.Total))
	})
	stop()
	must(t, <-ended)

	after, err := chain.Client(2).Balance(ctx, chain.Address(2))
	must(t, err)
	earned, fees := first.Total.Add(second.Total), first.Total.Add(second.Total).Sub(after.Sub(before))
	t.Logf("earned %s, paid %s in fees for two claims", earned, fees)
	if fees.IsNegative() || fees.GT(unit.MulRaw(100)) {
		t.Fatalf("balance grew by %s, receipts are %s", after.Sub(before), earned)
	}
	if s := auditStore(t, store, service.AsPayee); !s.claimed.Equal(s.receipts) {
		t.Fatalf("claimed %s of %s", s.claimed, s.receipts)
	}
}

// onLedgerJob is a job with prices that are worth a claim.
func onLedgerJob(w *world, chain *testchain.Chain, unit math.Int, request string) receipt.Receipt {
	w.t.Helper()
	lane, err := w.payer.Lane(w.ctx, w.wantAt(chain.Address(2), unit.MulRaw(2000)))
	must(w.t, err)
	s := &session{w: w, payer: lane, terms: w.terms(request)}
	defer func() { s.release() }()
	s.terms.Price = receipt.Price{Input: unit, Output: unit.MulRaw(3)}
	s.terms.Slice, s.terms.Limit = unit.MulRaw(50), unit.MulRaw(2000)
	must(w.t, s.begin())
	s.usage = receipt.Usage{Prompt: 20, Completion: 500}
	r, err := s.finish()
	must(w.t, err)
	return r
}
