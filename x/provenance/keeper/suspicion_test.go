package keeper_test

import (
	"errors"
	"testing"
	"time"

	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provenance"
)

// sketched is a manifest of a model of the family of the seed.
func sketched(name string, seed uint64, parents ...[]byte) provenance.Manifest {
	m := model(name, parents...)
	m.Sketch = sketchOf(seed)
	return m
}

func (w *world) suspect(asset, parent []byte) error {
	w.t.Helper()
	_, err := w.Send(&provenance.MsgSuspect{Sender: account("anybody"), Asset: asset, Parent: parent})
	return err
}

func (w *world) resolve(asset, parent []byte, confirm bool) {
	w.t.Helper()
	w.must(&provenance.MsgResolve{Authority: authority(), Asset: asset, Parent: parent, Confirm: confirm})
}

// TestAttackDismissPaysTwice: a parent that was paid, is squeezed to nothing by a confirmed one, suspected anew and dismissed has what it was
// paid, and its child's owner what was held, not the parent's past again out of other people's money.
func TestAttackDismissPaysTwice(t *testing.T) {
	w := start(t)
	victim := w.register("ana", model("victim"), terms(5000))
	w.serve(w.content(victim), 100_000)
	base := w.register("eve", sketched("base", 2), terms(5000))
	hidden := w.register("quy", sketched("hidden", 3), terms(5000))
	w.Advance(1, time.Second)
	child := w.register("eve", sketched("child", 4, base), terms(0))
	w.serve(w.content(child), 10_000)
	w.claim(child, base)
	w.serve(w.content(child), 10_000) // of it the base is owed half when it is suspected
	ledgertest.Must(t, w.suspect(child, hidden))
	w.resolve(child, hidden, true)
	if got := w.shares(child); got != "hidden:500000 " {
		t.Fatalf("shares %q", got)
	}
	w.holds()
	ledgertest.Must(t, w.suspect(child, base))
	w.holds()
	if got := w.balance("eve"); got != 10_000 {
		t.Fatalf("what the base earned before it was suspected is held: it has %d", got)
	}
	w.serve(w.content(child), 1000) // half is hidden's, half is held
	w.resolve(child, base, false)
	w.holds()
	w.claim(child, child, hidden)
	w.holds()
	if got := w.balance("eve"); got != 10_500 {
		t.Errorf("eve has %d, which is not the base's 10,000 and what was held", got)
	}
	if got := w.claim(victim, victim); got != 50_000 {
		t.Errorf("the victim is paid %d", got)
	}
	if err := w.suspect(child, base); !errors.Is(err, provenance.ErrSuspicion) {
		t.Errorf("suspected again: %v", err)
	}
	w.CheckReload(t)
}

// TestSuspectBannedPayee: a banned parent that is owed from before is not suspected, since that would be forfeited with what is held.
func TestSuspectBannedPayee(t *testing.T) {
	w := start(t)
	base := w.register("eve", sketched("base", 2), terms(5000))
	hidden := w.register("quy", sketched("hidden", 3), terms(5000))
	w.Advance(1, time.Second)
	child := w.register("bo", sketched("child", 4, base), terms(0))
	w.serve(w.content(child), 10_000)
	w.must(&provenance.MsgBan{Authority: authority(), Asset: base})
	ledgertest.Must(t, w.suspect(child, hidden))
	w.resolve(child, hidden, true)
	if err := w.suspect(child, base); !errors.Is(err, provenance.ErrBanned) {
		t.Fatalf("a banned payee is suspected: %v", err)
	}
	w.must(&provenance.MsgBan{Authority: authority(), Asset: base, Heir: account("ana")})
	ledgertest.Must(t, w.suspect(child, base))
	if got := w.balance("ana"); got != 5000 {
		t.Errorf("the heir has %d", got)
	}
	w.holds()
}
