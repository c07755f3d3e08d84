package machine

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"ayni.example/agent/charter"
	"ayni.example/agent/host"
	"ayni.example/artifact"
	"ayni.example/web/operator"
	"ayni.example/x/agent"
)

const answerMax = 2 << 20

// TalkAgent implements operator.Employing.
func (m *Machine) TalkAgent(ctx context.Context, req operator.AgentMessage) (operator.AgentWake, error) {
	if req.Text == "" || len(req.Text) > host.MessageMax {
		return operator.AgentWake{}, fmt.Errorf("message has %d bytes: want 1 to %d", len(req.Text), host.MessageMax)
	}
	id, err := m.agentID(ctx, req.Agent)
	if err != nil {
		return operator.AgentWake{}, err
	}
	got, err := m.ledger.Agent(ctx, id)
	if err != nil {
		return operator.AgentWake{}, err
	}
	sealed, err := m.sealToHosts(ctx, got.Charter, req.Text)
	if err != nil {
		return operator.AgentWake{}, err
	}
	if _, err := m.agentArtifacts().Put(ctx, sealed, "message to an agent"); err != nil {
		return operator.AgentWake{}, err
	}
	sum := sha256.Sum256(sealed)
	if err := m.ledger.Submit(ctx, &agent.MsgWake{Sender: m.address, Agent: id, Message: sum[:], Size_: uint64(len(sealed))}); err != nil {
		return operator.AgentWake{}, err
	}
	number, err := m.wakeOf(ctx, id, sum[:])
	if err != nil {
		return operator.AgentWake{}, err
	}
	return m.wakeView(ctx, id, number)
}

// sealToHosts seals a message to those who may be drawn, and asks for an answer that this home can open.
func (m *Machine) sealToHosts(ctx context.Context, c agent.Charter, text string) ([]byte, error) {
	hosts, err := m.ledger.AgentHosts(ctx)
	if err != nil {
		return nil, err
	}
	var keys [][]byte
	for _, h := range hosts {
		if len(c.Hosts) == 0 || slices.Contains(c.Hosts, h.Address) {
			keys = append(keys, h.Key)
		}
	}
	if len(keys) == 0 {
		return nil, advice(errors.New("no machine that may host this agent is registered"), "`ayni agent host` on a machine of the charter's list begins to host")
	}
	key, err := AgentIdentity(m.keys.Wallet())
	if err != nil {
		return nil, err
	}
	own := key.Recipient().String()
	return host.Seal(host.Message{Format: 1, Text: text, Reply: own}, keys, []string{own})
}

// wakeOf finds the wake-up that a message made, by its digest, which is random enough to be its own.
func (m *Machine) wakeOf(ctx context.Context, id, message []byte) (uint64, error) {
	queue, err := m.ledger.AgentQueue(ctx, id)
	if err != nil {
		return 0, err
	}
	if got, err := m.ledger.Agent(ctx, id); err == nil && got.Lease != nil {
		queue = append(queue, got.Lease.Wake)
	}
	log, err := m.ledger.AgentLog(ctx, id)
	if err != nil {
		return 0, err
	}
	for _, e := range log {
		queue = append(queue, e.Wake)
	}
	for _, w := range queue {
		if bytes.Equal(w.Message, message) {
			return w.Number, nil
		}
	}
	return 0, errors.New("the ledger took the message and shows no wake-up for it: look into `ayni agent log`")
}

// AgentWake implements operator.Employing.
func (m *Machine) AgentWake(ctx context.Context, name string, wake uint64) (operator.AgentWake, error) {
	id, err := m.agentID(ctx, name)
	if err != nil {
		return operator.AgentWake{}, err
	}
	return m.wakeView(ctx, id, wake)
}

func (m *Machine) wakeView(ctx context.Context, id []byte, number uint64) (operator.AgentWake, error) {
	out := operator.AgentWake{Agent: hex.EncodeToString(id), Wake: number}
	got, err := m.ledger.Agent(ctx, id)
	switch {
	case err != nil:
		return out, err
	case number > got.Agent.Queued || number == 0:
		return out, fmt.Errorf("the agent has had %d wake-ups, none is number %d", got.Agent.Queued, number)
	case got.Lease != nil && got.Lease.Wake.Number == number:
		out.State, out.Host = "open", got.Lease.Host
		out.Cause, out.Sender = word(got.Lease.Wake.Cause.String(), "CAUSE_"), got.Lease.Wake.Sender
		return out, nil
	case number > got.Agent.Ended:
		out.State = "queued"
		return out, nil
	}
	entry, err := m.ledger.AgentEntry(ctx, id, number)
	if err != nil {
		return out, err
	}
	out = m.entryView(entry)
	m.readAnswer(ctx, entry, &out)
	return out, nil
}

