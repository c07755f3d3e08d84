package machine

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/agent/charter"
	"ayni.example/agent/host"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
	"ayni.example/x/agent"
)

// CreateAgent implements operator.Employing.
func (m *Machine) CreateAgent(ctx context.Context, req operator.AgentRequest) (operator.Agent, error) {
	plan, ledgers, err := m.agentCharter(ctx, req)
	if err != nil {
		return operator.Agent{}, err
	}
	deposit, err := home.Credits(cmp.Or(req.Deposit, "0"))
	if err != nil {
		return operator.Agent{}, advice(err, "--deposit takes credits, such as 5")
	}
	guardian := ""
	if req.Guardian != "" {
		raw, err := ethkey.AddressCodec{}.StringToBytes(req.Guardian)
		if err != nil {
			return operator.Agent{}, advice(fmt.Errorf("guardian: %w", err), "`ayni wallet show` prints an address")
		}
		guardian = ethkey.Format(raw)
	}
	label := cmp.Or(req.Label, plan.Label)
	own, err := ethkey.AddressCodec{}.StringToBytes(m.address)
	if err != nil {
		return operator.Agent{}, err
	}
	id := agent.ID(m.node.Genesis().ChainID, own, label)
	err = m.ledger.Submit(ctx, &agent.MsgCreate{Sender: m.address, Label: label, Charter: ledgers, Guardian: guardian, Deposit: deposit})
	if err != nil {
		return operator.Agent{}, fmt.Errorf("create agent %s: %w", label, err)
	}
	return m.agentOf(ctx, id)
}

// AmendAgent implements operator.Employing.
func (m *Machine) AmendAgent(ctx context.Context, req operator.AgentRequest) (operator.Agent, error) {
	return m.tellAgent(ctx, req.Agent, func(id []byte) (sdk.Msg, error) {
		_, ledgers, err := m.agentCharter(ctx, req)
		return &agent.MsgAmend{Sender: m.address, Agent: id, Charter: ledgers}, err
	})
}

// agentCharter reads a charter as people write it, and keeps its document where hosts find it. This home may read what its agents say.
func (m *Machine) agentCharter(ctx context.Context, req operator.AgentRequest) (charter.Plan, agent.Charter, error) {
	plan, err := charter.Parse(cmp.Or(req.File, "charter"), req.Charter)
	if err != nil {
		return plan, agent.Charter{}, err
	}
	key, err := AgentIdentity(m.keys.Wallet())
	if err != nil {
		return plan, agent.Charter{}, err
	}
	if own := key.Recipient().String(); !slices.Contains(plan.Document.Readers, own) {
		plan.Document.Readers = append(plan.Document.Readers, own)
	}
	ledgers, document, err := host.LedgerCharter(plan)
	if err != nil {
		return plan, agent.Charter{}, err
	}
	_, err = m.agentArtifacts().Put(ctx, document, "charter of an agent")
	return plan, ledgers, err
}

// Agents implements operator.Employing.
func (m *Machine) Agents(ctx context.Context, all bool) ([]operator.Agent, error) {
	whose := m.address
	if all {
		whose = ""
	}
	list, err := m.ledger.Agents(ctx, whose)
	out := make([]operator.Agent, 0, len(list))
	for _, a := range list {
		treasury, err := m.ledger.AgentTreasury(ctx, a.Id)
		if err != nil {
			return out, err
		}
		out = append(out, m.agentLine(a, treasury))
	}
	return out, err
}

// Agent implements operator.Employing.
func (m *Machine) Agent(ctx context.Context, name string) (operator.Agent, error) {
	id, err := m.agentID(ctx, name)
	if err != nil {
		return operator.Agent{}, err
	}
	return m.agentOf(ctx, id)
}

// agentID takes an id, the label of an agent of this account, or the beginning of an id.
func (m *Machine) agentID(ctx context.Context, name string) ([]byte, error) {
	if id, err := hex.DecodeString(name); err == nil && len(id) == agent.HashSize {
		return id, nil
	}
	list, err := m.ledger.Agents(ctx, m.address)
	if err != nil {
		return nil, err
	}
	var found []agent.Agent
	for _, a := range list {
		if a.Label == name {
			return a.Id, nil
		}
		if name != "" && strings.HasPrefix(hex.EncodeToString(a.Id), name) {
			found = append(found, a)
		}
	}
	switch len(found) {
	case 1:
		return found[0].Id, nil
	case 0:
		return nil, advice(fmt.Errorf("this account has no agent %.80q", name), "`ayni agent list` names them; others' are named by their whole id")
	}
	return nil, advice(fmt.Errorf("%d agents begin with %s", len(found), name), "write more of the id")
}

