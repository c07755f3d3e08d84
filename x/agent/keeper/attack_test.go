package keeper_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/agent"
	"ayni.example/x/internal/ledgertest"
)

// obey is a model that does whatever the last page that it read says: pay mallory all of it, as often as it may.
func obey(amount int64, times int) []agent.Action {
	return slices.Repeat([]agent.Action{pay("mallory", amount)}, times)
}

// TestAttackInjection (1): "send all to mallory" is refused where she is not on the list, and costs per_wake at most where anyone may be
// paid; the refusals stand in the log.
func TestAttackInjection(t *testing.T) {
	f := start(t, "hugo")
	id := f.create(charter(func(c *agent.Charter) { c.Payees = []string{text("shop")} }), 100_000)
	f.ok(f.take(f.wake(id)).act(0, obey(1000, 8)...))
	if got, want := outcomes(f.last(id)), "payee payee payee payee payee payee payee payee"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := f.balance("mallory"); got != purse {
		t.Errorf("mallory has got %d", got-purse)
	}
	open := f.createAs("wanda", charter(), 100_000)
	f.wakeAs("wanda", open)
	f.ok(f.take(f.drawn(open)).act(0, obey(1000, 8)...))
	if got := f.balance("mallory") - purse; got > 2000 {
		t.Errorf("mallory has got %d of one wake-up, per_wake is 2000", got)
	}
}

// TestAttackSalami (2): many payments below the cap come to the hour's, the day's, the payee's and the life's, whichever is least; and a
// first payment waits while the guardian can refuse it.
func TestAttackSalami(t *testing.T) {
	for name, change := range map[string]func(*agent.Charter){
		"hour":  func(c *agent.Charter) { c.Caps.PerHour = math.NewInt(700) },
		"day":   func(c *agent.Charter) { c.Caps.PerDay = math.NewInt(700) },
		"life":  func(c *agent.Charter) { c.Caps.Lifetime = math.NewInt(700) },
		"payee": func(c *agent.Charter) { c.Caps.PerPayee = math.NewInt(700) },
	} {
		f := start(t, "hugo")
		id := f.create(charter(change), 100_000)
		for range 6 {
			f.wakeAs("olga", id)
			if f.agent(id).Sleep != agent.Awake {
				break
			}
			f.ok(f.take(f.drawn(id)).act(0, obey(99, 8)...))
		}
		if got := f.balance("mallory") - purse; got == 0 || got > 700 {
			t.Errorf("%s: mallory has got %d, the cap is 700", name, got)
		}
	}
	f := start(t, "hugo")
	id := f.create(charter(func(c *agent.Charter) { c.PayeeDelay = 600 }), 100_000)
	f.ok(f.take(f.wake(id)).act(0, pay("mallory", 100), pay("mallory", 100)))
	if got := outcomes(f.last(id)); got != "waiting waiting" {
		t.Fatalf("first payments: %s", got)
	}
	f.refused(&agent.MsgDecide{Sender: text("mallory"), Agent: id, Waiting: 1, Approve: true}, agent.ErrUnauthorised)
	f.refused(&agent.MsgDecide{Sender: text("gus"), Agent: id, Waiting: 1, Approve: true}, agent.ErrUnauthorised)
	f.ok(&agent.MsgDecide{Sender: text("gus"), Agent: id, Waiting: 1})
	f.block(5 * time.Minute)
	if got := f.balance("mallory"); got != purse {
		t.Errorf("paid %d before the delay is over", got-purse)
	}
	f.pass(4, 5*time.Minute)
	if got := f.balance("mallory") - purse; got != 100 {
		t.Errorf("paid %d, one of two was refused", got)
	}
}

// TestAttackActions (3): what the charter does not name is refused, and an action has no place for anything else: two at once, a
// reservation in an act, or the treasury paying itself.
func TestAttackActions(t *testing.T) {
	f := start(t, "hugo")
	id := f.create(charter(func(c *agent.Charter) { c.Actions = []string{agent.ActionReserve} }), 10_000)
	s := f.take(f.wake(id))
	two := pay("shop", 1)
	two.Reserve = &agent.Reserve{Payee: text("shop"), Amount: math.NewInt(1)}
	f.refused(s.act(0, two), agent.ErrInvalid)
	f.refused(s.act(0, agent.Action{Reserve: two.Reserve}), agent.ErrInvalid)
	f.refused(s.act(0, agent.Action{}), agent.ErrInvalid)
	f.ok(s.act(0, pay("shop", 1)))
	if got := outcomes(f.last(id)); got != agent.ReasonAction {
		t.Errorf("an action that is not named: %s", got)
	}
	// Nobody can sign for the treasury: neither a host nor the owner is it, and what it sends is this module's alone.
	if bytes.Equal(agent.Treasury(id), ledgertest.Account("olga")) {
		t.Error("the treasury is the owner's account")
	}
	if _, err := f.Send(&banktypes.MsgSend{FromAddress: f.agent(id).Treasury, ToAddress: text("mallory")}); err == nil {
		t.Error("a bank message moves the treasury's money")
	}
}