func (m *Machine) entryView(e agent.Entry) operator.AgentWake {
	out := operator.AgentWake{
		Agent: hex.EncodeToString(e.Agent), Wake: e.Wake.Number, State: "over", Cause: word(e.Wake.Cause.String(), "CAUSE_"), Sender: e.Wake.Sender,
		Host: e.Host, Cost: credits(e.Cost), Decision: hex.EncodeToString(e.Decision), Head: hex.EncodeToString(e.Head), At: time.Unix(e.Time, 0).UTC(),
	}
	for _, r := range append(slices.Clone(e.Calls), e.Results...) {
		out.Actions = append(out.Actions, actionView(r))
	}
	return out
}

// readAnswer adds what an agent said, where this home may read it.
func (m *Machine) readAnswer(ctx context.Context, e agent.Entry, out *operator.AgentWake) {
	if len(e.Decision) == 0 {
		return
	}
	err := func() error {
		d, err := host.ReadDecision(ctx, m.agentReader(), e.Decision)
		if err != nil {
			return err
		}
		out.Notes = d.Notes
		for _, t := range d.Thoughts {
			if t.Receipt != "" {
				out.Receipts = append(out.Receipts, t.Receipt)
			}
		}
		sealed, err := m.agentReader().Fetch(ctx, artifact.Digest(artifact.Prefix+d.Answer), answerMax, "answer of an agent")
		if err != nil {
			return err
		}
		key, err := AgentIdentity(m.keys.Wallet())
		if err != nil {
			return err
		}
		var said host.Answer
		if err := host.Open(sealed, &said, key); err != nil {
			return err
		}
		out.Answer = said.Text
		return nil
	}()
	if err != nil {
		out.Sealed = err.Error()
	}
}

// AgentLog implements operator.Employing.
func (m *Machine) AgentLog(ctx context.Context, name string) ([]operator.AgentWake, error) {
	id, err := m.agentID(ctx, name)
	if err != nil {
		return nil, err
	}
	log, err := m.ledger.AgentLog(ctx, id)
	out := make([]operator.AgentWake, 0, len(log))
	for _, e := range slices.Backward(log) {
		out = append(out, m.entryView(e))
	}
	return out, err
}

// ReplayAgent implements operator.Employing.
func (m *Machine) ReplayAgent(ctx context.Context, name string, wake uint64) (operator.AgentReplay, error) {
	out := operator.AgentReplay{Wake: wake}
	id, err := m.agentID(ctx, name)
	if err != nil {
		return out, err
	}
	entry, err := m.ledger.AgentEntry(ctx, id, wake)
	if err != nil {
		return out, err
	}
	decision, err := host.ReadDecision(ctx, m.agentReader(), entry.Decision)
	if err != nil {
		return out, err
	}
	_, document, err := m.agentDocument(ctx, decision.Document)
	if err != nil {
		return out, err
	}
	key, err := AgentIdentity(m.keys.Wallet())
	if err != nil {
		return out, err
	}
	got, err := host.Replay(ctx, m.agentReader(), entry, document, m.AgentThinker(), key)
	if err != nil {
		return out, err
	}
	out.OK, out.Unchecked = got.OK(), got.Unchecked
	for _, t := range got.Thoughts {
		out.Thoughts = append(out.Thoughts, operator.AgentThought{Same: t.Same, Why: t.Why})
	}
	return out, nil
}

func (m *Machine) agentDocument(ctx context.Context, sum string) ([]byte, charter.Document, error) {
	text, err := m.agentReader().Fetch(ctx, artifact.Digest(artifact.Prefix+sum), charter.DocumentMax, "charter of an agent")
	if err != nil {
		return nil, charter.Document{}, fmt.Errorf("charter %s: %w", sum, err)
	}
	d, err := charter.Decode(text)
	return text, d, err
}

// ExportAgent implements operator.Employing.
func (m *Machine) ExportAgent(ctx context.Context, name string) (operator.AgentExport, error) {
	out := operator.AgentExport{ChainID: m.node.Genesis().ChainID, Height: m.node.Height(), Log: []operator.AgentWake{}}
	id, err := m.agentID(ctx, name)
	if err != nil {
		return out, err
	}
	if out.Agent, err = m.agentOf(ctx, id); err != nil {
		return out, err
	}
	if text, _, err := m.agentDocument(ctx, out.Agent.Charter.Document); err == nil {
		out.Document = text
	}
	got, err := m.ledger.Agent(ctx, id)
	if err != nil {
		return out, err
	}
	log, err := m.ledger.AgentLog(ctx, id)
	if err != nil {
		return out, err
	}
	out.Chained = chained(log, got.Agent.Head)
	for _, e := range log {
		view := m.entryView(e)
		m.readAnswer(ctx, e, &view)
		out.Log = append(out.Log, view)
	}
	return out, nil
}
