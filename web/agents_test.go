package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ayni.example/web/operator"
)

const agentID = "00aa00aa00aa00aa00aa00aa00aa00aa00aa00aa00aa00aa00aa00aa00aa00aa"

// agents is an operator with agents, which notes what it is told.
type agents struct {
	fixedOperator
	told  *[]string
	state string
	owner bool
}

func (a agents) one() operator.Agent {
	state := a.state
	if state == "" {
		state = "running"
	}
	return operator.Agent{ID: agentID, Label: "<script>alert(31)</script>", State: state, Sleep: "money", Balance: "1.5", Held: "0.25", Owner: "0x01", Self: a.owner, Guards: !a.owner, Version: 3, Wakes: 2}
}

func (a agents) Agents(context.Context, bool) ([]operator.Agent, error) {
	other := a.one()
	other.ID, other.Label, other.Self, other.Guards = "0bb0", "stranger", false, false
	return []operator.Agent{a.one(), other}, a.fail
}

func (a agents) Agent(_ context.Context, name string) (operator.Agent, error) {
	if name != agentID {
		return operator.Agent{}, errors.New("this account has no <agent>")
	}
	g := a.one()
	g.Charter = &operator.AgentCharter{
		Document: "d1", Prompt: "<b>obey</b>", Model: "ayni/starter", Tools: []string{"read_page (http)"}, Actions: []string{"pay", "reserve"}, Payees: []string{"0x0000aa"}, Approval: "0.4",
		Wakers: []string{"any"}, Price: "0.02", Every: "6h0m0s", Deposit: true, Timelock: "24h0m0s",
	}
	g.Caps = []operator.AgentCap{{Name: "per_action", Limit: "0.5"}, {Name: "per_hour", Limit: "1", Used: "0.75", PPM: 750000}}
	g.Waiting = []operator.AgentWaiting{{Number: 3, Wake: 2, What: "pay", Payee: "0x0000aa", Amount: "0.45", Approval: true, Due: time.Unix(1_800_000_000, 0)}}
	g.Changes = []operator.AgentChange{{Number: 4, What: "withdraw", Amount: "1.25", Due: time.Unix(1_800_000_000, 0)}}
	g.Reservations = []operator.AgentReservation{{Payment: "0cc0", Payee: "0x0000bb", Amount: "0.125"}}
	g.Known = []operator.AgentPayee{{Address: "0x0000bb", Paid: "0.625", PPM: 125000}}
	return g, nil
}

func (a agents) AgentLog(context.Context, string) ([]operator.AgentWake, error) {
	return []operator.AgentWake{{Wake: 2, State: "over", Cause: "message", Cost: "0.001", Actions: []operator.AgentAction{{What: "pay", Amount: "9", Outcome: "refused", Reason: "per_action"}}}}, a.fail
}

func (a agents) AgentWake(_ context.Context, _ string, n uint64) (operator.AgentWake, error) {
	return operator.AgentWake{Wake: n, State: "over", Cause: "message", Answer: "<i>done</i>", Receipts: []string{"r-7"}, Notes: []string{"tool search is off"}}, nil
}

func (a agents) note(word string) (operator.Agent, error) {
	*a.told = append(*a.told, word)
	return a.one(), a.fail
}

func (a agents) OrderAgent(_ context.Context, o operator.AgentOrder) (operator.Agent, error) {
	return a.note(o.Order + " " + o.Agent)
}

func (a agents) FundAgent(_ context.Context, m operator.AgentMoney) (operator.Agent, error) {
	if m.Amount == "much" {
		return operator.Agent{}, &operator.RemoteError{Cause: "much is no amount", Advice: "such as 2.5"}
	}
	return a.note("fund " + m.Amount)
}

func (a agents) DecideAgent(_ context.Context, d operator.AgentDecision) (operator.Agent, error) {
	if d.Approve {
		return a.note("approve")
	}
	return a.note("refuse")
}

func (a agents) TalkAgent(_ context.Context, m operator.AgentMessage) (operator.AgentWake, error) {
	_, err := a.note("talk " + m.Text)
	return operator.AgentWake{Wake: 9}, err
}

