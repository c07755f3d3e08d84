package machine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/client"
	"ayni.example/x/compute"
	"ayni.example/x/inference"
	"ayni.example/x/provenance"
)

// fixedAssets are a ledger's word of assets, by content.
type fixedAssets struct {
	list    map[string]provenance.Asset
	serving uint32
	asked   int
}

func (f *fixedAssets) AssetByContent(_ context.Context, content []byte) (provenance.Asset, error) {
	f.asked++
	if a, ok := f.list[string(content)]; ok {
		return a, nil
	}
	return provenance.Asset{}, client.ErrNotFound
}

func (f *fixedAssets) Asset(context.Context, []byte) (provenance.Asset, error) {
	return provenance.Asset{}, client.ErrNotFound
}

func (f *fixedAssets) Vector(context.Context, []byte) (provenance.Vector, uint32, error) {
	return provenance.Vector{}, f.serving, nil
}

func pricedAsset(owner string, price int64) provenance.Asset {
	terms := provenance.FreeTerms()
	terms.Price = math.NewIntWithDecimal(price, 18)
	return provenance.Asset{ID: []byte(owner), Owner: owner, Name: owner, Terms: terms}
}

// TestUseMax: what data asks for a training is told with the flag that agrees to it, before anything is sent; one's own costs nothing, and
// what stands twice is paid once.
func TestUseMax(t *testing.T) {
	barred := pricedAsset("poet", 0)
	barred.Terms.Derivatives = false
	ledger := &fixedAssets{list: map[string]provenance.Asset{
		"ann": pricedAsset("ann", 2), "bert": pricedAsset("bert", 3), "mine": pricedAsset("me", 50), "barred": barred,
	}}
	m := &Machine{owed: newOwed(ledger, time.Now), address: "me"}
	for _, c := range []struct {
		name, most, says string
		data             []string
		sum              int64
	}{
		{"nothing asked", "", "", []string{"unknown", "mine"}, 0},
		{"not agreed to", "", "--use-max 2", []string{"ann"}, 0},
		{"less than both", "4.5", "--use-max 5", []string{"ann", "bert"}, 0},
		{"both", "5", "", []string{"ann", "bert", "ann", "mine"}, 5},
		{"against terms", "5", "derivatives", []string{"barred"}, 0},
		{"no number", "much", "much", []string{"ann"}, 0},
	} {
		training := &compute.Training{}
		for _, d := range c.data {
			training.Data = append(training.Data, []byte(d))
		}
		sum, err := m.agreeUses(t.Context(), training, c.most)
		if c.says == "" {
			if err != nil || !sum.Equal(math.NewIntWithDecimal(c.sum, 18)) {
				t.Errorf("%s: %s, %v", c.name, sum, err)
			}
			continue
		}
		text := ""
		if hinted := (interface{ Hint() string })(nil); errors.As(err, &hinted) {
			text = hinted.Hint()
		}
		if err == nil || !strings.Contains(err.Error()+text, c.says) {
			t.Errorf("%s: %v (%s)", c.name, err, text)
		}
	}
}

// TestUpstreamOfOffers: the share beside a price is the ledger's, asked once a minute; what is no asset has none.
func TestUpstreamOfOffers(t *testing.T) {
	ledger := &fixedAssets{list: map[string]provenance.Asset{"ann": pricedAsset("ann", 0)}, serving: 325_000}
	now := time.Unix(1_000, 0)
	o := newOwed(ledger, func() time.Time { return now })
	for range 3 {
		if a, b := o.upstream(t.Context(), []byte("ann")), o.upstream(t.Context(), []byte("none")); a != 325_000 || b != 0 {
			t.Fatalf("%d and %d", a, b)
		}
	}
	if why := o.forbids(t.Context(), inference.Offer{Model: []byte("ann"), PriceInput: math.OneInt(), PriceOutput: math.OneInt()}); why != "" || ledger.asked != 2 {
		t.Errorf("%q, %d questions", why, ledger.asked)
	}
	now = now.Add(owedFresh)
	if o.upstream(t.Context(), []byte("ann")); ledger.asked != 3 {
		t.Errorf("%d questions after a minute", ledger.asked)
	}
}
