package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"ayni.example/web/operator"
)

// clerk is an agent that answers and pays nobody.
const clerk = `
name: Clerk
label: clerk
prompt: You answer.
model: {name: %s, temperature: 0, max_tokens: 200, calls: text}
steps: 3
memory: {bytes: 64KiB, turns: 2}
tools:
  - name: balance
    ledger: balance
limits: {lifetime: 10, per_day: 1, per_wake: 0.5, per_wake_cost: 0.02}
hosts: [%q]
lease: {blocks: 200, time: 3m}
timelock: 1d
`

// patron is an agent that may ask the clerk, and pay for it.
const patron = `
name: Patron
label: patron
prompt: You ask the clerk.
model: {name: %s, temperature: 0, max_tokens: 200, calls: text}
steps: 4
memory: {bytes: 64KiB, turns: 2}
tools:
  - name: clerk
    mcp: %s
    tool: talk
    pin: %s
    price: 0.06
    time: 2m
actions: [reserve]
limits: {lifetime: 10, per_day: 1, per_wake: 0.5, per_wake_cost: 0.02, per_action: 0.06, actions: 2}
payees: [%q]
hosts: [%q]
lease: {blocks: 300, time: 5m}
timelock: 1d
`

// made creates an agent from a charter.
func made(t *testing.T, m *node, deposit, charter string, values ...any) operator.Agent {
	t.Helper()
	file := filepath.Join(t.TempDir(), "charter.yaml")
	must(t, os.WriteFile(file, fmt.Appendf(nil, charter, values...), 0o600))
	return read[operator.Agent](m, "agent", "create", file, "--deposit", deposit)
}

// TestAgentPaysAgent: on two machines, an agent pays another's tool by x402. The money comes out of its reservation and lies in the
// other's treasury. The tool is refused to those who do not pay, cannot pay, or ask an agent that does not wake.
func TestAgentPaysAgent(t *testing.T) {
	t.Parallel()
	seller := newEmployer(t)
	seller.start()
	token := read[operator.Invite](seller, "invite", "--credits", "20").Token
	buyer := newEmployer(t)
	buyer.start("join", token)
	selling := read[struct{ Address string }](seller, "wallet", "show").Address
	buying := read[struct{ Address string }](buyer, "wallet", "show").Address

	b := made(t, seller, "0.5", clerk, standInModel, selling)
	if got := hosting(t, seller, "clerk", "hello"); !strings.Contains(got.Answer, "hello") {
		t.Fatalf("the clerk: %+v", got)
	}
	url := seller.url + "/mcp/agents/" + b.ID
	seller.run("payments", "price", "/mcp/agents/"+b.ID, "--tool", "talk", "--amount", "0.05", "--payee", b.Treasury)
	wait(t, 10*time.Second, "the price", func() error {
		if _, err := tried(t, url, "", "talk", map[string]any{"message": "for nothing"}); err == nil || !strings.Contains(err.Error(), "Payment Required") {
			return errorf("unpaid: %v", err)
		}
		return nil
	})
	pins := map[string]string{}
	for _, tool := range read[[]struct{ Name, Pin string }](seller, "agent", "tools", url) {
		pins[tool.Name] = tool.Pin
	}

	made(t, buyer, "1", patron, standInModel, url, pins["talk"], b.Treasury, buying)
	before := read[operator.Agent](seller, "agent", "show", "clerk")
	line := `{"tool":"clerk","arguments":{"message":"what is ayni?"}}`
	got := hosting(t, buyer, "patron", line)
	if !strings.Contains(got.Answer, "what is ayni?") || len(got.Actions) != 1 || got.Actions[0].What != "reserve" ||
		got.Actions[0].Amount != "0.05" || got.Actions[0].Outcome != "done" || got.Actions[0].Payee != b.Treasury {
		t.Fatalf("the patron: %+v", got)
	}
	after := read[operator.Agent](seller, "agent", "show", "clerk")
	cost := credits(t, "0.0011") // of its host and the ledger
	if want := credits(t, before.Balance).Add(credits(t, "0.05")).Sub(cost); !credits(t, after.Balance).Equal(want) || after.Wakes != before.Wakes+1 {
		t.Errorf("the clerk had %s and has %s after %d wake-ups", before.Balance, after.Balance, after.Wakes-before.Wakes)
	}
	if a := read[operator.Agent](buyer, "agent", "show", "patron"); a.Balance != "0.9489" || a.Held != "0" {
		t.Errorf("the patron has %s and %s held", a.Balance, a.Held)
	}
	paid := read[[]struct{ Path, State string }](seller, "payments", "show")
	if len(paid) != 1 || paid[0].State != "settled" {
		t.Errorf("payments %+v", paid)
	}

	kept := pinnedByAgents(buyer)
	if one := read[operator.AgentWake](buyer, "agent", "log", b.ID, "1"); len(one.Receipts) == 0 { // it stands in the decision alone
		t.Errorf("the decision was not read: %+v", one)
	}
	wait(t, 5*time.Second, "nothing more that is pinned", func() error { // memory of the clerk may be looked at just now
		if now := pinnedByAgents(buyer); now != kept || now == 0 {
			return errorf("%d pins became %d", kept, now)
		}
		return nil
	})
	seller.run("agent", "pause", "clerk")
	if got := says(t, buyer, "patron", line); len(got.Actions) != 0 || strings.Contains(got.Answer, "Result of the tool:\nDone") {
		t.Errorf("a paused clerk was paid: %+v", got)
	}
	seller.run("agent", "resume", "clerk")
	hires(t, seller, b)
}

