package remote_test

import (
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/credit"
	"ayni.example/inference/serve/servetest"
	"ayni.example/internal/testchain"
)

// TestPaidOnALedger pays over a real ledger: channel, answers, claim; what the claim moved is the sum of the receipts.
func TestPaidOnALedger(t *testing.T) {
	chain := testchain.New(t, testchain.Config{})
	w := newWorld(t, func(w *world) {
		w.chainID, w.payerAt, w.provAt = testchain.ChainID, chain.Address(1), chain.Address(2)
		w.ledger, w.sells = credit.OnLedger(chain.Client(1)), credit.OnLedger(chain.Client(2))
	})
	sum := math.ZeroInt()
	for _, tokens := range []int{3, 50, 120} {
		r := w.ask(t.Context(), w.job(tokens))
		if r.err != nil {
			t.Fatal(r.err)
		}
		if r.text != servetest.Text(tokens) {
			t.Fatalf("got %q", r.text)
		}
		sum = sum.Add(r.out.Receipt.Total)
	}
	w.books(3)
	tower, err := credit.NewWatchtower(credit.WatchtowerConfig{
		Payee: w.payee, Ledger: w.sells, Clock: time.Now, Logger: quiet(), Threshold: math.OneInt(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := tower.Claim(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	channels, err := chain.Client(0).Channels(t.Context(), w.payerAt, "")
	if err != nil || len(channels) != 1 {
		t.Fatalf("%d channels, %v", len(channels), err)
	}
	if !channels[0].Claimed.Equal(sum) {
		t.Fatalf("claimed %s, the receipts say %s", channels[0].Claimed, sum)
	}
}