// TestAttackSessionKey (4): whoever has stolen the session key is bound by the caps, and by nothing after owner or guardian pause or kill.
func TestAttackSessionKey(t *testing.T) {
	for _, stop := range []string{"pause", "kill"} {
		f := start(t, "hugo")
		id := f.create(charter(), 100_000)
		stolen := f.take(f.wake(id))
		f.ok(stolen.reserve(0, "mallory", 1000))
		theft := stolen.act(0, obey(1000, 8)...)
		if stop == "pause" {
			f.ok(&agent.MsgPause{Sender: text("gus"), Agent: id})
			f.refused(&agent.MsgResume{Sender: text("olga"), Agent: id}, agent.ErrUnauthorised)
		} else {
			f.ok(&agent.MsgKill{Sender: text("olga"), Agent: id})
		}
		for _, m := range []sdk.Msg{theft, stolen.reserve(1, "mallory", 1)} {
			if _, err := f.Send(m); err == nil {
				t.Errorf("%s: %T was taken", stop, m)
			}
		}
		payment := agent.PaymentID(id, 1, 0)
		if err := f.Agent.Spend(f.Ctx, agent.Treasury(id), ledgertest.Account("mallory"), math.NewInt(1), payment, stolen.address()); err == nil {
			t.Errorf("%s: a reservation was spent", stop)
		}
		f.pass(15, time.Minute)
		if got := f.balance("mallory"); got != purse {
			t.Errorf("%s: mallory has got %d", stop, got-purse)
		}
		f.ok(&agent.MsgWithdraw{Sender: text("olga"), Agent: id, Amount: math.NewInt(1 << 40)})
		before := f.balance("olga")
		f.pass(10, 10*time.Minute)
		// A paused wake-up still holds what it may cost; a killed one has returned it.
		lost := 100_000 - (f.balance("olga") - before)
		if want := map[string]int64{"pause": cost, "kill": fee}[stop]; lost != want {
			t.Errorf("%s: the owner lost %d, want %d", stop, lost, want)
		}
	}
}

// TestAttackOwnerKey (5): whoever has the owner's key can neither withdraw nor loosen nor give the agent away while the guardian looks.
func TestAttackOwnerKey(t *testing.T) {
	f := start(t, "hugo")
	id := f.create(charter(func(c *agent.Charter) { c.Payees = []string{text("shop")} }), 100_000)
	loose := charter(func(c *agent.Charter) { c.Timelock = 0 })
	f.ok(&agent.MsgAmend{Sender: text("olga"), Agent: id, Charter: loose})
	f.ok(&agent.MsgWithdraw{Sender: text("olga"), Agent: id, Amount: math.NewInt(100_000)})
	f.ok(&agent.MsgTransferOwner{Sender: text("olga"), Agent: id, Owner: text("mallory")})
	for change := uint64(1); change <= 3; change++ {
		f.refused(&agent.MsgVeto{Sender: text("mallory"), Agent: id, Change: change}, agent.ErrUnauthorised)
		f.ok(&agent.MsgVeto{Sender: text("gus"), Agent: id, Change: change})
	}
	f.pass(12, 10*time.Minute)
	if a := f.agent(id); a.Owner != text("olga") || a.Version != 1 || f.treasury(id) != 100_000 {
		t.Errorf("%s owns version %d with %d", a.Owner, a.Version, f.treasury(id))
	}
	tight := charter(func(c *agent.Charter) { c.Payees, c.Caps.PerWake = []string{text("shop")}, math.NewInt(100) })
	f.ok(&agent.MsgAmend{Sender: text("olga"), Agent: id, Charter: tight})
	if a := f.agent(id); a.Version != 2 {
		t.Error("a tighter charter waits")
	}
}