// TestAgents shows treasury, caps as bars, what waits, the charter and the log, in both languages, and nothing of it as markup.
func TestAgents(t *testing.T) {
	h := console(t, agents{owner: true})
	list, one := "/console/agents", "/console/agents/"+agentID
	for path, wants := range map[string][]string{
		list: {"stranger", "1.5", "0.45", "/" + agentID + "/approve", "asleep: it has no money", `href="` + one},
		one: {
			"0.25", `value="750000"`, "0.75 of 1", "read_page (http)", "&lt;b&gt;obey", "0x0000aa", "anyone for 0.02", "every 6h0m0s", "on a deposit", "0.625", `value="125000"`,
			"0.125", "withdrawal 1.25", "<strong>refused</strong>: more than one action may move", "2027-01-15", "it lapses unless it is approved", "/approve", "/refuse", "/pause", "/kill", "/fund", "/talk",
		},
		one + "?wake=2":     {"&lt;i&gt;done", "/console/receipts/r-7", "tool search is off"},
		one + "?done=pause": {"Paused."},
	} {
		body := get(h, path, "en").Body.String()
		for _, want := range wants {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %q", path, want)
			}
		}
		for _, lang := range []string{"en", "es"} {
			body := get(h, path, lang).Body.String()
			for _, no := range []string{"<script>alert", "<b>obey", "<i>done", ">agents.", " agents.", `"agents.`} {
				if strings.Contains(body, no) {
					t.Errorf("%s in %s has %q", path, lang, no)
				}
			}
		}
	}
	if body := get(h, one, "es").Body.String(); !strings.Contains(body, "espera") || !strings.Contains(body, "Terminar") {
		t.Error("the page is not in Spanish")
	}
	if body := get(h, one+"?done=%3Cb%3E", "en").Body.String(); strings.Contains(body, `id="done"`) {
		t.Error("an address makes the page say what was not done")
	}
	if body := get(console(t, agents{owner: false}), one, "en").Body.String(); strings.Contains(body, "/approve") || !strings.Contains(body, "/refuse") || !strings.Contains(body, "/kill") {
		t.Error("a guardian refuses and kills, and approves nothing")
	}
	if body := get(console(t, agents{owner: true, state: "killed"}), one, "en").Body.String(); strings.Contains(body, `/kill"`) || strings.Contains(body, `/fund"`) {
		t.Error("a dead agent has buttons")
	}
	for path, code := range map[string]int{"/console/agents/none": 422, one + "?wake=x": 422, one + "/pause": 405, one + "/fly": 405} {
		if w := get(h, path, "en"); w.Code != code {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// TestTellAgent does each thing once by its form, leads back to the page, and kills nothing whose label is not written.
func TestTellAgent(t *testing.T) {
	var told []string
	h := console(t, agents{owner: true, told: &told})
	post := func(deed string, form url.Values) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/console/agents/"+agentID+"/"+deed, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for _, c := range []struct {
		deed string
		form url.Values
		code int
		says string // address, or text of the page
		told string
	}{
		{"pause", nil, 303, "?done=pause", "pause " + agentID},
		{"resume", nil, 303, "?done=resume", "resume " + agentID},
		{"approve", url.Values{"number": {"3"}}, 303, "?done=approve", "approve"},
		{"refuse", url.Values{"number": {"3"}}, 303, "?done=refuse", "refuse"},
		{"refuse", nil, 422, "what waits has a number", ""},
		{"fund", url.Values{"amount": {" 2.5 "}}, 303, "?done=fund", "fund 2.5"},
		{"fund", url.Values{"amount": {"much"}}, 422, "such as 2.5", ""},
		{"talk", url.Values{"text": {"hello"}}, 303, "?done=talk&wake=9", "talk hello"},
		{"talk", url.Values{"text": {" "}}, 422, "the message is empty", ""},
		{"talk", url.Values{"text": {strings.Repeat("x", 300_000)}}, 422, "body too large", ""},
		{"kill", url.Values{"label": {"other"}}, 422, "nothing was done", ""},
		{"kill", nil, 422, "nothing was done", ""},
		{"kill", url.Values{"label": {"<script>alert(31)</script>"}}, 303, "?done=kill", "kill " + agentID},
		{"fly", nil, 404, "not found", ""},
	} {
		told = nil
		w := post(c.deed, c.form)
		if w.Code != c.code || !strings.Contains(w.Header().Get("Location")+w.Body.String(), c.says) || strings.Join(told, ",") != c.told {
			t.Errorf("%s %v: %d, told %q, without %q", c.deed, c.form, w.Code, told, c.says)
		}
	}
	back := httptest.NewRequest(http.MethodPost, "/console/language", strings.NewReader(""))
	back.Header.Set("Referer", "http://127.0.0.1:7070/console/agents/"+agentID+"/fund?done=x")
	there := httptest.NewRecorder()
	if h.ServeHTTP(there, back); there.Header().Get("Location") != "/console/agents/"+agentID {
		t.Errorf("another language leads to %s", there.Header().Get("Location"))
	}
	r := httptest.NewRequest(http.MethodPost, "/console/agents/"+agentID+"/kill?label=%3Cscript%3Ealert(31)%3C/script%3E", nil)
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != 422 {
		t.Errorf("an address confirms: %d", w.Code)
	}
}
