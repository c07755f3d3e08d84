package keeper_test

import (
	"bytes"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/x/agent"
	"ayni.example/x/internal/ledgertest"
)

// TestWakeUp follows one wake-up from a message to the log.
func TestWakeUp(t *testing.T) {
	f := start(t, "hugo", "hana")
	id := f.create(charter(), 10_000)
	lease := f.wake(id)
	seed := agent.Seed(output(f, lease.Round), id, 1)
	if !bytes.Equal(lease.Seed, seed) {
		t.Errorf("seed %x, want %x", lease.Seed, seed)
	}
	s := f.take(lease)
	host := f.Balance(ledgertest.Account("hugo")).Add(f.Balance(ledgertest.Account("hana")))
	f.ok(s.act(1000, pay("shop", 700), pay("shop", 700), pay("shop", 700), pay("shop", 1001)))
	e := f.last(id)
	if got, want := outcomes(e), "done done per_wake per_action"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	after := f.Balance(ledgertest.Account("hugo")).Add(f.Balance(ledgertest.Account("hana")))
	if got := after.Sub(host).Int64(); got != cost-fee || e.Cost.Int64() != got {
		t.Errorf("the host was paid %d, the log says %s, want %d", got, e.Cost, cost-fee)
	}
	if got, want := f.treasury(id), int64(10_000-1400-cost); got != want {
		t.Errorf("treasury %d, want %d", got, want)
	}
	if got := f.balance("shop"); got != purse+1400 {
		t.Errorf("the shop has %d", got)
	}
	f.CheckReload(t)
}

func output(f *fixture, round uint64) []byte {
	f.tb.Helper()
	out, err := f.Beacon.Output(f.Ctx, round)
	ledgertest.Must(f.tb, err)
	return out
}

// TestSchedule wakes by time, misses what finds another in the queue, sleeps without money and comes back by a deposit.
func TestSchedule(t *testing.T) {
	f := start(t, "hugo")
	id := f.create(charter(func(c *agent.Charter) { c.Every, c.OnDeposit = 600, true }), 2*cost)
	for i := range 2 {
		f.block(10 * time.Minute)
		s := f.take(f.drawn(id))
		if s.lease.Wake.Cause != agent.CauseSchedule || s.lease.Wake.Number != uint64(i+1) {
			t.Errorf("woken by %s as number %d", s.lease.Wake.Cause, s.lease.Wake.Number)
		}
		f.ok(s.act(cost))
	}
	f.pass(3, 10*time.Minute)
	if a := f.agent(id); a.Sleep != agent.SleepMoney || a.Queued != 2 {
		t.Errorf("sleeps by %s with %d wake-ups queued", a.Sleep, a.Queued)
	}
	before := f.Entries()
	f.pass(20, 10*time.Minute)
	if after := f.Entries(); len(before) != len(after) {
		t.Errorf("an agent that sleeps writes: %d entries, %d before", len(after), len(before))
	}
	f.ok(&agent.MsgFund{Sender: text("wanda"), Agent: id, Amount: math.NewInt(10 * cost)})
	if s := f.take(f.drawn(id)); s.lease.Wake.Cause != agent.CauseDeposit {
		t.Errorf("woken by %s", s.lease.Wake.Cause)
	}
	f.CheckReload(t)
}

// TestIdleLedger: an agent without a schedule changes nothing while nobody wants anything of it.
func TestIdleLedger(t *testing.T) {
	f := start(t, "hugo")
	id := f.create(charter(), 1000)
	f.ok(f.take(f.wake(id)).act(0))
	f.pass(3, time.Minute)
	before := f.Entries()
	f.pass(30, time.Minute)
	after := f.Entries()
	if len(before) != len(after) {
		t.Fatalf("%d entries, %d before", len(after), len(before))
	}
	for i := range before {
		if before[i] != after[i] {
			t.Errorf("%s %x changed", before[i].Store, before[i].Key)
		}
	}
}

// TestFailOver: a host that does not act is followed by another, its act is fenced off, and it is left out for a while.
func TestFailOver(t *testing.T) {
	f := start(t, "hugo", "hana")
	id := f.create(charter(), 10_000)
	first := f.take(f.wake(id))
	late := first.act(0, pay("shop", 10))
	f.pass(3, time.Minute)
	second := f.drawn(id)
	if second.Host == first.lease.Host || second.Epoch != 2 || !bytes.Equal(second.Seed, first.lease.Seed) {
		t.Errorf("lease of %s in epoch %d after %s", second.Host, second.Epoch, first.lease.Host)
	}
	f.refused(late, agent.ErrFenced)
	s := f.take(second)
	f.refused(late, agent.ErrFenced)
	f.ok(s.act(0, pay("shop", 10)))
	if a := f.agent(id); a.Lapsed != 1 || len(a.Lapses) != 1 || a.Lapses[0].Host != first.lease.Host {
		t.Errorf("%d lapsed: %v", a.Lapsed, a.Lapses)
	}
	f.refused(late, agent.ErrOver)
	if got := f.balance("shop"); got != purse+10 {
		t.Errorf("the shop has %d", got)
	}
}

// TestReserve: a reservation's money is held, taken once, and comes back otherwise.
func TestReserve(t *testing.T) {
	f := start(t, "hugo")
	id := f.create(charter(), 10_000)
	s := f.take(f.wake(id))
	for call, want := range []string{"done", "done", "done", agent.ReasonWake} {
		f.ok(s.reserve(uint32(call), "shop", 600))
		f.ok(s.reserve(uint32(call), "shop", 600)) // again: the same answer
		l, err := f.Agent.Leases.Get(f.Ctx, id)
		ledgertest.Must(t, err)
		if got := outcomes(agent.Entry{Results: l.Calls[call:]}); got != want {
			t.Errorf("call %d: %s, want %s", call, got, want)
		}
	}
	spend := func(call uint32, to string, amount int64, by *session) error {
		ctx, commit := f.Ctx.CacheContext()
		err := f.Agent.Spend(ctx, agent.Treasury(id), ledgertest.Account(to), math.NewInt(amount), agent.PaymentID(id, 1, call), by.address())
		if err == nil {
			commit()
			// What x/credit then does with it is x/credit's.
			ledgertest.Must(t, f.Bank.SendCoinsFromModuleToAccount(f.Ctx, "credit", ledgertest.Account(to), coins(amount)))
		}
		return err
	}
	f.cancel(s, 2)
	ledgertest.Must(t, spend(0, "shop", 400, s))
	if err := spend(0, "shop", 1, s); err == nil {
		t.Error("a reservation was spent twice")
	}
	f.ok(s.act(0))
	f.pass(12, time.Minute)
	if got, want := f.treasury(id), int64(10_000-400-fee); got != want {
		t.Errorf("treasury %d, want %d", got, want)
	}
	if a := f.agent(id); !a.Held.IsZero() {
		t.Errorf("still holds %s", a.Held)
	}
	spent, err := f.Agent.Spent.Get(f.Ctx, id)
	ledgertest.Must(t, err)
	if got := spent.Lifetime.Int64(); got != 400+fee {
		t.Errorf("%d counts", got)
	}
	f.CheckReload(t)
}