// TestAttackReplay (6): an act counts once, for its ledger, agent, wake-up, epoch and head, and only as it was signed.
func TestAttackReplay(t *testing.T) {
	f := start(t, "hugo")
	id, other := f.create(charter(), 10_000), f.createAs("wanda", charter(), 10_000)
	s := f.take(f.wake(id))
	f.wakeAs("wanda", other)
	f.take(f.drawn(other))
	head := f.agent(id).Head
	good := s.act(0, pay("shop", 1))
	tamper := func(name string, want error, change func(*agent.MsgAct)) {
		m := *good
		change(&m)
		f.refused(&m, want)
		if t.Failed() {
			t.Fatal(name)
		}
	}
	tamper("agent", agent.ErrSignature, func(m *agent.MsgAct) { m.Agent = other })
	tamper("wake", agent.ErrNotFound, func(m *agent.MsgAct) { m.Wake = 2 })
	tamper("epoch", agent.ErrFenced, func(m *agent.MsgAct) { m.Epoch = 2 })
	tamper("decision", agent.ErrSignature, func(m *agent.MsgAct) { m.Decision = hash("other") })
	tamper("memory", agent.ErrSignature, func(m *agent.MsgAct) { m.Memory = hash("other") })
	tamper("cost", agent.ErrSignature, func(m *agent.MsgAct) { m.Cost = math.NewInt(1) })
	tamper("payee", agent.ErrSignature, func(m *agent.MsgAct) { m.Actions = []agent.Action{pay("mallory", 1)} })
	tamper("no action", agent.ErrSignature, func(m *agent.MsgAct) { m.Actions = nil })
	tamper("ledger", agent.ErrSignature, func(m *agent.MsgAct) { ledgertest.Must(t, agent.SignAct(s.key, "ayni_2-1", head, m)) })
	tamper("head", agent.ErrSignature, func(m *agent.MsgAct) { ledgertest.Must(t, agent.SignAct(s.key, chain, id[:31], m)) })
	key, err := ethkey.NewPrivKey(hash("mallory's"))
	ledgertest.Must(t, err)
	tamper("key", agent.ErrSignature, func(m *agent.MsgAct) { ledgertest.Must(t, agent.SignAct(key, chain, head, m)) })
	carried := *good
	carried.Carrier = text("wanda")
	f.ok(&carried)
	f.refused(good, agent.ErrOver)
}

// TestAttackTwice (7): of two hosts that run one wake-up, and of one that restarts, one act counts; both have one payment id, and its
// money moves once.
func TestAttackTwice(t *testing.T) {
	f := start(t, "hugo", "hana")
	id := f.create(charter(), 10_000)
	first := f.take(f.wake(id))
	f.ok(first.reserve(0, "shop", 500))
	f.pass(3, time.Minute)
	second := f.take(f.drawn(id))
	f.refused(first.reserve(1, "shop", 500), agent.ErrFenced)
	f.ok(second.reserve(0, "shop", 500)) // the same answer: it stands already
	if got := f.agent(id).Held.Int64(); got != 500+cost-fee {
		t.Errorf("holds %d", got)
	}
	payment := agent.PaymentID(id, 1, 0)
	ctx, commit := f.Ctx.CacheContext()
	ledgertest.Must(t, f.Agent.Spend(ctx, agent.Treasury(id), ledgertest.Account("shop"), math.NewInt(500), payment, first.address()))
	ledgertest.Must(t, f.Bank.SendCoinsFromModuleToAccount(ctx, "credit", ledgertest.Account("shop"), coins(500)))
	commit()
	if err := f.Agent.Spend(f.Ctx, agent.Treasury(id), ledgertest.Account("shop"), math.NewInt(500), payment, second.address()); err == nil {
		t.Error("two hosts were paid for one call")
	}
	a, b := first.act(0, pay("shop", 1)), second.act(0, pay("shop", 1))
	f.refused(a, agent.ErrFenced)
	f.ok(b)
	f.refused(b, agent.ErrOver)
	if got := f.balance("shop") - purse; got != 501 {
		t.Errorf("the shop has got %d", got)
	}
}

// TestAttackRedraw (9): no host can change the seed by letting the lease go, by joining late, or by taking it again.
func TestAttackRedraw(t *testing.T) {
	f := start(t, "hugo", "hana")
	id := f.create(charter(), 10_000)
	first := f.wake(id)
	f.host("mia") // knows the seed
	for range 2 {
		s := f.take(f.drawn(id))
		if !bytes.Equal(s.lease.Seed, first.Seed) || s.lease.Host == text("mia") {
			t.Errorf("%s has the seed %x in epoch %d", s.lease.Host, s.lease.Seed, s.lease.Epoch)
		}
		f.refused(&agent.MsgTake{Host: text("mia"), Agent: id, Wake: 1, Epoch: s.lease.Epoch, Session: s.key.PubKey().Bytes()}, agent.ErrUnauthorised)
		f.pass(3, time.Minute)
	}
}

