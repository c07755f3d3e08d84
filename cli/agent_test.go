package cli_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ayni.example/test/standin"
	"ayni.example/web/operator"
)

const (
	agentPayee   = "0x00000000000000000000000000000000000000aa"
	agentCharter = `name: Clerk
label: clerk
prompt: You pay whom you are told to.
model: {name: stand-in-for-a-model, temperature: 0, max_tokens: 100, calls: text}
steps: 8
memory: {bytes: 4KiB}
actions: [pay]
limits: {per_action: 0.5, per_wake: 0.5, per_day: 1, lifetime: 2, per_wake_cost: 0.02, approval_above: 0.1, actions: 4}
payees: ["0x00000000000000000000000000000000000000aa"]
lease: {blocks: 100, time: 1m}
timelock: 1h
`
)

// employer is a running home whose machine hosts agents that ask the stand-in for a model.
func employer(t *testing.T) (dir, url string) {
	t.Helper()
	dir = t.TempDir()
	home := filepath.Join(dir, "home")
	model := httptest.NewServer(standin.Handler())
	t.Cleanup(model.Close)
	if err := os.MkdirAll(home, 0o700); err != nil {
		t.Fatal(err)
	}
	config := "empty_block_seconds: 1\nservers: [{name: stand-in, url: \"" + model.URL + "/v1\"}]\n"
	for name, text := range map[string]string{
		filepath.Join(home, "config.yaml"): config, filepath.Join(dir, "clerk.yaml"): agentCharter,
		filepath.Join(dir, "tight.yaml"): strings.Replace(agentCharter, "lifetime: 2", "lifetime: 1.5", 1),
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("AYNI_HOME", home)
	url, stop := start(t, home)
	t.Cleanup(func() { stop() })
	run(t, nil, "agent", "host", "--price", "0.002")
	return dir, url
}

// said talks to an agent as soon as a machine hosts.
func said(t *testing.T, text string, more ...string) (w operator.AgentWake) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		code, stdout, stderr := call(t, append([]string{"agent", "talk", "clerk", text, "--json"}, more...)...)
		switch {
		case code == 0:
			if err := json.Unmarshal([]byte(stdout), &w); err != nil {
				t.Fatal(err)
			}
			return w
		case !strings.Contains(stderr, "ayni agent host") || time.Now().After(deadline):
			t.Fatalf("talk: code %d, %s", code, stderr)
		}
	}
}

func pay(amount string) string {
	return `{"tool":"pay","arguments":{"to":"` + agentPayee + `","amount":"` + amount + `"}}` + "\n"
}

// TestAgent runs every command of an agent's life on a home that runs and hosts it.
func TestAgent(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for a host and for rounds of the beacon")
	}
	dir, url := employer(t)
	charter := filepath.Join(dir, "clerk.yaml")
	var made, got operator.Agent
	run(t, &made, "agent", "create", charter, "--deposit", "1.5")
	if made.Label != "clerk" || made.Balance != "1.5" || made.State != "running" || !made.Self || made.Charter.Model != "stand-in-for-a-model" || made.Charter.Approval != "0.1" {
		t.Errorf("made: %+v", made)
	}
	first := said(t, pay("0.05")+pay("0.3")+pay("0.9"))
	if len(first.Actions) != 3 || first.Actions[0].Outcome != "done" || first.Actions[1].Outcome != "waiting" || first.Actions[2].Reason != "per_action" || first.Cost != "0.002" || first.Answer == "" {
		t.Fatalf("first wake-up: %+v", first)
	}
	run(t, &got, "agent", "show", made.ID[:6])
	if len(got.Waiting) != 1 || got.Waiting[0].Amount != "0.3" || !got.Waiting[0].Approval || len(got.Known) != 1 || got.Known[0].Paid != "0.35" || got.Held != "0.3" {
		t.Fatalf("shown: %+v", got)
	}
	refusals(t, charter)
	underpriced(t, url+"/mcp/agents/"+made.ID)
	for _, c := range []struct {
		line  string
		wants []string
	}{
		{"list", []string{"LABEL", "clerk", "running"}},
		{"list --all", []string{"clerk"}},
		{"show clerk", []string{"approval above  0.1", "per action      0.5", "0.3521 of 1", "waits 1", "pay 0.3 to ayni1", "lapses"}},
		{"log clerk", []string{"WAKE-UP", "message", "pay 0.05 done; pay 0.3 waiting; pay 0.9 refused (per_action)"}},
		{"log clerk 1", []string{"answer", "Done: Result of the tool", "receipts", "r-"}},
		{"replay clerk 1", []string{"same", "yes", "thought 0"}},
		{"approve clerk 1", []string{"lifetime        0.3521 of 2", "held            0\n"}},
		{"fund clerk 0.5", []string{"balance"}},
		{"pause clerk", []string{"paused"}},
		{"resume clerk", []string{"running"}},
		{"withdraw clerk 0.25", []string{"change 2", "withdraw 0.25, in effect"}},
		{"approve clerk 2 --refuse", []string{"clerk"}},
		{"amend clerk " + filepath.Join(dir, "tight.yaml"), []string{"of 1.5"}},
		{"amend clerk " + charter, []string{"change 3", "charter, in effect", "of 1.5"}},
		{"export clerk", []string{`"chained": true`, `"outcome": "waiting"`, `"prompt": "You pay whom`}},
		{"kill clerk", []string{"killed"}},
	} {
		code, stdout, stderr := call(t, append([]string{"agent"}, strings.Fields(c.line)...)...)
		if code != 0 {
			t.Fatalf("ayni agent %s: %d %s", c.line, code, stderr)
		}
		for _, want := range c.wants {
			if !strings.Contains(stdout, want) {
				t.Errorf("ayni agent %s lacks %q:\n%s", c.line, want, stdout)
			}
		}
	}
	var end operator.Agent
	run(t, &end, "agent", "show", "clerk")
	if end.State != "killed" || len(end.Changes) != 0 || len(end.Waiting) != 0 || end.Balance != "1.6479" { // 1.5 and 0.5, less 0.35, 0.002 and the fee
		t.Errorf("at the end: %+v", end)
	}
	file := filepath.Join(dir, "export.json")
	if code, stdout, stderr := call(t, "agent", "export", "clerk", "--out", file); code != 0 || stdout != "" {
		t.Errorf("export: %d %s%s", code, stdout, stderr)
	}
	var export operator.AgentExport
	if text, err := os.ReadFile(file); err != nil || json.Unmarshal(text, &export) != nil || !export.Chained || len(export.Log) != 1 || export.Agent.ID != made.ID {
		t.Errorf("exported: %v %+v", err, export)
	}
}

