package keeper_test

import (
	"errors"
	"testing"

	"cosmossdk.io/math"

	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provenance"
)

// TestAttackShellInsertion: a shell between the base and what is served costs the base nothing, in money.
func TestAttackShellInsertion(t *testing.T) {
	w := start(t)
	last := w.register("ana", model("base"), terms(1000))
	base := last
	for _, name := range []string{"shell 1", "shell 2", "shell 3"} {
		last = w.register("thief", model(name, last), terms(0))
	}
	w.serve(w.content(last), 10_000)
	if got := w.claim(last, base); got != 1000 || w.balance("ana") != 1000 {
		t.Fatalf("the base gets %d", got)
	}
}

// TestAttackSqueezedAncestor: sixteen parents of the thief's own leave the one that the ledger saw its whole share; while all are
// claimed they squeeze it to their own level, until the council confirms it.
func TestAttackSqueezedAncestor(t *testing.T) {
	w := start(t)
	genuine := model("real")
	genuine.Sketch = sketchOf(1)
	base := w.register("ana", genuine, terms(1000))
	parents := append(make([][]byte, 0, 16), base)
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o"} {
		parents = append(parents, w.register("thief", model(name), terms(5000)))
	}
	w.Advance(1, 0)
	taken := model("taken", parents...)
	taken.Sketch = sketchOf(2)
	child := w.register("thief", taken, terms(0))
	if cut := w.serve(w.content(child), 1_000_000); cut != 500_000 {
		t.Fatalf("%d is taken", cut)
	}
	before := w.claim(child, base)
	if before != 31_250 { // a sixteenth of the half
		t.Fatalf("claimed, it has %d", before)
	}
	_, err := w.Send(&provenance.MsgSuspect{Sender: account("ana"), Asset: child, Parent: base})
	ledgertest.Must(t, err)
	_, err = w.Send(&provenance.MsgResolve{Authority: authority(), Asset: child, Parent: base, Confirm: true})
	ledgertest.Must(t, err)
	w.serve(w.content(child), 1_000_000)
	if got := w.claim(child, base); got != 100_000 {
		t.Fatalf("confirmed, it has %d of a million", got)
	}
	ledgertest.Must(t, w.Invariants())
}

// TestAttackUndeclaredBaseByTensors: whoever registers a model without its base is found by the tensors that both have; the base's share
// is held, and paid when the council confirms it.
func TestAttackUndeclaredBaseByTensors(t *testing.T) {
	w := start(t)
	original := model("base")
	original.Tensors = []string{digest("t1")[:32], digest("t2")[:32]}
	base := w.register("ana", original, terms(1000))
	copied := model("copy")
	copied.Tensors = []string{digest("t2")[:32], digest("t3")[:32]}
	child := w.register("thief", copied, terms(5000))
	if got := w.shares(child); got != "base:100000h " {
		t.Fatalf("shares %q", got)
	}
	if cut := w.serve(w.content(child), 1000); cut != 600 {
		t.Fatalf("%d is taken", cut)
	}
	if got := w.claim(child, base); got != 0 {
		t.Fatalf("%d is paid of what is held", got)
	}
	if got := w.claim(child, child); got != 500 {
		t.Fatalf("the owner gets %d", got)
	}
	_, err := w.Send(&provenance.MsgResolve{Authority: authority(), Asset: child, Parent: base, Confirm: true})
	ledgertest.Must(t, err)
	w.serve(w.content(child), 1000)
	if got := w.claim(child, base, child); got != 700 || w.balance("ana") != 200 || w.balance("thief") != 1000 {
		t.Fatalf("%d is paid, the base has %d", got, w.balance("ana"))
	}
	edge, err := w.Provenance.Edges.Get(w.Ctx, join(child, base))
	if err != nil || edge.Evidence != provenance.EvidenceObserved || edge.Relation != string(provenance.Found) {
		t.Fatalf("edge of record %+v, %v", edge, err)
	}
	w.CheckReload(t)
}

