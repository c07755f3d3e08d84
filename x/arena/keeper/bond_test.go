package keeper_test

import (
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/x/arena"
	"ayni.example/x/internal/ledgertest"
)

// TestDelegation: stake on an evaluator is shares; it leaves after a time, and what its holder takes out later moves all of it.
func TestDelegation(t *testing.T) {
	f := start(t, "eva", "dan", "ana")
	id := f.create(rules(), 5_000)
	f.join(id, "eva", arena.Evaluator, func(m *arena.MsgJoin) { m.TakeBps = 1800 })
	bonded := func(name string, amount int64) *arena.MsgBond {
		return &arena.MsgBond{Sender: text(name), Arena: id, Member: text("eva"), Amount: math.NewInt(amount)}
	}
	f.ok(bonded("dan", 500))
	f.ok(bonded("eva", 500))
	if m := f.member(id, "eva"); m.Bond.Amount.Int64() != 2_000 || m.Bond.Shares.Int64() != 2_000 {
		t.Fatalf("eva has %+v", m.Bond)
	}
	f.refused(f.joining(id, "dan", arena.Contestant), arena.ErrUnauthorised)
	f.join(id, "ana", arena.Contestant)
	f.refused(bonded("ana", 1), arena.ErrUnauthorised)
	f.refused(&arena.MsgBond{Sender: text("dan"), Arena: id, Member: text("ana"), Amount: math.OneInt()}, arena.ErrUnauthorised)

	out := func(name string, amount int64) *arena.MsgUnbond {
		return &arena.MsgUnbond{Sender: text(name), Arena: id, Member: text("eva"), Amount: math.NewInt(amount)}
	}
	f.refused(out("eva", 501), arena.ErrBond)
	f.refused(out("mallory", 1), arena.ErrNotFound)
	f.ok(out("dan", 200))
	f.pass(3, 60*time.Second)
	f.ok(out("dan", 1_000_000))
	f.refused(out("dan", 1), arena.ErrNotFound)
	f.CheckReload(t)
	f.pass(15, 60*time.Second)
	if got := f.balance("dan"); got != purse-500 {
		t.Errorf("dan has %d before what he took out last is his", got)
	}
	f.pass(8, 60*time.Second)
	if got := f.balance("dan"); got != purse {
		t.Errorf("dan has %d", got)
	}
	f.ok(&arena.MsgLeave{Sender: text("eva"), Arena: id})
	f.refused(bonded("dan", 1), arena.ErrNotFound)
	f.refused(&arena.MsgLeave{Sender: text("eva"), Arena: id}, arena.ErrNotFound)
	f.pass(23, 60*time.Second)
	if got := f.balance("eva"); got != purse {
		t.Errorf("eva has %d", got)
	}
	ledgertest.Must(t, f.Invariants())
}

// TestSenders holds each message's unauthorised sender.
func TestSenders(t *testing.T) {
	f := start(t, "eva")
	id := f.create(rules(), 5_000)
	f.join(id, "eva", arena.Evaluator)
	one := math.OneInt()
	council := ledgertest.Text(ledgertest.Account("authority"))
	f.refused(&arena.MsgClose{Sender: text("mallory"), Arena: id}, arena.ErrUnauthorised)
	f.refused(&arena.MsgLeave{Sender: text("mallory"), Arena: id}, arena.ErrNotFound)
	f.refused(&arena.MsgUnbond{Sender: text("mallory"), Arena: id, Member: text("eva"), Amount: one}, arena.ErrNotFound)
	f.refused(&arena.MsgClaim{Sender: text("mallory"), Arena: id}, arena.ErrNotFound)
	f.refused(&arena.MsgUpdateParams{Authority: text("olga"), Params: arena.DefaultParams()}, arena.ErrUnauthorised)
	f.refused(&arena.MsgUpdateParams{Authority: council}, arena.ErrInvalid)
	f.refused(&arena.MsgFund{Sender: text("olga"), Arena: hash("none"), Amount: one}, arena.ErrNotFound)
	again := &arena.MsgCreate{Sender: text("olga"), Label: "go", Task: hash("task"), Rules: rules(), Deposit: math.ZeroInt()}
	f.refused(again, arena.ErrExists)
	poor := *again
	poor.Sender, poor.Label = text("nobody"), "other"
	if _, err := f.Send(&poor); err == nil {
		t.Error("an arena is opened by somebody who cannot pay")
	}
}
