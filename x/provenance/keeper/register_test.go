package keeper_test

import (
	"errors"
	"testing"

	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provenance"
)

// TestLineagePays: what a model earns reaches everybody it was made from, and its owner, to the unit.
func TestLineagePays(t *testing.T) {
	w := start(t)
	base := w.register("ana", model("base"), terms(1000))
	data := w.register("bo", model("data"), terms(500))
	child := w.register("cy", model("child", base, data), terms(2000))
	if cut := w.serve(w.content(child), 1001); cut != 350 { // 35 % of 1001, rounded down
		t.Fatalf("%d is taken", cut)
	}
	if got := w.claim(child, base, data, child); got != 349 { // 15 hundredths of a unit are still the parents'
		t.Fatalf("%d is paid", got)
	}
	for name, want := range map[string]int64{"ana": 100, "bo": 50, "cy": 199} {
		if got := w.balance(name); got != want {
			t.Errorf("%s has %d, want %d", name, got, want)
		}
	}
	ledgertest.Must(t, w.Invariants())
	w.CheckReload(t)
}

// TestRefusals names every reason for which a registration is refused.
func TestRefusals(t *testing.T) {
	w := start(t)
	closed, mutual, free := terms(100), terms(100), terms(0)
	closed.Derivatives = false
	mutual.Reciprocal = true
	unpaid := terms(100)
	unpaid.Commercial = false
	noChildren := w.register("ana", model("no children"), closed)
	reciprocal := w.register("ana", model("reciprocal"), mutual)
	gift := w.register("ana", model("gift"), unpaid)
	if _, err := w.Send(&provenance.MsgBan{Authority: authority(), Asset: w.register("ana", model("banned"), free)}); err != nil {
		t.Fatal(err)
	}
	banned, err := model("banned").ID()
	ledgertest.Must(t, err)
	pool := model("pool")
	pool.Kind = provenance.KindPool
	for _, c := range []struct {
		name  string
		owner string
		m     provenance.Manifest
		terms provenance.Terms
		want  error
	}{
		{"unknown parent", "bo", model("x", make([]byte, 32)), free, provenance.ErrParent},
		{"derivatives", "bo", model("x", noChildren), free, provenance.ErrTerms},
		{"derivatives of the owner's own", "ana", model("own child", noChildren), free, nil},
		{"reciprocal", "bo", model("x", reciprocal), free, provenance.ErrTerms},
		{"reciprocal, the same", "bo", model("mutual child", reciprocal), mutual, nil},
		{"commercial", "bo", model("x", gift), free, provenance.ErrTerms},
		{"banned parent", "bo", model("x", banned[:]), free, provenance.ErrBanned},
		{"content of another", "bo", model("gift"), free, provenance.ErrExists},
		{"share above the most", "bo", model("x"), terms(5001), provenance.ErrInvalid},
		{"pool", "bo", pool, free, provenance.ErrManifest},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := w.tryRegister(c.owner, c.m, c.terms); !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
	res, err := w.Send(&provenance.MsgRegister{Sender: account("ana"), Manifest: encode(t, model("gift")), Terms: unpaid})
	if err != nil || !res.MsgResponses[0].GetCachedValue().(*provenance.MsgRegisterResponse).Known {
		t.Fatalf("the same registration again: %v", err)
	}
}