// TestSuspicionDismissed: what was held falls to the owner, and the same suspicion is not raised twice.
func TestSuspicionDismissed(t *testing.T) {
	w := start(t)
	first := model("first")
	first.Sketch = sketchOf(1)
	base := w.register("ana", first, terms(1000))
	w.Advance(1, 0)
	second := model("second")
	second.Sketch = sketchOf(2)
	child := w.register("bo", second, terms(500))
	w.serve(w.content(child), 333)
	suspect := &provenance.MsgSuspect{Sender: account("anybody"), Asset: child, Parent: base}
	_, err := w.Send(suspect)
	ledgertest.Must(t, err)
	w.serve(w.content(child), 1001)
	w.CheckReload(t)
	if _, err := w.Send(suspect); !errors.Is(err, provenance.ErrSuspicion) {
		t.Fatalf("suspected twice: %v", err)
	}
	if _, err := w.Send(&provenance.MsgResolve{Authority: account("bo"), Asset: child, Parent: base}); !errors.Is(err, provenance.ErrUnauthorised) {
		t.Fatalf("resolved by its owner: %v", err)
	}
	_, err = w.Send(&provenance.MsgResolve{Authority: authority(), Asset: child, Parent: base})
	ledgertest.Must(t, err)
	if got := w.claim(child, child); got != 16+150 || w.balance("ana") != 0 { // 5 % of 333; 15 % of 1001
		t.Fatalf("the owner gets %d", got)
	}
	if _, err := w.Send(suspect); !errors.Is(err, provenance.ErrSuspicion) {
		t.Fatalf("suspected again: %v", err)
	}
}

