package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/test/netns"
	"ayni.example/test/standin"
	"ayni.example/web/operator"
)

// shopAddress looks like one of the internet: strangers' charters reach no other. It is in the test's own namespace alone.
const shopAddress = "11.77.0.1"

// spender buys from a shop and pays, in each wake-up that it is told to.
const spender = `
name: Spender
label: spender-%d
prompt: You buy what you are told to.
model: {name: %s, temperature: 0, max_tokens: 300, calls: text}
steps: 5
memory: {bytes: 64KiB, turns: 2}
tools:
  - name: shop
    http: [%s/v1/chat/completions]
    methods: [POST]
    price: 0.01
    time: 1m
actions: [pay, reserve]
limits: {lifetime: 100, per_wake: 0.1, per_wake_cost: 0.0011, actions: 4}
payees: [%q, %q]
wake: {every: 1m}
hosts: [%s]
lease: {blocks: 4, time: 10s}
timelock: 1d
`

// spenders are the agents that the hosts have at one time.
const spenders = 6

// crowd is three machines that host the agents of a fourth, which has ledger, model and shop.
type crowd struct {
	t         *testing.T
	owner     *node
	hosts     []*node
	addresses []string
	shop      string
	purse     purse
	agents    []operator.Agent
	began     math.Int // that the ledger held
	random    *rand.Rand
}

// from is a number of the environment, or another.
func from(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	must(t, err)
	return n
}

// TestKilledAgentHosts: processes that host agents are killed at random moments, one, two or all at a time, while agents are woken by
// messages and by their schedule. Each wake-up is done once, by whichever host; nothing is paid twice; each log is one chain that is
// computed again; each treasury is exact to the unit. With two hosts gone the agents live on the third.
// AYNI_WAKES wakes each agent so often, AYNI_SEED repeats a run.
func TestKilledAgentHosts(t *testing.T) {
	t.Parallel()
	seed, wakes := from(t, "AYNI_SEED", uint64(time.Now().UnixNano())), int(from(t, "AYNI_WAKES", 2))
	t.Logf("seed %d, %d wake-ups by message of each agent", seed, wakes)
	c := newCrowd(t, rand.New(rand.NewPCG(seed, 1)))
	for i := range spenders {
		c.agents = append(c.agents, c.hire(i, c.addresses...))
	}
	c.registered()
	over, done := make(chan struct{}), make(chan int, 1)
	go func() { done <- c.strike(over) }()
	var talks sync.WaitGroup
	for i := range c.agents {
		talks.Go(func() {
			for n := range wakes {
				c.talk(i, fmt.Sprintf("%d", n))
			}
		})
	}
	talks.Wait()
	close(over)
	kills := <-done
	if t.Failed() {
		return
	}
	last := c.random.IntN(len(c.hosts))
	for i, h := range c.hosts {
		if i != last {
			h.kill()
		}
	}
	for i := range c.agents {
		talks.Go(func() {
			if w := c.talk(i, "last"); w.Host != c.addresses[last] {
				t.Errorf("agent %d is hosted by %s, alive is %s", i, w.Host, c.addresses[last])
			}
		})
	}
	talks.Wait()
	for _, a := range c.agents {
		wait(t, time.Minute, "a wake-up by the schedule", func() error { return c.ticked(a) })
	}
	for i, h := range c.hosts {
		if i != last {
			h.start() // what its wake-ups thought lies there alone
		}
	}
	c.check(wakes + 1)
	t.Logf("%d kills", kills)
	if kills == 0 {
		t.Error("no host was killed")
	}
}

