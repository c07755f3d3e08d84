package keeper_test

import (
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"ayni.example/x/compute"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provenance"
)

func (w *world) registerOrder(owner string, m provenance.Manifest, t provenance.Terms, order []byte) ([]byte, error) {
	w.t.Helper()
	return w.send(&provenance.MsgRegister{Sender: account(owner), Manifest: encode(w.t, m), Terms: t, Order: order})
}

// forget has the ledger know of an order no more, which only these tests left there.
func (w *world) forget(order []byte) {
	w.t.Helper()
	ledgertest.Must(w.t, w.Compute.Orders.Remove(w.Ctx, order))
	ledgertest.Must(w.t, w.Compute.Segments.Remove(w.Ctx, collections.Join(order, uint64(1))))
}

// TestAttackStolenResult: who registers the result of another's training, which its worker committed to on the ledger, before the tenant does, loses
// it to the order that proves whose it is: under a manifest of its own, or under the tenant's very one.
func TestAttackStolenResult(t *testing.T) {
	for name, same := range map[string]bool{"another manifest": false, "the same manifest": true} {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			base := w.register("ana", model("base"), terms(1000))
			child := model("child", base)
			child.Tensors, child.Sketch = []string{digest("t")[:32]}, sketchOf(1)
			order := w.train("cy", [][]byte{w.content(base)}, child.ContentBytes())
			w.Advance(1, time.Second)
			loot, greedy := child, terms(5000)
			if greedy.Commercial = false; !same {
				loot.Name, loot.Parents = "loot", nil
			}
			stolen := w.register("thief", loot, greedy)
			w.serve(child.ContentBytes(), 1000)
			asset, err := w.registerOrder("cy", child, terms(500), order)
			ledgertest.Must(t, err)
			a, err := w.Provenance.Of(w.Ctx, child.ContentBytes())
			if err != nil || a.Owner != account("cy") || hex.EncodeToString(a.ID) != hex.EncodeToString(asset) || !a.Terms.Same(terms(500)) {
				t.Fatalf("%+v, %v", a, err)
			}
			if got := w.evidence(asset, base); got != "observed" || w.shares(asset) != "base:100000 " {
				t.Errorf("the edge is %s, shares are %s", got, w.shares(asset))
			}
			if cut := w.serve(child.ContentBytes(), 1000); cut != 150 {
				t.Errorf("%d is taken", cut)
			}
			if !same {
				if err := w.suspect(asset, stolen); !errors.Is(err, provenance.ErrSuspicion) {
					t.Errorf("the thief points at it: %v", err)
				}
			}
			if _, err := w.tryRegister("thief", loot, greedy); !errors.Is(err, provenance.ErrExists) {
				t.Errorf("stolen again: %v", err)
			}
			w.claim(asset, base, asset)
			ledgertest.Must(t, w.Provenance.Invariants(w.Ctx))
			w.forget(order)
			w.CheckReload(t)
		})
	}
}

// TestReclaimRefused: nobody gets with an order what was registered before it was committed to, what another order made, or what stands long since.
func TestReclaimRefused(t *testing.T) {
	w := start(t)
	child := model("child")
	w.register("bo", child, terms(0))
	w.Advance(1, time.Second)
	other := child
	other.Name = "other"
	order := w.train("cy", nil, child.ContentBytes())
	if _, err := w.registerOrder("cy", other, terms(5000), order); !errors.Is(err, provenance.ErrExists) {
		t.Errorf("what was registered before: %v", err)
	}
	second := model("second")
	order = w.train("cy", nil, second.ContentBytes())
	_, err := w.registerOrder("cy", second, terms(0), order)
	ledgertest.Must(t, err)
	again := second
	again.Name = "again"
	if _, err := w.registerOrder("cy", again, terms(5000), order); !errors.Is(err, provenance.ErrExists) {
		t.Errorf("other terms for one's own: %v", err)
	}
	order = w.train("di", nil, second.ContentBytes())
	if _, err := w.registerOrder("di", again, terms(5000), order); !errors.Is(err, provenance.ErrExists) {
		t.Errorf("the result of another order: %v", err)
	}
	third := model("third")
	order = w.train("cy", nil, third.ContentBytes())
	w.register("bo", third, terms(0))
	o, err := w.Compute.Orders.Get(w.Ctx, order)
	ledgertest.Must(t, err)
	o.Progress = compute.Progress{Segments: 2, State: third.ContentBytes()}
	ledgertest.Must(t, w.Compute.Orders.Set(w.Ctx, order, o))
	third.Name = "late"
	if _, err := w.registerOrder("cy", third, terms(0), order); !errors.Is(err, provenance.ErrExists) {
		t.Errorf("long after it stands: %v", err)
	}
}

// TestAttackPriceRises: a training costs what was agreed when it was ordered, whatever the asset's price is when it begins.
func TestAttackPriceRises(t *testing.T) {
	w := start(t)
	priced := terms(0)
	priced.Price = math.NewInt(1000)
	data := w.register("bo", model("data"), priced)
	w.Fund(t, ledgertest.Account("payer"), 5000)
	if got, err := w.Provenance.ChargeUse(w.Ctx, ledgertest.Account("payer"), w.content(data), math.NewInt(10)); err != nil || got.Int64() != 10 {
		t.Fatalf("it pays %s, %v", got, err)
	}
	w.holds()
}

// TestAttackResultAmongFiles: a file that an order made does not make the edges of an asset observed whose content it did not make.
func TestAttackResultAmongFiles(t *testing.T) {
	w := start(t)
	pack := w.register("eve", model("pack"), terms(5000))
	popular := model("popular", pack)
	popular.Files = []provenance.File{{Name: "mine", SHA256: digest("result"), Size: 1}}
	order := w.train("eve", [][]byte{w.content(pack)}, word("result"))
	if _, err := w.registerOrder("eve", popular, terms(0), order); !errors.Is(err, provenance.ErrOrder) {
		t.Fatalf("a file of the order: %v", err)
	}
}
