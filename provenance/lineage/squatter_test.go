package lineage_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"ayni.example/client"
	"ayni.example/internal/testchain"
	"ayni.example/provenance/lineage"
	"ayni.example/tensor/starter"
	"ayni.example/x/provenance"
)

// TestSquatter: who registers a sketch of somebody's weights, and asks for a share, is no parent by likeness alone.
func TestSquatter(t *testing.T) {
	chain := testchain.New(t, testchain.Config{})
	ann, bert, kin := chain.Client(1), chain.Client(2), lineage.NewKin()
	victim, mine := record(t, book(t, 1), starter.GGUF(), base()), book(t, 1)
	manifest := provenance.Manifest{Kind: provenance.KindModel, Name: "squatted", Content: strings.Repeat("5", 64), Sketch: victim.Sketch}
	raw, err := manifest.Encode()
	if err != nil {
		t.Fatal(err)
	}
	terms := provenance.FreeTerms()
	terms.Share = provenance.ShareMax
	msg, err := client.RegisterAsset(chain.Address(2), raw, terms, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bert.Submit(t.Context(), msg); err != nil {
		t.Fatal(err)
	}
	if fresh, err := kin.Refresh(t.Context(), ann); err != nil || len(fresh) != 1 {
		t.Fatalf("%d models with sketches: %v", len(fresh), err)
	}
	r := record(t, mine, quantised(t, "Q4_0"), lineage.Made{Kind: provenance.KindModel, Name: "mine"})
	if p, err := mine.Plan(t.Context(), ann, kin, chain.Address(1), []string{r.Content}); err != nil || len(p.Msgs) != 1 || len(p.Found) != 0 {
		t.Errorf("planned %+v: %v", p, err)
	}
	// The same from its owner, whom nobody has to ask.
	if p, err := mine.Plan(t.Context(), ann, kin, chain.Address(2), []string{r.Content}); err != nil || len(p.Found) != 1 {
		t.Errorf("planned by the owner %+v: %v", p, err)
	}
}

// TestResultTaken: the tenant of a leased training claims its result from who registered it first, with the order, while that is young.
func TestResultTaken(t *testing.T) {
	chain := testchain.New(t, testchain.Config{})
	ann, bert, mine := chain.Client(1), chain.Client(2), book(t, 1)
	order := bytes.Repeat([]byte{7}, 16)
	trained := func(raw []byte, ago time.Duration) lineage.Record {
		return record(t, mine, raw, lineage.Made{
			Kind: provenance.KindModel, Name: "mine", Order: hex.EncodeToString(order), Job: lineage.Job{Kind: "train", Finished: time.Unix(1_800_000_000, 0).Add(-ago)},
		})
	}
	young, old := trained(starter.GGUF(), time.Minute), trained(quantised(t, "Q4_0"), 2*time.Hour)
	for _, r := range []lineage.Record{young, old} {
		raw, err := provenance.Manifest{Kind: provenance.KindModel, Name: "taken", Content: r.Content}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		msg, err := client.RegisterAsset(chain.Address(2), raw, provenance.FreeTerms(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bert.Submit(t.Context(), msg); err != nil {
			t.Fatal(err)
		}
	}
	p, err := mine.Plan(t.Context(), ann, nil, chain.Address(1), []string{young.Content, old.Content})
	if err != nil || len(p.Msgs) != 1 || len(p.Done) != 1 || p.Done[0] != old.Content {
		t.Fatalf("planned %+v: %v", p, err)
	}
	if m, ok := p.Msgs[0].(*provenance.MsgRegister); !ok || !bytes.Equal(m.Order, order) {
		t.Errorf("planned %v", p.Msgs[0])
	}
}