func newCrowd(t *testing.T, random *rand.Rand) *crowd {
	t.Helper()
	binary(t)
	if why := netns.Missing(); why != "" {
		t.Skip(why)
	}
	ns := namespace(t, "agents")
	ip(t, "-n", ns, "addr", "add", shopAddress+"/32", "dev", "lo")
	model := &standIn{served(t, ns, "127.0.0.1:0", standin.Handler()) + "/v1"}
	machine := func(args ...string) *node {
		m := newMachine(t, append([]string{"--listen", "127.0.0.1:0", "--ollama", "off"}, args...)...)
		m.netns = ns
		write(t, m.home, model.config()+"empty_block_seconds: 2\n")
		return m
	}
	c := &crowd{t: t, owner: machine(), random: random}
	c.owner.start()
	c.purse = newPurse(t, c.owner, "purse")
	c.owner.run("payments", "price", "/v1/chat/completions", "--amount", "0.01")
	target, err := url.Parse(c.owner.url)
	must(t, err)
	front := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(_ context.Context, network, address string) (conn net.Conn, err error) {
			err = netns.Inside(ns, func() (err error) { conn, err = net.Dial(network, address); return err })
			return conn, err
		}},
	}
	c.shop = served(t, ns, shopAddress+":0", front)
	var joins sync.WaitGroup
	for range 3 {
		token := read[operator.Invite](c.owner, "invite", "--credits", "20").Token
		h := machine("--host-agents")
		c.hosts = append(c.hosts, h)
		joins.Go(func() {
			if err := h.tryStart("join", token); err != nil {
				t.Errorf("a host does not join: %v\n%s", err, h.err)
			}
		})
	}
	joins.Wait()
	for _, h := range c.hosts {
		c.addresses = append(c.addresses, c.address(h))
	}
	c.began = wealth(t, c.owner) // invitations have issued credits
	return c
}

// hire makes an agent that these hosts may have.
func (c *crowd) hire(number int, hosts ...string) operator.Agent {
	return made(c.t, c.owner, "5", spender, number, standInModel, c.shop, c.purse.address, c.address(c.owner), strings.Join(hosts, ", "))
}

// registered waits until all hosts are: a message is sealed to those that are when it is sent.
func (c *crowd) registered() {
	for i, address := range c.addresses {
		probe := c.hire(100+i, address)
		wait(c.t, 30*time.Second, "a host", func() error {
			_, err := c.owner.try("agent", "talk", probe.ID, "hello", "--wait", "0s")
			return err
		})
		c.owner.run("agent", "kill", probe.ID)
	}
}

// served serves in a network namespace and returns where.
func served(t *testing.T, ns, address string, handler http.Handler) string {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	must(t, s.Listener.Close())
	must(t, netns.Inside(ns, func() (err error) {
		s.Listener, err = net.Listen("tcp", address)
		return err
	}))
	s.Start()
	t.Cleanup(s.Close)
	return s.URL
}

func (c *crowd) address(m *node) string {
	return read[struct{ Address string }](m, "wallet", "show").Address
}

// strike kills hosts at random moments until it is over, and starts them again; it returns how many it killed.
func (c *crowd) strike(over <-chan struct{}) int {
	kills := 0
	for {
		select {
		case <-over:
			return kills
		case <-time.After(time.Duration(c.random.Int64N(int64(6 * time.Second)))):
		}
		hit := c.random.Perm(len(c.hosts))[:1+c.random.IntN(len(c.hosts))]
		for _, i := range hit {
			c.hosts[i].kill()
			kills++
			time.Sleep(time.Duration(c.random.Int64N(int64(500 * time.Millisecond))))
		}
		for _, i := range hit {
			if err := c.hosts[i].tryStart(); err != nil {
				c.t.Errorf("host %d does not start again: %v\n%s", i, err, c.hosts[i].err)
				return kills
			}
		}
	}
}

// talk has an agent buy one thing and pay once, and waits until that is over.
func (c *crowd) talk(i int, what string) operator.AgentWake {
	goods, err := json.Marshal(map[string]any{
		"model": standInModel, "messages": []map[string]string{{"role": "user", "content": fmt.Sprintf("goods %s of %d", what, i)}}, "max_tokens": 20,
	})
	if err != nil {
		c.t.Error(err)
	}
	text := order("shop", map[string]string{"url": c.shop + "/v1/chat/completions", "body": string(goods)}) + "\n" +
		order("pay", map[string]string{"to": c.purse.address, "amount": "0.001"})
	out, err := c.owner.try("agent", "talk", c.agents[i].ID, text, "--json")
	var w operator.AgentWake
	if err == nil {
		err = json.Unmarshal(out, &w)
	}
	if err != nil || w.State != "over" {
		c.t.Errorf("agent %d, %s: %v\n%s", i, what, err, out)
	}
	return w
}

