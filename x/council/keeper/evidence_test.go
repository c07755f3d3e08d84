package keeper_test

import (
	"errors"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	"ayni.example/x/council"
	"ayni.example/x/internal/ledgertest"
)

func (f *fixture) accuse(key string, height int64, at time.Time) {
	f.tb.Helper()
	f.block(happening{evidence: []abci.Misbehavior{twice(key, height, at)}})
}

func TestDoubleSign(t *testing.T) {
	f := newFixture(t, four()...)
	f.block(happening{})
	f.accuse("d", 1, f.Ctx.BlockTime())
	if s := f.seat("d"); s.Status != council.StatusCondemned || s.JailedHeight != f.Ctx.BlockHeight() {
		t.Fatalf("seat %v", s)
	}
	before := f.Entries()
	f.accuse("d", 1, f.Ctx.BlockTime()) // again: nothing more happens
	if f.validates("d") != 0 || f.validates("a") != 10 {
		t.Fatalf("consensus has %v", f.next)
	}
	f.accuse("d", 2, f.Ctx.BlockTime())
	if after := f.Entries(); len(after) != len(before)-1 { // what consensus was told
		t.Fatalf("%d entries, had %d", len(after), len(before))
	}
	for name, err := range map[string]error{"return": f.back("d"), "rotate": f.rotate("d", "d2")} {
		if !errors.Is(err, council.ErrStatus) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := f.propose("d", f.admit("e", "e", 1)); !errors.Is(err, council.ErrStatus) {
		t.Errorf("propose: %v", err)
	}
	yes := []string{"a", "b", "c"}
	same := &council.MsgReinstate{Authority: authority(), Operator: text("d"), ConsensusKey: public("d"), Proof: proof("d", "d")}
	f.refuse(council.ErrTaken, yes, same)
	fresh := &council.MsgReinstate{Authority: authority(), Operator: text("d"), ConsensusKey: public("d2"), Proof: proof("d", "d2")}
	f.enact(yes, fresh)
	f.refuse(council.ErrStatus, yes, fresh)
	f.blocks(3, happening{})
	if f.validates("d2") != 10 || f.seat("d").Status != council.StatusActive {
		t.Fatalf("consensus has %v", f.next)
	}
	f.Advance(30_000, 100*time.Hour)
	f.blocks(2, happening{})
	if err := f.rotate("d", "d"); !errors.Is(err, council.ErrTaken) {
		t.Fatalf("the condemned key: %v", err)
	}
	f.CheckReload(t)
}

// TestEvidenceThatChangesNothing: about a stranger, or too old by height and time.
func TestEvidenceThatChangesNothing(t *testing.T) {
	f := newFixture(t, four()...)
	start := f.Ctx.BlockTime()
	f.Advance(20_002, 49*time.Hour)
	f.block(happening{})
	f.accuse("stranger", 5, f.Ctx.BlockTime())
	f.accuse("b", 1, start)
	f.accuse("", 1, start)
	for _, name := range four() {
		if f.seat(name).Status != council.StatusActive {
			t.Errorf("%s is jailed", name)
		}
	}
	f.accuse("b", 1, f.Ctx.BlockTime()) // old by height alone
	if f.seat("b").Status != council.StatusCondemned {
		t.Error("b is not jailed")
	}
	f.accuse("c", f.Ctx.BlockHeight()-1, start) // old by time alone
	if f.seat("c").Status != council.StatusCondemned {
		t.Error("c is not jailed")
	}
	f.block(happening{})
}

func TestEvidenceAboutThePast(t *testing.T) {
	f := newFixture(t, four()...)
	ledgertest.Must(t, f.rotate("a", "a2"))
	ledgertest.Must(t, f.leave("b"))
	f.blocks(5, happening{})
	f.accuse("a", 2, f.Ctx.BlockTime()) // a key that it had
	f.accuse("b", 2, f.Ctx.BlockTime()) // a seat that is gone
	f.block(happening{})
	if f.seat("a").Status != council.StatusCondemned || f.validates("a2") != 0 {
		t.Fatalf("seat %v", f.seat("a"))
	}
	f.refuse(council.ErrTaken, []string{"c", "d"}, f.admit("b", "b", 10))
	f.enact([]string{"c", "d"}, f.admit("b", "b2", 10))
	f.block(happening{})
	f.CheckReload(t)
}

// TestEvidenceAboutAll: the last active seat stays whatever it did, or the ledger would end.
func TestEvidenceAboutAll(t *testing.T) {
	f := newFixture(t, four()...)
	f.block(happening{})
	all := make([]abci.Misbehavior, 0, len(four()))
	for _, name := range four() {
		all = append(all, twice(name, 1, f.Ctx.BlockTime()))
	}
	f.block(happening{evidence: all})
	f.blocks(3, happening{})
	if f.current.Size() != 1 || f.validates("d") != 10 {
		t.Fatalf("consensus has %v", f.current)
	}
	ledgertest.Must(t, f.rotate("d", "d2"))
	f.enact([]string{"d"}, &council.MsgReinstate{Authority: authority(), Operator: text("a"), ConsensusKey: public("a2"), Proof: proof("a", "a2")})
	f.blocks(3, happening{})
	if f.current.Size() != 2 {
		t.Fatalf("consensus has %v", f.current)
	}
	f.CheckReload(t)
}
