package machine

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"

	"ayni.example/agent/mcp"
	"ayni.example/inference/gateway"
	"ayni.example/web/operator"
)

// Charter implements mcp.Agents.
func (a mcpAgents) Charter(ctx context.Context, name string) (mcp.Charter, error) {
	c, err := a.charter(ctx, name)
	return c, told(err)
}

func (a mcpAgents) charter(ctx context.Context, name string) (mcp.Charter, error) {
	id, err := a.m.agentID(ctx, name)
	if err != nil {
		return mcp.Charter{}, err
	}
	g, err := a.m.agentOf(ctx, id)
	if err != nil {
		return mcp.Charter{}, err
	}
	out := mcp.Charter{
		Agent: g.ID, Label: g.Label, Owner: g.Owner, Treasury: g.Treasury, State: g.State, Sleep: g.Sleep, Version: g.Version,
		Document: g.Charter.Document, Actions: append([]string{}, g.Charter.Actions...), Payees: append([]string{}, g.Charter.Payees...),
		Limits: []mcp.Limit{},
	}
	for _, c := range g.Caps {
		out.Limits = append(out.Limits, mcp.Limit{Name: c.Name, Limit: c.Limit, Used: c.Used})
	}
	got, err := a.m.ledger.Agent(ctx, id)
	if err != nil {
		return out, err
	}
	if price, err := a.m.wakePrice(got); err == nil {
		out.Price = credits(price)
	}
	_, d, err := a.m.agentDocument(ctx, out.Document)
	if err != nil {
		out.Unread = err.Error()
		return out, nil
	}
	out.Name, out.Prompt, out.Model = d.Name, d.Prompt, d.Model.Name
	for _, t := range d.Tools {
		out.Tools = append(out.Tools, strings.TrimSpace(t.Name+" ("+string(t.Kind)+") "+t.About))
	}
	return out, nil
}

// Log implements mcp.Agents. What an agent answered is for the owner of this machine and for whoever has the ticket.
func (a mcpAgents) Log(ctx context.Context, name string, q mcp.Entry) ([]mcp.Reply, error) {
	list, err := a.log(ctx, name, q)
	return list, told(err)
}

func (a mcpAgents) log(ctx context.Context, name string, q mcp.Entry) ([]mcp.Reply, error) {
	switch {
	case q.Ticket != "":
		w, err := a.ticketed(ctx, name, q.Ticket)
		return []mcp.Reply{a.reply(w, q.Ticket)}, err
	case q.Wake > 0:
		w, err := a.m.AgentWake(ctx, name, q.Wake)
		if who, _ := gateway.CallerOf(ctx); !who.Admin {
			w.Answer, w.Sealed, w.Notes = "", "the answer is for whoever asked, by a ticket", nil
		}
		return []mcp.Reply{a.reply(w, "")}, err
	}
	log, err := a.m.AgentLog(ctx, name)
	out := []mcp.Reply{}
	for _, w := range log[:min(len(log), loggedMax)] {
		out = append(out, a.reply(w, ""))
	}
	return out, err
}

func (a mcpAgents) reply(w operator.AgentWake, ticket string) mcp.Reply {
	r := mcp.Reply{
		Agent: w.Agent, Wake: w.Wake, State: w.State, Answer: w.Answer, Unread: w.Sealed, Cause: w.Cause, Host: w.Host, Cost: w.Cost,
		Receipts: w.Receipts, Notes: w.Notes, Decision: w.Decision, At: w.At, Ticket: ticket,
	}
	for _, x := range w.Actions {
		text := x.What + " " + x.Amount + " to " + x.Payee + ": " + x.Outcome
		if x.Reason != "" {
			text += ", " + x.Reason
		}
		r.Actions = append(r.Actions, text)
	}
	return r
}

// told is an error with its hint, for callers who see one text.
func told(err error) error {
	var h interface{ Hint() string }
	if errors.As(err, &h) && h.Hint() != "" {
		return errors.New(err.Error() + ": " + h.Hint())
	}
	return err
}

// knownAgent is the id of an agent that the ledger has.
func (m *Machine) knownAgent(ctx context.Context, name string) (string, error) {
	id, err := m.agentID(ctx, name)
	if err != nil {
		return "", err
	}
	if _, err := m.ledger.Agent(ctx, id); err != nil {
		return "", err
	}
	return hex.EncodeToString(id), nil
}
