package provider_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/client"
	"ayni.example/internal/testchain"
	service "ayni.example/provider"
	"ayni.example/x/inference"
	"ayni.example/x/provenance"
	"ayni.example/x/provider"
)

// counted is a client that counts transactions.
type counted struct {
	*client.Client
	sent int
}

func (c *counted) Submit(ctx context.Context, msgs ...sdk.Msg) error {
	c.sent++
	_, err := c.Client.Submit(ctx, msgs...)
	return err
}

func wanted(price int64) service.Wanted {
	digest := bytes.Repeat([]byte{7}, 32)
	return service.Wanted{
		Profile: provider.Profile{
			Name: "test", ReceiptKey: bytes.Repeat([]byte{1}, 32), PeerID: "12D3KooWGRYZDHBembyGJQqQ6WgLqJWYNjnECJwGBnCg8vbCeo8F",
			Endpoints: []string{"/ip4/127.0.0.1/tcp/4001"}, Capabilities: []string{"inference"},
		},
		Offers: []service.Item{{
			Model: inference.Model{Digest: digest, Name: "m", Family: "llama", Format: "gguf", Quantisation: "q8_0", License: "mit", Context: 256, SizeBytes: 1, Parameters: 1},
			Offer: inference.Offer{
				Model: digest, Name: "m", PriceInput: math.NewInt(price), PriceOutput: math.NewInt(price), Context: 256,
				Capabilities: []string{"completion"}, Assurances: []string{"signed"}, Engine: "test",
			},
		}},
	}
}

func TestReconcile(t *testing.T) {
	c := testchain.New(t, testchain.Config{})
	ledger := &counted{Client: c.Client(1)}
	want := wanted(5)
	r, err := service.New(service.Config{
		Address: ledger.Address(), Ledger: ledger, Format: math.Int.String, Logger: slog.New(slog.DiscardHandler),
		Wanted: func(context.Context) (service.Wanted, error) { return want, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	step := func(name string, sent int) {
		t.Helper()
		ledger.sent = 0
		if err := r.Reconcile(t.Context()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if ledger.sent != sent {
			t.Errorf("%s: %d transactions, want %d", name, ledger.sent, sent)
		}
	}
	step("first", 2)
	step("again", 0)
	want = wanted(6)
	step("price", 1)
	want.Profile.Endpoints = nil
	step("endpoint", 1)
	want.Offers = nil
	step("no offer", 1)
	offers, err := ledger.Offers(t.Context(), client.OfferFilter{Provider: ledger.Address()})
	if err != nil || len(offers) != 0 {
		t.Errorf("offers %v, %v", offers, err)
	}
	if err := ledger.Submit(t.Context(), &provider.MsgSuspend{Sender: ledger.Address(), Address: ledger.Address(), Reason: "repair"}); err != nil {
		t.Fatal(err)
	}
	if err := r.Reconcile(t.Context()); err == nil || !strings.Contains(r.State(), "repair") {
		t.Errorf("suspended: %v, %s", err, r.State())
	}
}

func TestReconcileWithoutMoney(t *testing.T) {
	c := testchain.New(t, testchain.Config{Balance: math.NewInt(1)})
	ledger := &counted{Client: c.Client(1)}
	r, err := service.New(service.Config{
		Address: ledger.Address(), Ledger: ledger, Format: math.Int.String, Logger: slog.New(slog.DiscardHandler),
		Wanted: func(context.Context) (service.Wanted, error) { return wanted(5), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Reconcile(t.Context()); err == nil || !strings.Contains(r.State(), "ask an issuer") {
		t.Errorf("%v, %s", err, r.State())
	}
}

// TestRefusedOfferHoldsUpNoOther: of two offers one is against the terms of its model's owner. The other stands.
func TestRefusedOfferHoldsUpNoOther(t *testing.T) {
	c := testchain.New(t, testchain.Config{})
	owner := c.Client(2)
	digest := bytes.Repeat([]byte{8}, 32)
	m := provenance.Manifest{Kind: provenance.KindModel, Name: "for research", Content: hex.EncodeToString(digest)}
	manifest, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	terms := provenance.FreeTerms()
	terms.Commercial = false
	msg, err := client.RegisterAsset(owner.Address(), manifest, terms, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := owner.Submit(t.Context(), msg); err != nil {
		t.Fatal(err)
	}
	want := wanted(5)
	barred := want.Offers[0]
	barred.Model.Digest, barred.Offer.Model = digest, digest
	want.Offers = append([]service.Item{barred}, want.Offers...)
	ledger := &counted{Client: c.Client(1)}
	r, err := service.New(service.Config{
		Address: ledger.Address(), Ledger: ledger, Format: math.Int.String, Logger: slog.New(slog.DiscardHandler),
		Wanted: func(context.Context) (service.Wanted, error) { return want, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Reconcile(t.Context()); !errors.Is(err, client.ErrRejected) || !strings.Contains(r.State(), "commercial") {
		t.Errorf("%v, %s", err, r.State())
	}
	offers, err := ledger.Offers(t.Context(), client.OfferFilter{Provider: ledger.Address()})
	if err != nil || len(offers) != 1 || bytes.Equal(offers[0].Model, digest) {
		t.Errorf("offers %v, %v", offers, err)
	}
}
