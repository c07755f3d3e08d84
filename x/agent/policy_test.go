package agent_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"cosmossdk.io/math"

	"ayni.example/internal/ethkey"
	"ayni.example/x/agent"
)

func address(b byte) string { return ethkey.Format(bytes.Repeat([]byte{b}, 20)) }

func charter() agent.Charter {
	n := math.NewInt
	return agent.Charter{
		Document: bytes.Repeat([]byte{1}, 32), Model: bytes.Repeat([]byte{2}, 32), Actions: []string{agent.ActionPay, agent.ActionReserve},
		Caps:        agent.Caps{PerAction: n(100), PerWake: n(200), PerHour: n(500), PerDay: n(900), Lifetime: n(9000), PerPayee: n(1000)},
		PerWakeCost: n(10), Payees: []string{address(1), address(2)}, PayeeDelay: 60, DelayBlocks: 3, ApprovalAbove: n(50),
		ApprovalSeconds: 600, ActionsMax: 8, Every: 600, OnDeposit: true, Wakers: []string{address(3)}, WakePrice: n(20),
		Hosts: []string{address(4)}, LeaseBlocks: 5, LeaseSeconds: 60, Timelock: 3600, Expires: 1000,
	}
}

// TestTighter changes one field at a time, both ways.
func TestTighter(t *testing.T) {
	one := math.OneInt()
	proved := func(c *agent.Charter, factor int64) {
		c.Actions = []string{agent.ActionPay, agent.ActionReserve, agent.ActionPayProved}
		c.Appraisal = &agent.Appraisal{Model: bytes.Repeat([]byte{3}, 32), Submitter: address(5), Factor: math.NewInt(factor)}
	}
	for name, tests := range map[string]struct{ tight, loose func(*agent.Charter) }{
		"nothing":       {func(*agent.Charter) {}, nil},
		"document":      {nil, func(c *agent.Charter) { c.Document = bytes.Repeat([]byte{9}, 32) }},
		"model":         {nil, func(c *agent.Charter) { c.Model = nil }},
		"actions":       {func(c *agent.Charter) { c.Actions = c.Actions[:1] }, func(c *agent.Charter) { proved(c, 1) }},
		"per_action":    {func(c *agent.Charter) { c.Caps.PerAction = one }, func(c *agent.Charter) { c.Caps.PerAction = math.NewInt(101) }},
		"per_wake":      {func(c *agent.Charter) { c.Caps.PerWake = one }, func(c *agent.Charter) { c.Caps.PerWake = math.NewInt(201) }},
		"per_hour":      {func(c *agent.Charter) { c.Caps.PerHour = one }, func(c *agent.Charter) { c.Caps.PerHour = math.NewInt(501) }},
		"per_day":       {func(c *agent.Charter) { c.Caps.PerDay = one }, func(c *agent.Charter) { c.Caps.PerDay = math.NewInt(901) }},
		"lifetime":      {func(c *agent.Charter) { c.Caps.Lifetime = one }, func(c *agent.Charter) { c.Caps.Lifetime = math.NewInt(9001) }},
		"per_payee":     {func(c *agent.Charter) { c.Caps.PerPayee = one }, func(c *agent.Charter) { c.Caps.PerPayee = math.NewInt(1001) }},
		"per_wake_cost": {func(c *agent.Charter) { c.PerWakeCost = one }, func(c *agent.Charter) { c.PerWakeCost = math.NewInt(11) }},
		"payees":        {func(c *agent.Charter) { c.Payees = c.Payees[:1] }, func(c *agent.Charter) { c.Payees = nil }},
		"other payee":   {nil, func(c *agent.Charter) { c.Payees = []string{address(1), address(7)} }},
		"payee_delay":   {func(c *agent.Charter) { c.PayeeDelay++ }, func(c *agent.Charter) { c.PayeeDelay-- }},
		"delay_blocks":  {func(c *agent.Charter) { c.DelayBlocks++ }, func(c *agent.Charter) { c.DelayBlocks-- }},
		"approval":      {func(c *agent.Charter) { c.ApprovalAbove = one }, func(c *agent.Charter) { c.ApprovalAbove = math.NewInt(51) }},
		"approval time": {func(c *agent.Charter) { c.ApprovalSeconds-- }, func(c *agent.Charter) { c.ApprovalSeconds++ }},
		"actions_max":   {func(c *agent.Charter) { c.ActionsMax-- }, func(c *agent.Charter) { c.ActionsMax++ }},
		"every":         {func(c *agent.Charter) { c.Every++ }, func(c *agent.Charter) { c.Every-- }},
		"no schedule":   {func(c *agent.Charter) { c.Every = 0 }, nil},
		"on_deposit":    {func(c *agent.Charter) { c.OnDeposit = false }, nil},
		"wakers":        {func(c *agent.Charter) { c.Wakers = nil }, func(c *agent.Charter) { c.Wakers = []string{address(3), address(6)} }},
		"anyone":        {nil, func(c *agent.Charter) { c.Anyone = true }},
		"wake_price":    {func(c *agent.Charter) { c.WakePrice = math.NewInt(21) }, func(c *agent.Charter) { c.WakePrice = one }},
		"hosts":         {nil, func(c *agent.Charter) { c.Hosts = nil }},
		"lease":         {nil, func(c *agent.Charter) { c.LeaseSeconds-- }},
		"timelock":      {func(c *agent.Charter) { c.Timelock++ }, func(c *agent.Charter) { c.Timelock-- }},
		"expires":       {func(c *agent.Charter) { c.Expires-- }, func(c *agent.Charter) { c.Expires = 0 }},
	} {
		for _, test := range []struct {
			change func(*agent.Charter)
			want   bool
		}{{tests.tight, true}, {tests.loose, false}} {
			if test.change == nil {
				continue
			}
			next := charter()
			test.change(&next)
			if err := next.Validate(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if got := charter().Tighter(next); got != test.want {
				t.Errorf("%s: tighter is %t", name, got)
			}
		}
	}
	with, less := charter(), charter()
	proved(&with, 10)
	proved(&less, 9)
	if !with.Tighter(less) || less.Tighter(with) || !with.Tighter(charter()) {
		t.Error("an appraisal's factor, or its absence, is compared wrongly")
	}
}

// TestWindow compares the sliding sum with a recount: it never leaves out what lies within an hour, nor keeps what is older than an hour
// and a part.
func TestWindow(t *testing.T) {
	const seed = 3
	random := rand.New(rand.NewPCG(seed, seed))
	type one struct{ at, amount int64 }
	var all []one
	s, now := agent.NewSpent(), int64(1_700_000_000)
	for i := range 3000 {
		now += random.Int64N(700)
		if n := len(all); n > 0 && random.IntN(5) == 0 {
			s = s.Release(all[n-1].at, math.NewInt(all[n-1].amount))
			all = all[:n-1]
		} else {
			all = append(all, one{now, random.Int64N(1000)})
			s = s.Commit(now, math.NewInt(all[len(all)-1].amount))
		}
		least, most, life := int64(0), int64(0), int64(0)
		for _, o := range all {
			life += o.amount
			if now-o.at < 3600 {
				least += o.amount
			}
			if now-o.at < 3600+600 {
				most += o.amount
			}
		}
		if got := s.InHour(now).Int64(); got < least || got > most || s.Lifetime.Int64() != life {
			t.Fatalf("seed %d, step %d: %d, want %d to %d", seed, i, got, least, most)
		}
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzAct: a message from the wire is refused or signs the same after another trip.
func FuzzAct(f *testing.F) {
	good := agent.MsgAct{
		Agent: bytes.Repeat([]byte{1}, 32), Decision: bytes.Repeat([]byte{2}, 32), Cost: math.OneInt(), Signature: make([]byte, 64),
		Actions: []agent.Action{{Pay: &agent.Pay{Payee: address(1), Amount: math.OneInt()}}},
	}
	raw, err := good.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, data []byte) {
		var m, again agent.MsgAct
		if len(data) > 1<<16 || m.Unmarshal(data) != nil || m.ValidateBasic() != nil {
			return
		}
		signed, err := agent.ActBytes("ayni_1-1", m.Agent, &m)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := m.Marshal()
		if err != nil || again.Unmarshal(raw) != nil {
			t.Fatal(err)
		}
		if twice, err := agent.ActBytes("ayni_1-1", again.Agent, &again); err != nil || !bytes.Equal(signed, twice) {
			t.Fatalf("signs %x, then %x: %v", signed, twice, err)
		}
	})
}

// FuzzCharter: a charter from the wire is refused or compares as no looser than itself.
func FuzzCharter(f *testing.F) {
	c := charter()
	raw, err := c.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, data []byte) {
		var c agent.Charter
		if len(data) > 1<<16 || c.Unmarshal(data) != nil || c.Validate() != nil {
			return
		}
		if !c.Tighter(c) {
			t.Error("a charter is looser than itself")
		}
	})
}

func BenchmarkPolicy(b *testing.B) {
	c := charter()
	s := agent.NewSpent()
	for i := range int64(300) {
		s = s.Commit(i*300, math.OneInt())
	}
	v := agent.View{Now: 300 * 300, Spent: s, Wake: math.NewInt(20), Balance: math.NewInt(5000), Payee: agent.Payee{Paid: math.NewInt(3), Known: true}}
	a := agent.Action{Pay: &agent.Pay{Payee: address(2), Amount: math.NewInt(40)}}
	c.Expires = 0
	for b.Loop() {
		if v := c.Admits(v, a); v.Refused != "" {
			b.Fatal(v.Refused)
		}
	}
}