// ticked tells whether an agent's schedule has woken it, and nothing is under way.
func (c *crowd) ticked(a operator.Agent) error {
	log := read[[]operator.AgentWake](c.owner, "agent", "log", a.ID)
	now := read[operator.Agent](c.owner, "agent", "show", a.ID)
	if !slices.ContainsFunc(log, func(w operator.AgentWake) bool { return w.Cause == "schedule" }) || now.Held != "0" || now.Queued != 0 {
		return errorf("it has had %d wake-ups, %d are queued, %s is held", len(log), now.Queued, now.Held)
	}
	return nil
}

// check holds logs, treasuries and what was sold against each other.
func (c *crowd) check(wakes int) {
	t, all := c.t, 0
	t.Helper()
	fee, goods, paid := credits(t, "0.0011"), credits(t, "0.01"), credits(t, "0.001")
	for i, a := range c.agents {
		now := read[operator.Agent](c.owner, "agent", "show", a.ID)
		file := t.TempDir() + "/agent.json"
		c.owner.run("agent", "export", a.ID, "-o", file)
		var kept operator.AgentExport
		raw, err := os.ReadFile(file)
		must(t, err)
		must(t, json.Unmarshal(raw, &kept))
		if !kept.Chained || uint64(len(kept.Log)) != now.Wakes {
			t.Errorf("agent %d: chained %v, %d entries of %d wake-ups", i, kept.Chained, len(kept.Log), now.Wakes)
		}
		spent, messages, hosts := math.ZeroInt(), 0, map[string]int{}
		for n, w := range kept.Log {
			hosts[w.Host]++
			if spent = spent.Add(fee); w.Wake != uint64(n+1) || w.Cost != "0.001" {
				t.Errorf("agent %d: entry %d is of wake-up %d and cost %s", i, n, w.Wake, w.Cost)
			}
			want := []string(nil)
			if w.Cause == "message" {
				messages++
				spent = spent.Add(goods).Add(paid)
				want = []string{"reserve 0.01 done", "pay 0.001 done"}
			}
			if got := acts(w); !slices.Equal(got, want) {
				t.Errorf("agent %d, wake-up %d by %s: %v, want %v; it noted %v", i, w.Wake, w.Cause, got, want, w.Notes)
			}
		}
		if messages != wakes {
			t.Errorf("agent %d was woken by %d messages, want %d", i, messages, wakes)
		}
		all += messages
		if left := credits(t, now.Balance); !left.Add(spent).Equal(credits(t, "5")) || now.Held != "0" {
			t.Errorf("agent %d has %s and %s held after it spent %s acredit of 5 credits", i, now.Balance, now.Held, spent)
		}
		first := 1 + slices.IndexFunc(kept.Log, func(w operator.AgentWake) bool { return w.Cause == "message" })
		if again := read[operator.AgentReplay](c.owner, "agent", "replay", a.ID, fmt.Sprint(first)); !again.OK {
			t.Errorf("agent %d: its wake-up %d is not the same again: %+v", i, first, again)
		}
		t.Logf("agent %d: %d wake-ups, %d leases lapsed, hosts %v", i, now.Wakes, now.Lapsed, hosts)
	}
	if got := credits(t, read[operator.Agent](c.owner, "agent", "show", c.purse.label).Balance); !got.Equal(paid.MulRaw(int64(all))) {
		t.Errorf("the purse has %s acredit after %d payments", got, all)
	}
	sold := read[[]struct{ State string }](c.owner, "payments", "show")
	settled := 0
	for _, s := range sold {
		if s.State == "settled" {
			settled++
		}
	}
	if settled != all || len(sold) != min(all, 200) {
		t.Errorf("the shop has sold %d times and was paid %d times in %d wake-ups", len(sold), settled, all)
	}
	if ended := wealth(t, c.owner); !ended.Equal(c.began) {
		t.Errorf("the ledger held %s acredit and holds %s", c.began, ended)
	}
}

func acts(w operator.AgentWake) []string {
	out := make([]string, 0, len(w.Actions))
	for _, a := range w.Actions {
		out = append(out, strings.Join([]string{a.What, a.Amount, a.Outcome}, " "))
	}
	return out
}