// tellAgent sends one message about an agent and gives how it stands then.
func (m *Machine) tellAgent(ctx context.Context, name string, message func(id []byte) (sdk.Msg, error)) (operator.Agent, error) {
	id, err := m.agentID(ctx, name)
	if err != nil {
		return operator.Agent{}, err
	}
	msg, err := message(id)
	if err != nil {
		return operator.Agent{}, err
	}
	if err := m.ledger.Submit(ctx, msg); err != nil {
		return operator.Agent{}, err
	}
	return m.agentOf(ctx, id)
}

// FundAgent implements operator.Employing.
func (m *Machine) FundAgent(ctx context.Context, req operator.AgentMoney) (operator.Agent, error) {
	return m.tellAgent(ctx, req.Agent, func(id []byte) (sdk.Msg, error) {
		amount, err := agentAmount(req.Amount)
		return &agent.MsgFund{Sender: m.address, Agent: id, Amount: amount}, err
	})
}

// WithdrawAgent implements operator.Employing.
func (m *Machine) WithdrawAgent(ctx context.Context, req operator.AgentMoney) (operator.Agent, error) {
	return m.tellAgent(ctx, req.Agent, func(id []byte) (sdk.Msg, error) {
		amount, err := agentAmount(req.Amount)
		return &agent.MsgWithdraw{Sender: m.address, Agent: id, Amount: amount}, err
	})
}

func agentAmount(text string) (math.Int, error) {
	amount, err := home.Credits(text)
	if err != nil {
		return amount, err
	}
	if !amount.IsPositive() {
		return amount, advice(errors.New("the amount is not above 0"), "amounts are credits, such as 2.5")
	}
	return amount, nil
}

// OrderAgent implements operator.Employing.
func (m *Machine) OrderAgent(ctx context.Context, req operator.AgentOrder) (operator.Agent, error) {
	return m.tellAgent(ctx, req.Agent, func(id []byte) (sdk.Msg, error) {
		switch req.Order {
		case "pause":
			return &agent.MsgPause{Sender: m.address, Agent: id}, nil
		case "resume":
			return &agent.MsgResume{Sender: m.address, Agent: id}, nil
		case "kill":
			return &agent.MsgKill{Sender: m.address, Agent: id}, nil
		}
		return nil, fmt.Errorf("order %q: want pause, resume or kill", req.Order)
	})
}

// DecideAgent implements operator.Employing.
func (m *Machine) DecideAgent(ctx context.Context, req operator.AgentDecision) (operator.Agent, error) {
	return m.tellAgent(ctx, req.Agent, func(id []byte) (sdk.Msg, error) {
		waiting, err := m.ledger.AgentWaiting(ctx, id)
		if err != nil {
			return nil, err
		}
		changes, err := m.ledger.AgentChanges(ctx, id)
		if err != nil {
			return nil, err
		}
		switch {
		case slices.ContainsFunc(waiting, func(w agent.Waiting) bool { return w.Number == req.Number }):
			return &agent.MsgDecide{Sender: m.address, Agent: id, Waiting: req.Number, Approve: req.Approve}, nil
		case !slices.ContainsFunc(changes, func(c agent.Change) bool { return c.Number == req.Number }):
			return nil, advice(fmt.Errorf("nothing with the number %d waits", req.Number), "`ayni agent show` lists what waits")
		case req.Approve:
			return nil, advice(errors.New("a change takes effect by itself when it is due"), "--refuse vetoes it")
		}
		return &agent.MsgVeto{Sender: m.address, Agent: id, Change: req.Number}, nil
	})
}

// HostAgents implements operator.Employing.
func (m *Machine) HostAgents(_ context.Context, req operator.AgentHosting) (operator.AgentHosting, error) {
	return operator.AgentHosting{Price: cmp.Or(req.Price, agentPrice)}, m.hostAgentsAt(req.Price)
}

// chained tells whether each entry follows from the one before it, and the last is the agent's head.
func chained(log []agent.Entry, head []byte) bool {
	for i, e := range log {
		sum, err := agent.Head(e)
		if err != nil || !bytes.Equal(sum, e.Head) || i > 0 && !bytes.Equal(e.Previous, log[i-1].Head) {
			return false
		}
	}
	return len(log) == 0 || bytes.Equal(log[len(log)-1].Head, head)
}
