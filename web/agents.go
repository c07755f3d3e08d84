package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"ayni.example/web/operator"
)

// Bounds of what the pages about agents read at once.
const (
	inboxMax      = 50 // agents that are asked what waits
	wakesShown    = 50 // of a log
	messageMax    = 64 << 10
	agentsPath    = "/console/agents/"
	agentFormsMax = messageMax * 3 // a form writes a byte as three
)

type agentsData struct {
	Mine   []operator.Agent
	Others []operator.Agent
	Inbox  []asked
}

// asked is something of an agent that waits for this machine's owner.
type asked struct {
	Agent operator.Agent
	operator.AgentWaiting
}

// agents lists this account's agents, what they ask of it, and those of others.
func (c *Console) agents(r *http.Request) (any, error) {
	var d agentsData
	list, err := c.config.Operator.Agents(r.Context(), true)
	if err != nil {
		return d, err
	}
	for _, a := range list {
		switch {
		case !a.Self && !a.Guards:
			d.Others = append(d.Others, a)
			continue
		case len(d.Mine) < inboxMax:
			if a, err = c.config.Operator.Agent(r.Context(), a.ID); err != nil {
				return d, err
			}
		}
		d.Mine = append(d.Mine, a)
		for _, w := range a.Waiting {
			d.Inbox = append(d.Inbox, asked{a, w})
		}
	}
	return d, nil
}

type agentData struct {
	operator.Agent
	Log    []operator.AgentWake
	Older  int                 // entries of the log that are not shown
	Chosen *operator.AgentWake // one wake-up with its answer
	Done   string              // what the last click did
}

// agent shows one agent. A word in the address says what was just done to it.
func (c *Console) agent(r *http.Request) (any, error) {
	return c.agentWith(r, r.FormValue("done"))
}

func (c *Console) agentWith(r *http.Request, done string) (any, error) {
	var d agentData
	var err error
	op, ctx := c.config.Operator, r.Context()
	if d.Agent, err = op.Agent(ctx, r.PathValue("agent")); err != nil {
		return nil, err
	}
	if _, known := agentDeeds()[done]; known {
		d.Done = done
	}
	if d.Log, err = op.AgentLog(ctx, d.ID); err != nil {
		return d, err
	}
	d.Older = max(0, len(d.Log)-wakesShown)
	d.Log = d.Log[:len(d.Log)-d.Older]
	if text := r.URL.Query().Get("wake"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return d, errors.New("a wake-up has a number")
		}
		w, err := op.AgentWake(ctx, d.ID, n)
		if err != nil {
			return d, err
		}
		d.Chosen = &w
	}
	return d, nil
}

// agentDeeds are what forms of the page ask for, by the last part of their address. Each gives what the page shows next, if not the same.
func agentDeeds() map[string]func(*Console, *http.Request, string) (url.Values, error) {
	order := func(word string) func(*Console, *http.Request, string) (url.Values, error) {
		return func(c *Console, r *http.Request, id string) (url.Values, error) {
			_, err := c.config.Operator.OrderAgent(r.Context(), operator.AgentOrder{Agent: id, Order: word})
			return nil, err
		}
	}
	decide := func(approve bool) func(*Console, *http.Request, string) (url.Values, error) {
		return func(c *Console, r *http.Request, id string) (url.Values, error) {
			n, err := strconv.ParseUint(r.PostFormValue("number"), 10, 64)
			if err != nil {
				return nil, errors.New("what waits has a number")
			}
			_, err = c.config.Operator.DecideAgent(r.Context(), operator.AgentDecision{Agent: id, Number: n, Approve: approve})
			return nil, err
		}
	}
	return map[string]func(*Console, *http.Request, string) (url.Values, error){
		"pause": order("pause"), "resume": order("resume"), "kill": (*Console).killAgent, "approve": decide(true), "refuse": decide(false),
		"fund": (*Console).fundAgent, "talk": (*Console).talkAgent,
	}
}

// killAgent wants the agent's label as well: there is no way back.
func (c *Console) killAgent(r *http.Request, id string) (url.Values, error) {
	a, err := c.config.Operator.Agent(r.Context(), id)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(r.PostFormValue("label")) != a.Label {
		return nil, errors.New("nothing was done: write the agent's label to kill it")
	}
	_, err = c.config.Operator.OrderAgent(r.Context(), operator.AgentOrder{Agent: id, Order: "kill"})
	return nil, err
}

func (c *Console) fundAgent(r *http.Request, id string) (url.Values, error) {
	_, err := c.config.Operator.FundAgent(r.Context(), operator.AgentMoney{Agent: id, Amount: strings.TrimSpace(r.PostFormValue("amount"))})
	return nil, err
}

func (c *Console) talkAgent(r *http.Request, id string) (url.Values, error) {
	text := strings.TrimSpace(r.PostFormValue("text"))
	if text == "" {
		return nil, errors.New("the message is empty")
	}
	w, err := c.config.Operator.TalkAgent(r.Context(), operator.AgentMessage{Agent: id, Text: text})
	return url.Values{"wake": {strconv.FormatUint(w.Wake, 10)}}, err
}

// tellAgent does what a form asks for, and leads to the agent's page, so that loading it again does nothing twice.
func (c *Console) tellAgent(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, agentFormsMax)
	word := r.PathValue("deed")
	deed, known := agentDeeds()[word]
	if !known {
		http.NotFound(w, r)
		return
	}
	var next url.Values
	err := r.ParseForm()
	if err == nil {
		next, err = deed(c, r, r.PathValue("agent"))
	}
	if err != nil {
		c.show(w, r, "agent", func(r *http.Request) (any, error) {
			d, failed := c.agentWith(r, "")
			return d, errors.Join(err, failed)
		})
		return
	}
	if next == nil {
		next = url.Values{}
	}
	next.Set("done", word)
	http.Redirect(w, r, agentsPath+url.PathEscape(r.PathValue("agent"))+"?"+next.Encode(), http.StatusSeeOther)
}
