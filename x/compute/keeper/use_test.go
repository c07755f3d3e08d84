package keeper_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	sdkmath "cosmossdk.io/math"

	"ayni.example/x/compute"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provenance"
)

// data is the content of an asset that trainings use.
func data(n byte) []byte { return bytes.Repeat([]byte{n}, 32) }

// asset registers data of an owner; a training on it costs price.
func (f *fixture) asset(owner string, content []byte, change func(*provenance.Terms)) []byte {
	f.tb.Helper()
	manifest, err := provenance.Manifest{Kind: provenance.KindDataset, Name: "poems", Content: hex.EncodeToString(content)}.Encode()
	ledgertest.Must(f.tb, err)
	terms := provenance.FreeTerms()
	if change != nil {
		change(&terms)
	}
	res := f.ok(&provenance.MsgRegister{Sender: text(ledgertest.Account(owner)), Manifest: manifest, Terms: terms})
	return res.MsgResponses[0].GetCachedValue().(*provenance.MsgRegisterResponse).Asset
}

// on is a training of ten steps on some data, for which assets may ask so much.
func on(most int64, contents ...[]byte) compute.Spec {
	s := training(10)
	s.Training.Data, s.Training.UseMax = contents, sdkmath.NewInt(most)
	return s
}

func price(amount int64) func(*provenance.Terms) {
	return func(t *provenance.Terms) { t.Price = sdkmath.NewInt(amount) }
}

// TestUsePaidOnce: what assets ask is set aside with the order and paid when the training first shows that it runs; each once.
func TestUsePaidOnce(t *testing.T) {
	f := newFixture(t)
	first := f.asset("poet", data(21), price(70))
	f.asset("reader", data(22), price(30))
	f.asset("giver", data(23), nil)
	order, lease := f.leased(on(100, data(21), data(22), data(23), data(24), data(21)), 160)
	f.has(f.tenant, -160)
	o := f.is(order)
	if !o.Held().Equal(sdkmath.NewInt(100)) || len(o.Uses) != 2 || o.Used {
		t.Fatalf("order %+v", o)
	}
	f.CheckReload(t)
	f.ok(f.commit(f.ann, lease, 0))
	if o = f.is(order); !o.Used || !o.Held().IsZero() || !o.Fees.Equal(sdkmath.NewInt(100)) {
		t.Fatalf("order %+v", o)
	}
	f.ok(f.commit(f.ann, lease, 1))
	f.ok(f.commit(f.ann, lease, 2))
	f.windowsEnd(f.ann)
	f.ended(lease, compute.ReasonDone, compute.OrderClosed)
	f.has(f.tenant, -140) // ten steps at 4, two uses, and the fees of audits came back
	f.ok(&provenance.MsgClaimRoyalty{Sender: text(f.ann), Asset: first, Payees: [][]byte{first}})
	if got := f.Balance(ledgertest.Account("poet")); !got.Equal(sdkmath.NewInt(70)) {
		t.Errorf("the poet has %s", got)
	}
	f.sound()
	f.CheckReload(t)
}

// TestUseReturns: where nothing ever ran, whether nobody bid or a lease came to nothing, the tenant has all back.
func TestUseReturns(t *testing.T) {
	f := newFixture(t)
	f.asset("poet", data(21), price(70))
	order := f.order(on(70, data(21)), 130)
	f.has(f.tenant, -130)
	f.ok(&compute.MsgCloseOrder{Tenant: text(f.tenant), Order: order})
	f.has(f.tenant, 0)
	order, lease := f.leased(on(70, data(21)), 130)
	f.ok(&compute.MsgCloseOrder{Tenant: text(f.tenant), Order: order})
	f.windowsEnd(f.ann)
	f.ended(lease, compute.ReasonTenant, compute.OrderClosed)
	f.has(f.tenant, 0)
	f.sound()
}

// TestUseBounded: nobody who registers a tenant's data before its order is in a block gets more than the tenant said.
func TestUseBounded(t *testing.T) {
	f := newFixture(t)
	f.asset("thief", data(21), price(1_000))
	for name, most := range map[string]int64{"nothing": 0, "less": 999} {
		f.refused("an order that allows "+name, f.orderMsg(on(most, data(21)), 5_000), compute.ErrDeposit)
	}
	f.refused("a deposit that has no room for it", f.orderMsg(on(1_000, data(21)), 1_049), compute.ErrDeposit)
	f.order(on(1_000, data(21)), 1_050)
	old := on(0, data(22)) // an order from before there were assets
	old.Training.UseMax = sdkmath.Int{}
	f.order(old, 100)
}

// TestUseAgainstTerms: an order on data whose owner allows no such use is refused, and names the term and the asset.
func TestUseAgainstTerms(t *testing.T) {
	f := newFixture(t)
	for n, tt := range []struct {
		term   string
		change func(*provenance.Terms)
	}{
		{"commercial", func(t *provenance.Terms) { t.Commercial = false }},
		{"derivatives", func(t *provenance.Terms) { t.Derivatives = false }},
	} {
		content := data(byte(31 + n))
		asset := f.asset("poet", content, tt.change)
		_, err := f.Send(f.orderMsg(on(100, content), 500))
		if !errors.Is(err, provenance.ErrTerms) || !strings.Contains(err.Error(), tt.term) || !strings.Contains(err.Error(), hex.EncodeToString(asset)) {
			t.Errorf("%s: %v", tt.term, err)
		}
	}
	own := f.asset("tenant", data(33), func(t *provenance.Terms) { t.Derivatives, t.Commercial, t.Price = false, false, sdkmath.NewInt(50) })
	f.order(on(0, data(33)), 100) // own terms do not bind, and nobody pays itself
	f.ok(&provenance.MsgBan{Authority: text(ledgertest.Account("authority")), Asset: own})
	f.refused("a banned asset", f.orderMsg(on(0, data(33)), 100), provenance.ErrBanned)
	f.Compute.SetAssets(nil) // before the release that has them
	f.order(on(0, data(31)), 100)
}

// TestUseOfBoughtAsset: a tenant that gets the asset while its order waits pays nothing to itself.
func TestUseOfBoughtAsset(t *testing.T) {
	f := newFixture(t)
	asset := f.asset("poet", data(21), price(70))
	_, lease := f.leased(on(70, data(21)), 130)
	f.ok(&provenance.MsgTransfer{Owner: text(ledgertest.Account("poet")), Asset: asset, To: text(f.tenant)})
	f.ok(f.commit(f.ann, lease, 0))
	f.has(f.tenant, -60)
	f.sound()
}
