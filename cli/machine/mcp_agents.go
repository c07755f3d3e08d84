package machine

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cosmossdk.io/math"

	"ayni.example/agent/charter"
	"ayni.example/agent/mcp"
	"ayni.example/artifact"
	"ayni.example/credit/x402"
	"ayni.example/inference/gateway"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
	"ayni.example/x/agent"
)

const (
	talksMax     = 64  // callers that wait for an agent's answer at one time
	listedMax    = 100 // agents of a list
	loggedMax    = 50  // wake-ups of a list
	talkEvery    = 500 * time.Millisecond
	answerGrace  = 20 * time.Second // for an answer to come from the host, once its wake-up is over
	ticketDomain = "ayni-mcp-ticket/1"
)

// mcpAgents does what the tools for agents do, in the name of this machine's account and within what the caller may spend of it.
type mcpAgents struct {
	m     *Machine
	talks chan struct{}
}

var _ mcp.Agents = mcpAgents{}

// Agents implements mcp.Agents.
func (a mcpAgents) Agents(ctx context.Context) ([]mcp.Listed, error) {
	list, err := a.m.ledger.Agents(ctx, "")
	if err != nil {
		return nil, err
	}
	var out []mcp.Listed
	for _, g := range list {
		if g.State == agent.StateKilled || len(out) == listedMax {
			continue
		}
		got, err := a.m.ledger.Agent(ctx, g.Id)
		if err != nil {
			return nil, err
		}
		price, err := a.m.wakePrice(got)
		if err != nil {
			continue // not for this machine to wake
		}
		treasury, err := a.m.ledger.AgentTreasury(ctx, g.Id)
		if err != nil {
			return nil, err
		}
		line := a.m.agentLine(g, treasury)
		l := mcp.Listed{
			ID: line.ID, Label: line.Label, Owner: line.Owner, State: line.State, Sleep: line.Sleep, Price: credits(price), Balance: line.Balance,
		}
		if d, err := a.m.keptDocument(got.Charter.Document); err == nil {
			l.Name = d.Name
		}
		out = append(out, l)
	}
	return out, nil
}

// keptDocument is a charter's document, if it lies here already.
func (m *Machine) keptDocument(sum []byte) (charter.Document, error) {
	text, err := m.fetches.artifacts.ReadAll(artifact.Digest(artifact.Prefix+hex.EncodeToString(sum)), charter.DocumentMax)
	if err != nil {
		return charter.Document{}, err
	}
	return charter.Decode(text)
}

// wakePrice is what a charter asks of this machine's account for a message.
func (m *Machine) wakePrice(got *agent.QueryAgentResponse) (math.Int, error) {
	c := got.Charter
	switch {
	case got.Agent.Owner == m.address || slices.Contains(c.Wakers, m.address):
		return math.ZeroInt(), nil
	case c.Anyone:
		return c.WakePrice, nil
	}
	return math.Int{}, advice(errors.New("the agent's charter does not let this machine wake it"), "its owner can name the account under wake.who, or write `any` with a price")
}

// Talk implements mcp.Agents.
func (a mcpAgents) Talk(ctx context.Context, t mcp.Talk) (mcp.Reply, error) {
	r, err := a.talk(ctx, t)
	return r, told(err)
}

func (a mcpAgents) talk(ctx context.Context, t mcp.Talk) (mcp.Reply, error) {
	select {
	case a.talks <- struct{}{}:
		defer func() { <-a.talks }()
	default:
		return mcp.Reply{}, fmt.Errorf("%d callers wait for agents already: try again later", talksMax)
	}
	if t.Ticket != "" {
		w, err := a.ticketed(ctx, t.Agent, t.Ticket)
		if err == nil {
			w, err = a.m.awaitWake(ctx, w, t.Wait)
		}
		return a.reply(w, t.Ticket), err
	}
	id, err := a.m.agentID(ctx, t.Agent)
	if err != nil {
		return mcp.Reply{}, undone(ctx, err)
	}
	w, err := a.wake(ctx, id, t)
	if err != nil {
		return mcp.Reply{}, undone(ctx, err)
	}
	ticket, err := a.ticket(id, w.Wake)
	if err != nil {
		return mcp.Reply{}, err
	}
	w, err = a.m.awaitWake(ctx, w, t.Wait)
	return a.reply(w, ticket), err
}

// wake sends the message.
func (a mcpAgents) wake(ctx context.Context, id []byte, t mcp.Talk) (operator.AgentWake, error) {
	settle, err := a.admit(ctx, id, t.Pay)
	if err != nil {
		return operator.AgentWake{}, err
	}
	w, err := a.m.TalkAgent(ctx, operator.AgentMessage{Agent: hex.EncodeToString(id), Text: t.Message})
	return w, errors.Join(err, settle(err == nil))
}

// admit refuses what the ledger would refuse, what would wait in vain, and what the caller may not spend. What is returned ends the
// caller's reservation.
func (a mcpAgents) admit(ctx context.Context, id []byte, pay string) (settle func(spent bool) error, err error) {
	got, price, err := a.m.awake(ctx, id)
	if err != nil {
		return nil, err
	}
	most, err := home.Credits(cmp.Or(pay, "0"))
	if err != nil {
		return nil, err
	}
	if price.GT(most) {
		return nil, advice(fmt.Errorf("the agent asks %s credits for being woken, you pay at most %s", credits(price), credits(most)), "say how much with the argument pay")
	}
	tool := "talk"
	if mcp.AgentOf(ctx) == "" {
		tool = "hire"
	}
	return a.m.afford(ctx, tool, price, got.Charter.PerWakeCost)
}