// refusals are what a running machine or its ledger refuses, of an agent that has woken once and has one action that waits.
func refusals(t *testing.T, charter string) {
	t.Helper()
	for line, says := range map[string]string{
		"create " + charter:                                   "label",
		"create " + charter + " --label b --deposit x":        "hint: --deposit takes credits, such as 5",
		"create " + charter + " --label b --deposit 1e9":      "hint: --deposit takes credits",
		"create " + charter + " --label b --guardian 0x1":     "hint: `ayni wallet show` prints an address",
		"create " + charter + " --label b --deposit 90000000": "insufficient",
		"show nobody":                     "hint: `ayni agent list` names them",
		"show " + strings.Repeat("0", 64): "not found",
		"approve clerk 9":                 "hint: `ayni agent show` lists what waits",
		"approve clerk one":               "want the number of what waits",
		"fund clerk 0":                    "hint: amounts are credits, such as 2.5",
		"withdraw clerk nothing":          "credits",
		"log clerk one":                   "want the number of a wake-up",
		"log clerk 9":                     "the agent has had 1 wake-ups, none is number 9",
		"replay clerk 9":                  "not found",
		"replay clerk x":                  "want the number of a wake-up",
		"resume clerk":                    "not paused",
		"host --price much":               "credits",
	} {
		if code, stdout, stderr := call(t, append([]string{"agent"}, strings.Fields(line)...)...); code == 0 || !strings.Contains(stderr, says) || stdout != "" {
			t.Errorf("ayni agent %s: code %d, no %q in %s", line, code, says, stderr)
		}
	}
}

// underpriced: nobody wakes an agent by a payment of less than a wake-up costs its treasury, and nobody is asked for one.
func underpriced(t *testing.T, server string) {
	t.Helper()
	const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"talk","arguments":{"message":"hello"}}}`
	for amount, want := range map[string]int{"0.019": http.StatusServiceUnavailable, "0.02": http.StatusPaymentRequired} {
		run(t, nil, "payments", "price", "/mcp/*", "--amount", amount)
		got := 0
		for deadline := time.Now().Add(10 * time.Second); got != want && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			got = post(t, server, call, "")
		}
		if got != want {
			t.Errorf("a wake-up of 0.02 at a price of %s: %d, want %d", amount, got, want)
		}
	}
	run(t, nil, "payments", "remove", "/mcp/*")
}

// TestAgentRefusals says why, and what to do, in each case.
func TestAgentRefusals(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	wrong := filepath.Join(t.TempDir(), "wrong.yaml")
	if err := os.WriteFile(wrong, []byte(strings.Replace(agentCharter, "per_day", "per_dya", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte(strings.Replace(agentCharter, "[pay]", "[steal]", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]struct {
		code int
		says string
	}{
		"create":                    {2, "want a charter file, or --template NAME"},
		"create --template thief":   {2, "there are appraisals, research, steward"},
		"create --template steward": {2, "needs the value"},
		"create --template steward --set colour=red": {2, "has no value"},
		"create --template steward --set payees":     {2, "want NAME=VALUE"},
		"create " + wrong + " --set a=b":             {2, "--set goes with --template"},
		"create " + bad:                              {2, "hint: pay, pay_proved or reserve"},
		"create " + wrong:                            {2, "per_dya"},
		"create " + wrong + "x":                      {1, "no such file"},
		"create /dev/zero":                           {1, "more than"},
		"show clerk":                                 {3, "ayni up"},
		"show":                                       {2, "accepts 1 arg"},
		"log clerk one":                              {3, "ayni up"},
		"talk clerk":                                 {2, "accepts 2 arg"},
		"fund clerk":                                 {2, "accepts 2 arg"},
		"list --al":                                  {2, "unknown flag"},
	} {
		if code, stdout, stderr := call(t, append(append([]string{"agent"}, strings.Fields(line)...), "--home", none)...); code != want.code || !strings.Contains(stderr, want.says) || stdout != "" {
			t.Errorf("ayni agent %s: code %d, want %d, no %q in %s", line, code, want.code, want.says, stderr)
		}
	}
}
