package keeper_test

import (
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/agent"
	"ayni.example/x/internal/ledgertest"
)

// TestSenders holds each message's unauthorised sender.
func TestSenders(t *testing.T) {
	f := start(t, "hugo", "hana")
	id := f.create(charter(func(c *agent.Charter) { c.Hosts = []string{text("hugo")} }), 10_000)
	s := f.take(f.wake(id))
	forged := s.act(0)
	forged.Signature = make([]byte, 64)
	held := s.reserve(0, "shop", 1)
	held.Signature = make([]byte, 64)
	f.ok(s.reserve(1, "shop", 1))
	one := math.OneInt()
	for _, test := range []struct {
		msg  sdk.Msg
		want error
	}{
		{&agent.MsgAmend{Sender: text("gus"), Agent: id, Charter: charter()}, agent.ErrUnauthorised},
		{&agent.MsgWithdraw{Sender: text("gus"), Agent: id, Amount: one}, agent.ErrUnauthorised},
		{&agent.MsgTransferOwner{Sender: text("gus"), Agent: id, Owner: text("gus")}, agent.ErrUnauthorised},
		{&agent.MsgVeto{Sender: text("mallory"), Agent: id, Change: 1}, agent.ErrUnauthorised},
		{&agent.MsgDecide{Sender: text("mallory"), Agent: id, Waiting: 1}, agent.ErrUnauthorised},
		{&agent.MsgPause{Sender: text("mallory"), Agent: id}, agent.ErrUnauthorised},
		{&agent.MsgResume{Sender: text("mallory"), Agent: id}, agent.ErrUnauthorised},
		{&agent.MsgKill{Sender: text("hugo"), Agent: id}, agent.ErrUnauthorised},
		{&agent.MsgWake{Sender: text("gus"), Agent: id, Message: hash("m"), Size_: 1}, agent.ErrUnauthorised},
		{&agent.MsgHost{Host: text("mallory"), Key: hash("key"), Until: 1 << 39}, agent.ErrUnauthorised},
		{&agent.MsgLeave{Host: text("mallory")}, agent.ErrNotFound},
		{&agent.MsgTake{Host: text("hana"), Agent: id, Wake: 1, Epoch: 1, Session: s.key.PubKey().Bytes()}, agent.ErrUnauthorised},
		{forged, agent.ErrSignature},
		{held, agent.ErrSignature},
		{&agent.MsgCancel{Carrier: text("hugo"), Agent: id, Wake: 1, Epoch: 1, Call: 1, Signature: make([]byte, 64)}, agent.ErrSignature},
		{&agent.MsgUpdateParams{Authority: text("olga"), Params: agent.DefaultParams()}, agent.ErrUnauthorised},
		{&agent.MsgFund{Sender: text("mallory"), Agent: hash("none"), Amount: one}, agent.ErrNotFound},
		{&agent.MsgCreate{Sender: text("olga"), Label: "helper", Charter: charter(), Deposit: math.ZeroInt()}, agent.ErrExists},
	} {
		f.refused(test.msg, test.want)
	}
	f.ok(&agent.MsgPause{Sender: text("gus"), Agent: id})
	f.refused(&agent.MsgResume{Sender: text("olga"), Agent: id}, agent.ErrUnauthorised)
	f.ok(&agent.MsgResume{Sender: text("gus"), Agent: id})
	f.ok(f.take(f.drawn(id)).act(0))
	f.ok(&agent.MsgLeave{Host: text("hugo")})
	f.CheckReload(t)
}

// TestApproval: above approval_above an action waits with its money held until the owner approves it, or lapses.
func TestApproval(t *testing.T) {
	f := start(t, "hugo")
	id := f.create(charter(func(c *agent.Charter) { c.ApprovalAbove = math.NewInt(100) }), 10_000)
	s := f.take(f.wake(id))
	f.ok(s.reserve(0, "shop", 101))
	f.ok(s.act(0, pay("shop", 100), pay("shop", 101), pay("shop", 102)))
	e := f.last(id)
	if got := outcomes(e); got != "done waiting waiting" || e.Calls[0].Reason != agent.ReasonApproval {
		t.Fatalf("%s, the reservation %s", got, e.Calls[0].Reason)
	}
	if got := f.agent(id).Held.Int64(); got != 203 {
		t.Errorf("holds %d", got)
	}
	f.ok(&agent.MsgDecide{Sender: text("olga"), Agent: id, Waiting: e.Results[1].Number, Approve: true})
	f.refused(&agent.MsgDecide{Sender: text("olga"), Agent: id, Waiting: e.Results[1].Number, Approve: true}, agent.ErrNotFound)
	f.pass(8, 10*time.Minute)
	if got := f.balance("shop") - purse; got != 201 {
		t.Errorf("the shop has got %d", got)
	}
	if got, want := f.treasury(id), int64(10_000-201-fee); got != want {
		t.Errorf("treasury %d, want %d", got, want)
	}
}

// TestGas is what the ledger asks for a wake-up's messages, and how much of it the schedule's kinds use at most.
func TestGas(t *testing.T) {
	f := start(t, "hugo")
	id := f.create(charter(), 10_000)
	used := func(msg sdk.Msg) uint64 {
		before := f.Ctx.GasMeter().GasConsumed()
		f.ok(msg)
		return f.Ctx.GasMeter().GasConsumed() - before
	}
	wake := used(&agent.MsgWake{Sender: text("olga"), Agent: id, Message: hash("m"), Size_: 1})
	s := f.take(f.drawn(id))
	reserve, act := used(s.reserve(0, "shop", 10)), used(s.act(10, pay("shop", 10)))
	raw, err := f.Agent.Agents.Get(f.Ctx, id)
	ledgertest.Must(t, err)
	entry := f.last(id)
	t.Logf("gas: wake %d, reserve %d, act with one payment %d; bytes: agent %d, entry %d", wake, reserve, act, raw.Size(), entry.Size())
	for name, gas := range map[string][2]uint64{"wake": {wake, 1_700_000}, "reserve": {reserve, 700_000}, "act": {act, 400_000}} {
		if gas[0] == 0 || gas[0] > gas[1] {
			t.Errorf("%s costs %d gas, more than %d", name, gas[0], gas[1])
		}
	}
}
