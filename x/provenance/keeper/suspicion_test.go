package keeper_test

import (
	"errors"
	"fmt"
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

// TestAttackFillSuspicions: whoever takes all places by pointing at its own decoys, made after what it took, does not keep that one's owner out, nor
// do decoys that ask for everything leave it nothing.
func TestAttackFillSuspicions(t *testing.T) {
	w := start(t)
	base := w.register("ana", sketched("base", 1), terms(1000))
	w.Advance(1, time.Second)
	decoys := make([][]byte, 0, 8)
	for i := range 8 {
		decoys = append(decoys, w.register("eve", sketched(fmt.Sprint("decoy ", i), uint64(10+i)), terms(5000)))
	}
	w.Advance(1, time.Second)
	child := w.register("eve", sketched("child", 30), terms(0))
	for _, d := range decoys {
		ledgertest.Must(t, w.suspect(child, d))
	}
	w.serve(w.content(child), 1_000_000)
	ledgertest.Must(t, w.suspect(child, base))
	w.holds()
	w.serve(w.content(child), 1_000_000) // 62,500 of it are held for each of eight
	w.resolve(child, base, true)
	if got := w.claim(child, base); got != 62_500 {
		t.Errorf("the base has %d", got)
	}
	standing := 0
	for _, d := range decoys {
		if there, err := w.Provenance.Standing.Has(w.Ctx, join(child, d)); err == nil && there {
			standing++
			w.resolve(child, d, false)
		}
	}
	if standing != 7 {
		t.Errorf("%d decoys are still suspected", standing)
	}
	late := w.register("eve", sketched("late", 40), terms(5000))
	if err := w.suspect(child, late); !errors.Is(err, provenance.ErrSuspicion) { // younger than the child
		t.Errorf("a younger one: %v", err)
	}
	w.holds()
	w.CheckReload(t)
}

// TestAttackDecoyTensors: tensors of decoys, made before what is taken, fill no more than half of the places, and none before the one that
// has most of the tensors.
func TestAttackDecoyTensors(t *testing.T) {
	w := start(t)
	taken := sketched("child", 3)
	for i := range 8 {
		decoy := model(fmt.Sprint("decoy ", i))
		decoy.Tensors = []string{fmt.Sprintf("%032x", i)}
		taken.Tensors = append(taken.Tensors, decoy.Tensors[0])
		w.register("eve", decoy, terms(5000))
	}
	genuine := sketched("base", 1)
	genuine.Tensors = []string{digest("t1")[:32], digest("t2")[:32]}
	base := w.register("ana", genuine, terms(1000))
	other := w.register("bo", sketched("other", 2), terms(1000))
	w.Advance(1, time.Second)
	taken.Tensors = append(taken.Tensors, genuine.Tensors...)
	child := w.register("eve", taken, terms(0))
	if there, err := w.Provenance.Standing.Has(w.Ctx, join(child, base)); err != nil || !there {
		t.Errorf("the base is not suspected: %v", err)
	}
	ledgertest.Must(t, w.suspect(child, other))
	w.holds()
}