// awake is an agent that a message would wake, with what its charter asks of this machine for that.
func (m *Machine) awake(ctx context.Context, id []byte) (*agent.QueryAgentResponse, math.Int, error) {
	none := math.Int{}
	got, err := m.ledger.Agent(ctx, id)
	if err != nil {
		return nil, none, err
	}
	if got.Agent.State != agent.StateRunning {
		return nil, none, fmt.Errorf("the agent is %s", word(got.Agent.State.String(), "STATE_"))
	}
	price, err := m.wakePrice(got)
	if err != nil {
		return nil, none, err
	}
	treasury, err := m.ledger.AgentTreasury(ctx, id)
	if err != nil {
		return nil, none, err
	}
	if treasury.Balance.Add(price).LT(got.Charter.PerWakeCost) {
		return nil, none, advice(fmt.Errorf("the agent sleeps: its treasury has %s credits, a wake-up takes %s", credits(treasury.Balance), credits(got.Charter.PerWakeCost)),
			"anyone can fund it: `ayni agent fund`")
	}
	return got, price, nil
}

// afford holds what a wake-up costs, this machine's account or an agent of its own, against the caller's key or payment.
func (m *Machine) afford(ctx context.Context, tool string, price, cost math.Int) (settle func(spent bool) error, err error) {
	who, known := gateway.CallerOf(ctx)
	settle = func(bool) error { return nil }
	switch {
	case !known:
		return nil, errors.New("the request has no caller")
	case who.Paying:
		return settle, paidFor(ctx, tool, math.MaxInt(price, cost)) // for less, whoever hosts as well empties the treasury at a profit
	case who.Admin:
		return settle, nil
	}
	if cost = math.MaxInt(price, cost); !cost.IsPositive() {
		return settle, nil
	}
	request := "wake-" + rand.Text()
	granted, err := m.apiKeys.Reserve(ctx, who.ID, request, cost)
	if err != nil {
		return nil, err
	}
	settle = func(spent bool) error {
		paid := math.ZeroInt()
		if spent {
			paid = cost
		}
		return m.apiKeys.Settle(context.WithoutCancel(ctx), who.ID, request, granted, paid)
	}
	if granted.LT(cost) {
		return nil, errors.Join(fmt.Errorf("waking the agent costs %s credits, your key has %s left", credits(cost), credits(granted)), settle(false))
	}
	return settle, nil
}

// paidFor asks that whoever has no key has paid for this very tool, and enough.
func paidFor(ctx context.Context, tool string, least math.Int) error {
	paid := x402.PaidBy(ctx)
	switch {
	case paid == nil || paid.Tool != "" && paid.Tool != tool:
		return fmt.Errorf("%s takes an api key, or a payment where it has a price", tool)
	case paid.Amount.LT(least):
		return fmt.Errorf("it costs %s credits, %s were paid", credits(least), credits(paid.Amount))
	}
	return nil
}

// awaitWake waits for a wake-up to be over and its answer to be here. What is not by then is no error.
func (m *Machine) awaitWake(ctx context.Context, w operator.AgentWake, wait time.Duration) (operator.AgentWake, error) {
	end := time.NewTimer(wait)
	defer end.Stop()
	tick := time.NewTicker(talkEvery)
	defer tick.Stop()
	var over time.Time
	for {
		if w.State == "over" {
			if over.IsZero() {
				over = m.now()
			}
			if w.Sealed == "" || m.now().Sub(over) > answerGrace {
				return w, nil
			}
		}
		select {
		case <-ctx.Done():
			return w, ctx.Err()
		case <-end.C:
			return w, nil
		case <-tick.C:
		}
		next, err := m.AgentWake(ctx, w.Agent, w.Wake)
		if err != nil {
			return w, err
		}
		w = next
	}
}

// ticket lets whoever said something read the answer later, after a new start of this machine as well.
func (a mcpAgents) ticket(id []byte, wake uint64) (string, error) {
	secret, err := a.m.keys.Wallet().AgentKey()
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, secret[:])
	_, _ = fmt.Fprintf(mac, "%s\x00%s\x00%x\x00%d", ticketDomain, a.m.node.Genesis().ChainID, id, wake)
	return fmt.Sprintf("%x.%d.%x", id, wake, mac.Sum(nil)[:16]), nil
}

// ticketed is the wake-up that a ticket was given for; of this agent, where one is named.
func (a mcpAgents) ticketed(ctx context.Context, name, ticket string) (operator.AgentWake, error) {
	wrong := errors.New("this machine gave no such ticket for this agent")
	parts := strings.Split(ticket, ".")
	if len(parts) != 3 {
		return operator.AgentWake{}, wrong
	}
	id, err := hex.DecodeString(parts[0])
	wake, err2 := strconv.ParseUint(parts[1], 10, 64)
	if err != nil || err2 != nil || len(id) != agent.HashSize {
		return operator.AgentWake{}, wrong
	}
	if name != "" {
		named, err := a.m.agentID(ctx, name)
		if err != nil {
			return operator.AgentWake{}, err
		}
		if !slices.Equal(named, id) {
			return operator.AgentWake{}, wrong
		}
	}
	want, err := a.ticket(id, wake)
	if err != nil {
		return operator.AgentWake{}, err
	}
	if !hmac.Equal([]byte(want), []byte(ticket)) {
		return operator.AgentWake{}, wrong
	}
	return a.m.wakeView(ctx, id, wake)
}
