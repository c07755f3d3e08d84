package keeper_test

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/inference"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provenance"
)

// own registers a model as an asset.
func (f *fixture) own(tb testing.TB, owner sdk.AccAddress, m inference.Model, terms provenance.Terms) []byte {
	tb.Helper()
	manifest, err := provenance.Manifest{Kind: provenance.KindModel, Name: "poems", Content: hex.EncodeToString(m.Digest)}.Encode()
	ledgertest.Must(tb, err)
	res, err := f.Send(&provenance.MsgRegister{Sender: ledgertest.Text(owner), Manifest: manifest, Terms: terms})
	ledgertest.Must(tb, err)
	return res.MsgResponses[0].GetCachedValue().(*provenance.MsgRegisterResponse).Asset
}

func (f *fixture) offer(o inference.Offer) error {
	_, err := f.Send(&inference.MsgSetOffer{Provider: ledgertest.Text(f.alice), Offer: o})
	return err
}

// TestOfferAgainstTerms: an asset that may not be used for money is not offered for money; the refusal names the term and the asset.
func TestOfferAgainstTerms(t *testing.T) {
	f := newFixture(t)
	terms := provenance.FreeTerms()
	terms.Commercial = false
	asset := f.own(t, f.bob, f.open, terms)
	priced, free := offer(f.open), offer(f.open)
	free.PriceInput, free.PriceOutput = math.ZeroInt(), math.ZeroInt()
	for name, change := range map[string]func(*inference.Offer){
		"priced":                  func(*inference.Offer) {},
		"priced by input alone":   func(o *inference.Offer) { o.PriceOutput = math.ZeroInt() },
		"priced by answers alone": func(o *inference.Offer) { o.PriceInput = math.ZeroInt() },
	} {
		o := priced
		change(&o)
		err := f.offer(o)
		if !errors.Is(err, provenance.ErrTerms) || !strings.Contains(err.Error(), "commercial") || !strings.Contains(err.Error(), hex.EncodeToString(asset)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ledgertest.Must(t, f.offer(free))
	ledgertest.Must(t, f.offer(offer(f.opaque))) // no asset, no terms
	_, err := f.Send(&provenance.MsgBan{Authority: ledgertest.Text(ledgertest.Account("authority")), Asset: asset})
	ledgertest.Must(t, err)
	if err := f.offer(free); !errors.Is(err, provenance.ErrBanned) {
		t.Errorf("a banned asset: %v", err)
	}
	f.Inference.SetTerms(nil) // before the release that has terms
	ledgertest.Must(t, f.offer(priced))
}
