package keeper_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/x/agent"
	"ayni.example/x/internal/ledgertest"
)

// commitment is money that left the treasury at a time, for good or until it comes back.
type commitment struct {
	at     int64
	amount int64
}

// TestNeverAboveCaps: random acts and reservations against random charters; a slow recount over everything that was committed finds no
// stretch of an hour or a day, no wake-up, no payee and no life above its cap. Nothing comes back here, so that the recount is exact.
func TestNeverAboveCaps(t *testing.T) {
	rounds := uint64(56)
	if testing.Short() {
		rounds = 3
	}
	steps := 0
	for seed := range rounds {
		r := &recount{fixture: start(t, "hugo"), random: rand.New(rand.NewPCG(seed, 8)), seed: seed}
		r.begin()
		for range 60 {
			r.step()
		}
		r.check()
		ledgertest.Must(t, r.Invariants())
		steps += r.steps
	}
	t.Logf("%d actions and reservations", steps)
}

// recount is an agent with a list of all that it has committed.
type recount struct {
	*fixture
	random *rand.Rand
	seed   uint64
	id     []byte
	c      agent.Charter
	all    []commitment
	steps  int
}

func (r *recount) begin() {
	r.tb.Helper()
	p, err := r.Agent.Params.Get(r.Ctx)
	ledgertest.Must(r.tb, err)
	p.Reserve = agent.Span{Blocks: 10, Seconds: 34 * 3600}
	ledgertest.Must(r.tb, p.Validate())
	ledgertest.Must(r.tb, r.Agent.Params.Set(r.Ctx, p))
	n := func(most int64) math.Int { return math.NewInt(1 + r.random.Int64N(most)) }
	r.c = charter(func(c *agent.Charter) {
		c.Caps = agent.Caps{
			PerAction: n(900), PerWake: n(4000).AddRaw(cost), PerHour: n(8000).AddRaw(cost), PerDay: n(16_000).AddRaw(cost),
			Lifetime: n(40_000).AddRaw(cost), PerPayee: n(16_000),
		}
		c.ApprovalAbove, c.ApprovalSeconds, c.ActionsMax = n(900), 300*24*3600, 16
	})
	r.id = r.create(r.c, 900_000)
}

// step is a wake-up, if one can be paid for, and some time.
func (r *recount) step() {
	r.tb.Helper()
	defer func() { r.block(time.Duration(r.random.IntN(600)) * time.Second) }()
	if a := r.agent(r.id); a.Ended == a.Queued {
		r.ok(&agent.MsgWake{Sender: text("olga"), Agent: r.id, Message: hash("m"), Size_: 1})
	}
	if r.agent(r.id).Sleep != agent.Awake {
		return
	}
	s := r.take(r.drawn(r.id))
	for call := range r.random.IntN(6) {
		r.ok(s.reserve(uint32(call), "shop", 1+r.random.Int64N(900)))
		r.steps++
	}
	var actions []agent.Action
	for range r.random.IntN(11) {
		actions = append(actions, pay([]string{"shop", "mallory"}[r.random.IntN(2)], 1+r.random.Int64N(900)))
		r.steps++
	}
	r.ok(s.act(r.random.Int64N(2*cost), actions...))
	r.note(s.lease.Charged, r.last(r.id))
}

func (r *recount) note(opened int64, e agent.Entry) {
	r.tb.Helper()
	r.all = append(r.all, commitment{opened, e.Cost.Int64() + fee})
	wake := e.Cost.Int64() + fee
	for _, one := range append(e.Results, e.Calls...) {
		if one.Outcome != agent.OutcomeDone && one.Outcome != agent.OutcomeWaiting {
			continue
		}
		_, amount := one.Action.Payment()
		if amount.GT(r.c.Caps.PerAction) {
			r.tb.Fatalf("seed %d: an action of %s", r.seed, amount)
		}
		wake += amount.Int64()
		r.all = append(r.all, commitment{e.Time, amount.Int64()})
	}
	if wake > r.c.Caps.PerWake.Int64() {
		r.tb.Fatalf("seed %d: a wake-up committed %d, the cap is %s", r.seed, wake, r.c.Caps.PerWake)
	}
}

// check looks at each stretch that begins with a commitment.
func (r *recount) check() {
	r.tb.Helper()
	caps, life := r.c.Caps, int64(0)
	for i, from := range r.all {
		life += from.amount
		hour, day := int64(0), int64(0)
		for _, one := range r.all[i:] {
			if one.at < from.at+3600 {
				hour += one.amount
			}
			if one.at < from.at+24*3600 {
				day += one.amount
			}
		}
		if hour > caps.PerHour.Int64() || day > caps.PerDay.Int64() {
			r.tb.Fatalf("seed %d: %d in an hour, %d in a day; the caps are %s and %s", r.seed, hour, day, caps.PerHour, caps.PerDay)
		}
	}
	if paid := r.balance("mallory") - purse; life > caps.Lifetime.Int64() || paid > caps.PerPayee.Int64() {
		r.tb.Fatalf("seed %d: %d in its life, %d of it to mallory; the caps are %s and %s", r.seed, life, paid, caps.Lifetime, caps.PerPayee)
	}
	spent, err := r.Agent.Spent.Get(r.Ctx, r.id)
	ledgertest.Must(r.tb, err)
	held := r.agent(r.id)
	if open := held.Ended < held.Queued; !open && spent.Lifetime.Int64() != life {
		r.tb.Fatalf("seed %d: %s counts, %d was committed", r.seed, spent.Lifetime, life)
	}
}