// pinnedByAgents counts what a machine keeps of agents.
func pinnedByAgents(m *node) int {
	return strings.Count(string(m.run("artifact", "ls", "--json")), `"agents"`)
}

// hires is what keys and the owner may do with an agent by the Model Context Protocol.
func hires(t *testing.T, m *node, b operator.Agent) {
	t.Helper()
	var key struct{ Secret string }
	must(t, json.Unmarshal(m.run("key", "create", "--name", "program", "--budget", "0.03", "--json"), &key))
	url := m.url + "/mcp/agents/" + b.ID
	first, err := tried(t, url, key.Secret, "talk", map[string]any{"message": "from a key", "wait_seconds": 0})
	if err != nil || first["ticket"] == "" {
		t.Fatalf("a key: %v, %v", first, err)
	}
	if _, err := tried(t, url, key.Secret, "talk", map[string]any{"message": "again"}); err == nil || !strings.Contains(err.Error(), "0.01") {
		t.Errorf("a key with too little budget: %v", err)
	}
	if later, err := tried(t, m.url+"/mcp", "", "hire", map[string]any{"ticket": first["ticket"]}); err != nil || !strings.Contains(fmt.Sprint(later["answer"]), "from a key") {
		t.Errorf("by its ticket: %v, %v", later, err)
	}
	forged := fmt.Sprint(first["ticket"])
	for _, ticket := range []string{forged[:len(forged)-1] + "x", strings.Repeat("00", 32) + ".1.00", "x"} {
		if _, err := tried(t, url, "", "log", map[string]any{"ticket": ticket}); err == nil || !strings.Contains(err.Error(), "no such ticket") {
			t.Errorf("ticket %s: %v", ticket, err)
		}
	}
	log, err := tried(t, url, "", "log", map[string]any{"wake": first["wake"]})
	if err != nil || strings.Contains(fmt.Sprint(log), "from a key") {
		t.Errorf("an answer to somebody else: %v, %v", log, err)
	}
	told, err := tried(t, url, "", "charter", nil)
	if err != nil || told["agent"] != b.ID || told["name"] != "Clerk" || told["model"] != standInModel {
		t.Errorf("charter %v, %v", told, err)
	}
	if _, err := tried(t, m.url+"/mcp/agents/"+strings.Repeat("00", 32), "", "charter", nil); err == nil || !strings.Contains(err.Error(), "Not Found") {
		t.Errorf("an unknown agent: %v", err)
	}
	list, err := tried(t, m.url+"/mcp", "", "agents", nil)
	if err != nil || !strings.Contains(fmt.Sprint(list), b.ID) {
		t.Errorf("agents %v, %v", list, err)
	}
	m.run("agent", "create", "--template", "research", "--set", "model="+standInModel, "--set", "pages=https://example.org/", "--label", "poor")
	for agent, want := range map[string]string{"poor": "its treasury has 0 credits", strings.Repeat("00", 32): "not found"} {
		if _, err := tried(t, m.url+"/mcp", "", "hire", map[string]any{"agent": agent, "message": "hello"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("hire %s: %v", agent, err)
		}
	}
	soldHires(t, m, b)
}

// soldHires: whoever has no key is asked for money only for an agent that it can wake.
func soldHires(t *testing.T, m *node, b operator.Agent) {
	t.Helper()
	m.run("payments", "price", "/mcp", "--tool", "hire", "--amount", "0.03")
	hire := func(agent string) error {
		_, err := tried(t, m.url+"/mcp", "", "hire", map[string]any{"agent": agent, "message": "hello"})
		return err
	}
	wait(t, 10*time.Second, "the price", func() error {
		if err := hire(b.ID); err == nil || !strings.Contains(err.Error(), "Payment Required") {
			return errorf("unpaid: %v", err)
		}
		return nil
	})
	m.run("agent", "pause", "clerk")
	for _, agent := range []string{b.ID, "poor", strings.Repeat("00", 32), ""} {
		if err := hire(agent); err == nil || strings.Contains(err.Error(), "Payment Required") {
			t.Errorf("money is asked for agent %q: %v", agent, err)
		}
	}
}

// tried calls a tool as a stock client, with a key or without; a refusal is an error.
func tried(t *testing.T, url, key, tool string, arguments map[string]any) (map[string]any, error) {
	t.Helper()
	s, err := connected(t, url, key)
	if err != nil {
		return nil, err
	}
	defer s.Close() //nolint:errcheck // the session ends either way
	res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		return nil, err
	}
	text, _ := res.Content[0].(*mcp.TextContent)
	if res.IsError {
		return nil, errorf("%s", text.Text)
	}
	var got map[string]any
	return got, json.Unmarshal([]byte(text.Text), &got)
}
