package verdict_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"cosmossdk.io/math"

	"ayni.example/client/verdict"
	"ayni.example/receipt"
	"ayni.example/x/credit"
	"ayni.example/x/inference"
)

// TestCapture sells seven answers. What was claimed is proved once for all of them, and the terms of the sale before they change.
func TestCapture(t *testing.T) {
	s := newSale(t)
	store := newShelf()
	sell := func(n int) {
		for range n {
			i := len(store.lane)
			s.receipt.ID = receipt.ID("r-" + strings.Repeat(string(rune('a'+i)), 25) + "a")
			s.receipt.RequestID = fmt.Sprint(i)
			if i > 0 {
				head, err := store.lane[i-1].Head()
				if err != nil {
					t.Fatal(err)
				}
				s.receipt.Prev = head
			}
			if err := s.receipt.Sign(s.key); err != nil {
				t.Fatal(err)
			}
			store.lane = append(store.lane, s.receipt)
		}
	}
	notary := s.notary(store)
	capture := verdict.NewCapture(notary, slog.New(slog.DiscardHandler))
	round := func() {
		t.Helper()
		if err := capture.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	settle := func(nonce uint64, total int64) {
		s.claim(nonce, math.NewInt(total))
		s.submit(0, &credit.MsgIssue{Issuer: s.chain.Address(0), Recipient: s.chain.Address(1), Amount: math.NewInt(1)}) // the next block commits to it
	}
	round() // nothing sold, nothing to do
	sell(3)
	round()
	if store.saved != 1 {
		t.Errorf("%d proofs of three answers on the same terms, none of them claimed", store.saved)
	}
	settle(1, 33)
	sell(3)
	round()
	if store.saved != 2 {
		t.Errorf("%d proofs, want one of the terms and one of the claim", store.saved)
	}
	offer := inference.Offer{
		Model: s.model, Name: "tiny", PriceInput: math.NewInt(20), PriceOutput: math.NewInt(30), Engine: "exact", Context: 512,
		Capabilities: []string{"completion"}, Assurances: []string{"signed"},
	}
	s.submit(2, &inference.MsgSetOffer{Provider: s.receipt.Provider, Offer: offer})
	settle(2, 66)
	sell(1) // at a price that is not offered any more: its terms are never proved
	round()
	for i, r := range store.lane {
		file, err := notary.Gather(t.Context(), receipt.File{Receipt: r})
		if err != nil {
			t.Fatal(err)
		}
		if i >= 6 {
			if file.Proofs == nil || len(file.Proofs.Settled) > 0 {
				t.Errorf("answer %d is proved to be settled", i)
			}
			continue
		}
		got, err := verdict.Verify(file, receipt.Held{}, &s.trust)
		if err != nil || len(got.Findings) != 3 {
			t.Errorf("answer %d: %+v, %v", i, got, err)
		}
	}
	if store.saved != 3 {
		t.Errorf("%d proofs, want one of the terms and one of each claim", store.saved)
	}
}