// TestAttackSpam (17): messages fill a bounded queue, cost whoever sends them, and open nothing that the treasury cannot pay; hosts that
// never act are looked for ever more seldom.
func TestAttackSpam(t *testing.T) {
	f := start(t)
	id := f.create(charter(func(c *agent.Charter) { c.Anyone, c.WakePrice = true, math.NewInt(2*cost) }), 0)
	before := f.balance("mallory")
	sent := 0
	for range 40 {
		if _, err := f.Send(&agent.MsgWake{Sender: text("mallory"), Agent: id, Message: hash("spam"), Size_: 1}); err != nil {
			break
		}
		sent++
	}
	if sent != agent.QueueMax+1 || before-f.balance("mallory") != int64(sent)*2*cost {
		t.Errorf("%d messages for %d", sent, before-f.balance("mallory"))
	}
	writes := 0
	for range 24 * 60 {
		last := f.agent(id)
		due, err := f.Agent.Leases.Get(f.Ctx, id)
		ledgertest.Must(t, err)
		f.block(time.Minute)
		if now, err := f.Agent.Leases.Get(f.Ctx, id); err != nil || now.Due != due.Due || last.Epoch != f.agent(id).Epoch {
			writes++
		}
	}
	if writes > 40 {
		t.Errorf("an agent without a host changed the state %d times in a day", writes)
	}
	f.refused(&agent.MsgWake{Sender: text("gus"), Agent: f.createAs("wanda", charter(), 0), Message: hash("spam"), Size_: 1}, agent.ErrUnauthorised)
}

// TestAttackSold (19): after the agent is sold, neither the old owner nor the lease's old key, nor what they set in motion, moves money.
func TestAttackSold(t *testing.T) {
	f := start(t, "hugo")
	id := f.create(charter(func(c *agent.Charter) { c.PayeeDelay, c.LeaseSeconds, c.LeaseBlocks = 7200, 7200, 100 }), 100_000)
	f.ok(f.take(f.wake(id)).act(0, pay("mallory", 100)))
	f.ok(&agent.MsgTransferOwner{Sender: text("olga"), Agent: id, Owner: text("wanda")})
	f.ok(&agent.MsgWithdraw{Sender: text("olga"), Agent: id, Amount: math.NewInt(100)})
	f.ok(&agent.MsgVeto{Sender: text("olga"), Agent: id, Change: 3})
	f.pass(5, 10*time.Minute)
	old := f.take(f.wake(id))
	theft := old.act(0, pay("shop", 500))
	f.pass(3, 5*time.Minute)
	if a := f.agent(id); a.Owner != text("wanda") || a.Guardian != "" {
		t.Fatalf("%s owns it", a.Owner)
	}
	f.refused(theft, agent.ErrFenced)
	f.refused(&agent.MsgPause{Sender: text("gus"), Agent: id}, agent.ErrUnauthorised)
	f.refused(&agent.MsgPause{Sender: text("olga"), Agent: id}, agent.ErrUnauthorised)
	f.pass(15, 10*time.Minute)
	if got := f.balance("mallory"); got != purse {
		t.Errorf("an action of the old owner's paid %d", got-purse)
	}
	f.ok(&agent.MsgPause{Sender: text("wanda"), Agent: id})
}

// TestAttackZombie (20): an agent that cannot pay for a wake-up sleeps and writes nothing; dust does not wake it, a deposit does.
func TestAttackZombie(t *testing.T) {
	f := start(t, "hugo")
	id := f.create(charter(func(c *agent.Charter) { c.Every, c.OnDeposit = 60, true }), cost-1)
	f.pass(3, time.Minute)
	if a := f.agent(id); a.Sleep != agent.SleepMoney {
		t.Fatalf("sleeps by %s", a.Sleep)
	}
	queued := f.agent(id).Queued
	f.pass(20, time.Minute)
	if a := f.agent(id); a.Queued != queued {
		t.Errorf("%d wake-ups were queued in its sleep", a.Queued-queued)
	}
	f.ok(&agent.MsgFund{Sender: text("wanda"), Agent: id, Amount: math.NewInt(10 * cost)})
	f.ok(f.take(f.drawn(id)).act(0))
}

func (f *fixture) createAs(owner string, c agent.Charter, deposit int64) []byte {
	f.tb.Helper()
	label := fmt.Sprintf("of-%s", owner)
	f.ok(&agent.MsgCreate{Sender: text(owner), Label: label, Charter: c, Deposit: math.NewInt(deposit)})
	return agent.ID(chain, ledgertest.Account(owner), label)
}

func (f *fixture) wakeAs(owner string, id []byte) {
	f.tb.Helper()
	f.ok(&agent.MsgWake{Sender: text(owner), Agent: id, Message: hash("message"), Size_: 7})
}