// TestSuspicionRefused: strangers, the younger of two, ancestors and siblings are not suspected.
func TestSuspicionRefused(t *testing.T) {
	w := start(t)
	sketched := func(name string, seed uint64, parents ...[]byte) []byte {
		m := model(name, parents...)
		m.Sketch = sketchOf(seed)
		id := w.register("ana", m, terms(100))
		w.Advance(1, 0)
		return id
	}
	base := sketched("base", 1)
	one, two := sketched("one", 2, base), sketched("two", 3, base)
	stranger := sketched("stranger", 1000)
	plain := w.register("ana", model("plain"), terms(100))
	for name, c := range map[string]struct {
		asset, parent []byte
		want          error
	}{
		"stranger": {stranger, base, provenance.ErrAlike}, "younger": {base, one, provenance.ErrSuspicion},
		"ancestor": {one, base, provenance.ErrSuspicion}, "sibling": {two, one, provenance.ErrSuspicion},
		"itself": {one, one, provenance.ErrInvalid}, "no sketch": {plain, base, provenance.ErrNotFound},
	} {
		if _, err := w.Send(&provenance.MsgSuspect{Sender: account("bo"), Asset: c.asset, Parent: c.parent}); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// TestAttackBannedParent: a banned asset gets no children; its share of what is there waits, until the council names an heir.
func TestAttackBannedParent(t *testing.T) {
	w := start(t)
	base := w.register("thief", model("stolen"), terms(1000))
	child := w.register("bo", model("child", base), terms(0))
	w.serve(w.content(child), 1000)
	if _, err := w.Send(&provenance.MsgBan{Authority: account("bo"), Asset: base}); !errors.Is(err, provenance.ErrUnauthorised) {
		t.Fatalf("banned by anybody: %v", err)
	}
	_, err := w.Send(&provenance.MsgBan{Authority: authority(), Asset: base})
	ledgertest.Must(t, err)
	w.serve(w.content(child), 1000)
	if got := w.claim(child, base); got != 0 || w.balance("thief") != 0 {
		t.Fatalf("the banned one gets %d", got)
	}
	if _, err := w.tryRegister("bo", model("another", base), terms(0)); !errors.Is(err, provenance.ErrBanned) {
		t.Fatalf("a child of it: %v", err)
	}
	if _, err := w.Send(&provenance.MsgTransfer{Owner: account("thief"), Asset: base, To: account("friend")}); !errors.Is(err, provenance.ErrBanned) {
		t.Fatalf("it is passed on: %v", err)
	}
	if err := w.Provenance.Forbids(w.Ctx, w.content(base), provenance.Use{}); !errors.Is(err, provenance.ErrBanned) {
		t.Fatalf("it may be served: %v", err)
	}
	w.CheckReload(t)
	_, err = w.Send(&provenance.MsgBan{Authority: authority(), Asset: base, Heir: account("author")})
	ledgertest.Must(t, err)
	if got := w.claim(child, base); got != 200 || w.balance("author") != 200 {
		t.Fatalf("the heir gets %d", got)
	}
}

// TestAttackZeroAmounts: payments of nothing, for nothing, or for what is no asset write nothing.
func TestAttackZeroAmounts(t *testing.T) {
	w := start(t)
	base := w.register("ana", model("base"), terms(1000))
	before := w.Entries()
	for range 100 {
		for _, content := range [][]byte{w.content(base), make([]byte, 32), nil} {
			if got := w.serve(content, 0); got != 0 {
				t.Fatalf("%d is taken of nothing", got)
			}
		}
	}
	if got := w.serve(make([]byte, 32), 1000); got != 0 {
		t.Fatalf("%d is taken for what is no asset", got)
	}
	if after := w.Entries(); len(after) != len(before) {
		t.Fatalf("%d entries became %d", len(before), len(after))
	}
	if _, err := w.Provenance.Charge(w.Ctx, w.content(base), math.NewInt(-1)); !errors.Is(err, provenance.ErrInvalid) {
		t.Fatalf("less than nothing: %v", err)
	}
	if _, err := w.Provenance.Charge(w.Ctx, w.content(base), math.Int{}); !errors.Is(err, provenance.ErrInvalid) {
		t.Fatalf("no amount: %v", err)
	}
}

// TestAttackRounding: a million payments of one unit pay the base what one payment of a million would.
func TestAttackRounding(t *testing.T) {
	w := start(t)
	base := w.register("ana", model("base"), terms(1))
	child := w.register("thief", model("child", base), terms(0))
	for range 20_000 {
		w.serve(w.content(child), 1)
	}
	if got := w.claim(child, base); got != 2 {
		t.Fatalf("the base gets %d", got)
	}
}

// TestAttackOverflow: the greatest amounts that the ledger knows are divided to the unit.
func TestAttackOverflow(t *testing.T) {
	w := start(t)
	base := w.register("ana", model("base"), terms(5000))
	child := w.register("bo", model("child", base), terms(5000))
	most := math.NewIntFromUint64(1).MulRaw(1 << 62).Mul(math.NewIntFromUint64(1 << 62)).MulRaw(4)
	for range 8 {
		if cut := w.serveInt(w.content(child), most); !cut.Equal(most) {
			t.Fatalf("%s is taken of %s", cut, most)
		}
	}
	_, err := w.Send(&provenance.MsgClaimRoyalty{Sender: account("x"), Asset: child, Payees: [][]byte{base, child}})
	ledgertest.Must(t, err)
	if a, b := w.Balance(ledgertest.Account("ana")), w.Balance(ledgertest.Account("bo")); !a.Equal(b) || !a.Equal(most.MulRaw(4)) {
		t.Fatalf("they have %s and %s", a, b)
	}
}

// TestDiamond: an ancestor by two ways is paid once.
func TestDiamond(t *testing.T) {
	w := start(t)
	base := w.register("ana", model("base"), terms(1000))
	left, right := w.register("bo", model("left", base), terms(0)), w.register("cy", model("right", base), terms(0))
	child := w.register("di", model("child", left, right), terms(0))
	if cut := w.serve(w.content(child), 1000); cut != 100 {
		t.Fatalf("%d is taken", cut)
	}
}

// TestAttackProofOfAnotherAsset: a claim pays nobody who has no share, and nobody twice.
func TestAttackClaimTwice(t *testing.T) {
	w := start(t)
	base := w.register("ana", model("base"), terms(1000))
	other := w.register("thief", model("other"), terms(5000))
	child := w.register("bo", model("child", base), terms(0))
	w.serve(w.content(child), 1000)
	if got := w.claim(child, base) + w.claim(child, base); got != 100 {
		t.Fatalf("%d is paid", got)
	}
	for name, msg := range map[string]*provenance.MsgClaimRoyalty{
		"no share":  {Sender: account("thief"), Asset: child, Payees: [][]byte{other}},
		"no income": {Sender: account("thief"), Asset: id(77), Payees: [][]byte{other}},
	} {
		if _, err := w.Send(msg); !errors.Is(err, provenance.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	twice := &provenance.MsgClaimRoyalty{Sender: account("thief"), Asset: child, Payees: [][]byte{base, base}}
	if _, err := w.Send(twice); !errors.Is(err, provenance.ErrInvalid) {
		t.Errorf("a payee that stands twice: %v", err)
	}
}
