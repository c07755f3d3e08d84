package host_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ayni.example/agent/charter"
	"ayni.example/agent/host"
	"ayni.example/x/agent"
)

// TestKilledHosts has hosts die at random steps, before or after an effect, while agents wake up again and again: each wake-up is
// done once, nothing is paid twice, the chain of each log is whole. AGENT_WAKES=1000 runs the large one; AGENT_SEED repeats a run.
func TestKilledHosts(t *testing.T) {
	seed, wakes := uint64(time.Now().UnixNano()), 24
	if text := os.Getenv("AGENT_SEED"); text != "" {
		seed, _ = strconv.ParseUint(text, 10, 64)
	}
	if n, err := strconv.Atoi(os.Getenv("AGENT_WAKES")); err == nil {
		wakes = n
	}
	t.Logf("seed %d, %d wake-ups", seed, wakes)
	r := newRig(t, 3)
	const agents = 6
	model := &standIn{script: func(step int, q host.Request) string {
		_, text, _ := strings.Cut(q.Messages[len(q.Messages)-1-2*step].Content, "\n\n")
		switch step {
		case 0, 1:
			return call("buy", fmt.Sprintf(`{"url":"%s/paid/%s/%d"}`, r.shop.URL, text, step))
		case 2:
			return call("pay", fmt.Sprintf(`{"to":%q,"amount":"0.000000000000000007"}`, r.chain.Address(mallory)))
		default:
			return "done with " + text
		}
	}}
	draw := rand.New(rand.NewPCG(seed, 1))
	var mu sync.Mutex
	kills := 0
	all, end := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, m := range r.hosts {
		m.model = model
		running.Go(func() {
			for all.Err() == nil {
				ctx, cancel := context.WithCancel(all)
				l := &life{over: cancel, kill: func() bool {
					mu.Lock()
					defer mu.Unlock()
					if draw.IntN(40) > 0 {
						return false
					}
					kills++
					return true
				}}
				h, err := host.New(m.config(l))
				if err != nil {
					t.Error(err)
					cancel()
					return
				}
				_ = h.Run(ctx)
				cancel()
				mu.Lock()
				pause := time.Duration(draw.IntN(200)) * time.Millisecond
				mu.Unlock()
				time.Sleep(pause)
			}
		})
	}
	t.Cleanup(func() { end(); running.Wait() })
	plan := r.plan(func(p *charter.Plan) { p.Policy.LeaseSeconds = 3; p.Policy.ActionsMax = 8 })
	before, sold := r.balance(mallory), r.balance(seller)
	ids := make([][]byte, agents)
	for i := range ids {
		ids[i] = r.create(fmt.Sprintf("buyer-%d", i), plan)
	}
	for n := range wakes {
		id := ids[n%agents]
		wake := uint64(n/agents + 1)
		if wake > 8 {
			r.entry(id, wake-8, time.Minute)
		}
		if got := r.talk(id, fmt.Sprintf("%d-%d", n%agents, wake)); got != wake {
			t.Fatalf("wake-up %d of agent %d is number %d", wake, n%agents, got)
		}
	}
	for n := max(0, wakes-agents); n < wakes; n++ {
		r.entry(ids[n%agents], uint64(n/agents+1), time.Minute)
	}
	lapsed := uint64(0)
	for i, id := range ids {
		lapsed += r.checkLog(t, id, uint64((wakes-i+agents-1)/agents))
	}
	if got := r.balance(mallory).Sub(before); got.Int64() != int64(7*wakes) {
		t.Errorf("the ledger paid %s in %d wake-ups, want %d", got, wakes, 7*wakes)
	}
	for path, times := range r.given {
		if times != 1 {
			t.Errorf("the shop gave %s %d times", path, times)
		}
	}
	if len(r.given) != 2*wakes {
		t.Errorf("the shop gave %d things in %d wake-ups", len(r.given), wakes)
	}
	t.Logf("%d kills, %d leases that lapsed, the seller has %s more", kills, lapsed, r.balance(seller).Sub(sold))
}

// checkLog asks that an agent's log is one chain of all its wake-ups, and returns how many leases lapsed.
func (r *rig) checkLog(t *testing.T, id []byte, wakes uint64) uint64 {
	t.Helper()
	a, err := r.chain.Client(owner).Agent(context.Background(), id)
	must(t, err)
	log, err := r.chain.Client(owner).AgentLog(context.Background(), id)
	must(t, err)
	if a.Agent.Ended != wakes || uint64(len(log)) != min(wakes, 256) {
		t.Errorf("agent %x has ended %d wake-ups and logged %d, want %d", id[:4], a.Agent.Ended, len(log), wakes)
	}
	for i, e := range log {
		head, err := agent.Head(e)
		must(t, err)
		if string(head) != string(e.Head) || i > 0 && (string(e.Previous) != string(log[i-1].Head) || e.Wake.Number != log[i-1].Wake.Number+1) {
			t.Errorf("entry %d of agent %x breaks the chain", e.Wake.Number, id[:4])
		}
		if len(e.Calls) != 2 || len(e.Results) != 1 || e.Results[0].Outcome != agent.OutcomeDone {
			t.Errorf("wake-up %d: calls %v, results %v", e.Wake.Number, e.Calls, e.Results)
		}
	}
	if n := len(log); n > 0 && string(a.Agent.Head) != string(log[n-1].Head) {
		t.Errorf("the head of agent %x is not that of its log", id[:4])
	}
	money, err := r.chain.Client(owner).AgentTreasury(context.Background(), id)
	must(t, err)
	params, err := r.chain.Client(owner).AgentParams(context.Background())
	must(t, err)
	if want := params.WakeFee.AddRaw(1000 + 7 + 2*price).MulRaw(int64(wakes)); !money.Lifetime.Equal(want) || !money.Held.IsZero() {
		t.Errorf("agent %x has spent %s and holds %s, want %s and nothing", id[:4], money.Lifetime, money.Held, want)
	}
	return a.Agent.Lapsed
}
