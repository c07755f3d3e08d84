package keeper_test

import (
	"errors"
	"testing"
	"time"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"ayni.example/x/arena"
	"ayni.example/x/internal/ledgertest"
)

// TestPrice: a seat costs more with each that is sold and half of it a half-life later; the price goes into the budget.
func TestPrice(t *testing.T) {
	f := start(t, "ana", "ben", "cleo")
	id := f.create(rules(), 5_000)
	f.join(id, "ana", arena.Contestant)
	if a := f.arena(id); a.Budget.Int64() != 5_100 || a.Price.Int64() != 126 {
		t.Errorf("a budget of %s after a seat, the next costs %s", a.Budget, a.Price)
	}
	low := f.joining(id, "ben", arena.Contestant, func(m *arena.MsgJoin) { m.PriceMax = math.NewInt(125) })
	f.refused(low, arena.ErrPrice)
	f.join(id, "ben", arena.Contestant)
	if a := f.arena(id); a.Price.Int64() != 159 {
		t.Errorf("the third seat costs %s", a.Price)
	}
	f.Advance(1, 1800*time.Second)
	if got := f.arena(id).PriceAt(f.Ctx.BlockTime().Unix()); got.Int64() != 120 {
		t.Errorf("it costs %s half a half-life later", got)
	}
	f.Advance(1, 1000*time.Hour)
	if got := f.arena(id).PriceAt(f.Ctx.BlockTime().Unix()); got.Int64() != 100 {
		t.Errorf("it costs %s long after", got)
	}
}

// TestSeats: roles keep apart, artifacts are not entered twice, and a full arena makes room only where somebody is not immune.
func TestSeats(t *testing.T) {
	f := start(t, "ana", "ben", "cleo", "dora", "eva", "finn", "gil", "hal", "ivo")
	id := f.create(rules(), 5_000)
	f.join(id, "ana", arena.Contestant, func(m *arena.MsgJoin) { m.Artifact = hash("model") })
	f.refused(f.joining(id, "ana", arena.Evaluator), arena.ErrExists)
	f.refused(f.joining(id, "ben", arena.Contestant, func(m *arena.MsgJoin) { m.Artifact = hash("model") }), arena.ErrExists)
	f.refused(f.joining(id, "ben", arena.Evaluator, func(m *arena.MsgJoin) { m.Bond = math.NewInt(bond - 1) }), arena.ErrBond)
	f.join(id, "ben", arena.Contestant)
	f.join(id, "cleo", arena.Contestant)
	f.refused(f.joining(id, "dora", arena.Contestant), arena.ErrFull)
	for i, name := range []string{"dora", "eva", "finn", "gil"} {
		f.join(id, name, arena.Evaluator, func(m *arena.MsgJoin) { m.Bond = m.Bond.AddRaw(int64(i)) })
	}
	if got := f.member(id, "gil").Slot; got != 3 {
		t.Errorf("the fourth evaluator has slot %d", got)
	}
	f.ok(&arena.MsgLeave{Sender: text("ben"), Arena: id})
	f.join(id, "hal", arena.Contestant)
	if m := f.member(id, "hal"); m.Slot != 1 || f.arena(id).Contestants != 3 {
		t.Errorf("a newcomer has slot %d of %d taken", m.Slot, f.arena(id).Contestants)
	}
	f.setEpoch(id, 2) // nobody is immune any more
	f.refused(f.joining(id, "ivo", arena.Evaluator), arena.ErrFull)
	f.join(id, "ivo", arena.Evaluator, func(m *arena.MsgJoin) { m.Bond = m.Bond.AddRaw(1) })
	if m := f.member(id, "dora"); m.Seated || m.Leaving.Amount.Int64() != bond {
		t.Errorf("the least bond keeps its seat: %+v", m)
	}
	if m := f.member(id, "ivo"); m.Slot != 0 || m.Since != 3 {
		t.Errorf("who makes it leave has slot %d since epoch %d", m.Slot, m.Since)
	}
	f.CheckReload(t)
	f.pass(22, 60*time.Second)
	if got := f.balance("dora"); got != purse {
		t.Errorf("dora has %d of %d when her bond is back", got, purse)
	}
	if _, err := f.Arena.Members.Get(f.Ctx, collections.Join[[]byte, []byte](id, ledgertest.Account("dora"))); !errors.Is(err, collections.ErrNotFound) {
		t.Errorf("dora is remembered: %v", err)
	}
}

// setEpoch makes an arena older.
func (f *fixture) setEpoch(id []byte, epoch uint64) {
	f.tb.Helper()
	a := f.arena(id)
	a.Epoch = epoch
	ledgertest.Must(f.tb, f.Arena.Arenas.Set(f.Ctx, id, a))
}

// TestClose: what is left goes back to those who put it in, in the end to the last bit.
func TestClose(t *testing.T) {
	f := start(t, "ana", "ben", "cleo")
	id := f.create(rules(), 1_000)
	f.ok(&arena.MsgFund{Sender: text("ana"), Arena: id, Amount: math.NewInt(2_001)})
	f.join(id, "ben", arena.Contestant)
	f.refused(&arena.MsgClaim{Sender: text("ana"), Arena: id}, arena.ErrNotFound)
	f.ok(&arena.MsgClose{Sender: text("olga"), Arena: id})
	f.refused(&arena.MsgClose{Sender: text("olga"), Arena: id}, arena.ErrPhase)
	f.refused(&arena.MsgFund{Sender: text("ana"), Arena: id, Amount: math.NewInt(1)}, arena.ErrPhase)
	f.refused(f.joining(id, "cleo", arena.Contestant), arena.ErrPhase)
	f.ok(&arena.MsgClaim{Sender: text("olga"), Arena: id})
	f.refused(&arena.MsgClaim{Sender: text("olga"), Arena: id}, arena.ErrNotFound)
	f.ok(&arena.MsgClaim{Sender: text("ana"), Arena: id})
	f.ok(&arena.MsgLeave{Sender: text("ben"), Arena: id})
	f.pass(22, 60*time.Second)
	// 3,101 were there for 3,001 put in.
	if olga, ana, ben := f.balance("olga")-purse+10, f.balance("ana")-purse, f.balance("ben")-purse; olga != 33 || ana != 67 || ben != -100 {
		t.Errorf("olga, ana and ben have %d, %d and %d more than before", olga, ana, ben)
	}
	f.CheckReload(t)
}
