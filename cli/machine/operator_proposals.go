package machine

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	errorsmod "cosmossdk.io/errors"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"ayni.example/chain"
	service "ayni.example/council"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
	"ayni.example/x/council"
	"ayni.example/x/credit"
	"ayni.example/x/fee"
)

// proposalsShown bounds the list of proposals.
const proposalsShown = 50

// Proposals implements operator.Ledger.
func (m *Machine) Proposals(ctx context.Context) ([]operator.Proposal, error) {
	proposals, err := m.ledger.Proposals(ctx)
	if err != nil {
		return nil, err
	}
	list := []operator.Proposal{}
	for _, p := range slices.Backward(proposals) {
		if len(list) == proposalsShown {
			break
		}
		shown, err := m.proposal(ctx, p.Id)
		if err != nil {
			return nil, err
		}
		list = append(list, shown)
	}
	return list, nil
}

func (m *Machine) proposal(ctx context.Context, id uint64) (operator.Proposal, error) {
	answer, err := m.ledger.Proposal(ctx, id)
	if err != nil {
		return operator.Proposal{}, err
	}
	p := answer.Proposal
	shown := operator.Proposal{
		ID: p.Id, Status: proposalWord(p.Status), Summary: p.Summary, Proposer: p.Proposer,
		Yes: answer.Yes, No: answer.No, Total: answer.Total, Lapses: time.Unix(p.LapsesTime, 0).UTC(), Votes: []operator.Vote{}, Messages: []string{},
	}
	if p.Status == council.ProposalFailed {
		shown.Failure = fmt.Sprintf("message %d: %s (%s %d)", p.FailedMessage+1, reason(p.Codespace, p.Code), p.Codespace, p.Code)
	}
	for _, v := range answer.Votes {
		shown.Votes = append(shown.Votes, operator.Vote{Operator: v.Voter, Yes: v.Yes})
	}
	codec := m.node.App().Encoding.Codec
	for _, packed := range p.Messages {
		raw, err := codec.MarshalJSON(packed)
		if err != nil {
			return shown, fmt.Errorf("proposal %d: %w", id, err)
		}
		shown.Messages = append(shown.Messages, strings.TrimPrefix(packed.TypeUrl, "/"))
		shown.Content = append(shown.Content, raw)
	}
	return shown, nil
}

// reason is what a module registered a code with; the ledger keeps no more of a failure.
func reason(codespace string, code uint32) string {
	if known, ok := errors.AsType[*errorsmod.Error](errorsmod.ABCIError(codespace, code, "")); ok {
		return known.Error()
	}
	return "it failed"
}

func proposalWord(s council.ProposalStatus) string {
	return strings.ToLower(strings.TrimPrefix(s.String(), "PROPOSAL_STATUS_"))
}

// Propose implements operator.Ledger.
func (m *Machine) Propose(ctx context.Context, req operator.ProposeRequest) (operator.Proposal, error) {
	msg := &council.MsgPropose{Proposer: m.address, Summary: req.Summary}
	for i, raw := range req.Messages {
		packed, err := m.pack(raw)
		if err != nil {
			return operator.Proposal{}, advice(fmt.Errorf("message %d: %w", i+1, err), "a message is an object with \"@type\" and the fields of its kind; the modules' README name them")
		}
		msg.Messages = append(msg.Messages, packed)
	}
	if err := m.checkPlans(msg.Messages); err != nil {
		return operator.Proposal{}, err
	}
	result, err := m.ledger.send(ctx, msg)
	if err != nil {
		return operator.Proposal{}, err
	}
	var made council.MsgProposeResponse
	if err := result.Response(0, &made); err != nil {
		return operator.Proposal{}, err
	}
	return m.proposal(ctx, made.Proposal)
}

// checkPlans refuses to open what could only fail once the council has voted on it: a release that is not the next one, or a
// height that has passed.
func (m *Machine) checkPlans(messages []*codectypes.Any) error {
	for _, packed := range messages {
		msg, ok := packed.GetCachedValue().(*upgradetypes.MsgSoftwareUpgrade)
		if !ok {
			continue
		}
		release, err := chain.Release()
		if err != nil {
			return err
		}
		if next := chain.ReleaseName(release + 1); msg.Plan.Name != next {
			return advice(fmt.Errorf("%q cannot be proposed: the ledger runs release %d, so that the next is %q", msg.Plan.Name, release, next),
				"`ayni version` tells what a program runs; releases come one after the other")
		}
		if height := m.node.Height(); msg.Plan.Height <= height {
			return advice(fmt.Errorf("height %d has passed: the ledger is at %d", msg.Plan.Height, height),
				"name a height that leaves the council time to vote, and all machines time to install the program")
		}
	}
	return nil
}

func (m *Machine) pack(raw json.RawMessage) (*codectypes.Any, error) {
	var msg sdk.Msg
	if err := m.node.App().Encoding.Codec.UnmarshalInterfaceJSON(raw, &msg); err != nil {
		return nil, err
	}
	return codectypes.NewAnyWithValue(msg)
}

// Vote implements operator.Ledger.
func (m *Machine) Vote(ctx context.Context, req operator.VoteRequest) (operator.Proposal, error) {
	if err := m.ledger.Submit(ctx, &council.MsgVote{Voter: m.address, Proposal: req.ID, Yes: req.Yes}); err != nil {
		return operator.Proposal{}, err
	}
	return m.proposal(ctx, req.ID)
}

// Issue implements operator.Ledger.
func (m *Machine) Issue(ctx context.Context, req operator.IssueRequest) error {
	amount, err := home.Credits(req.Credits)
	if err != nil {
		return err
	}
	return m.ledger.Submit(ctx, &credit.MsgIssue{Issuer: m.address, Recipient: req.Address, Amount: amount})
}

// SetQuota implements operator.Ledger.
func (m *Machine) SetQuota(ctx context.Context, req operator.QuotaRequest) error {
	params, err := m.ledger.FeeParams(ctx)
	if err != nil {
		return err
	}
	if params.Admin != m.address {
		return advice(fmt.Errorf("quotas are granted by %s, not by this machine's account", params.Admin), "in a network of several the council does: `ayni network propose quota`")
	}
	return m.ledger.Submit(ctx, &fee.MsgSetQuota{Admin: m.address, Account: req.Address, Gas: req.Gas})
}

// Return implements operator.Ledger.
func (m *Machine) Return(ctx context.Context) error {
	return m.ledger.Submit(ctx, &council.MsgReturn{Operator: m.address})
}

// RotateKey implements operator.Ledger. Asked again after a failure it takes the same new key.
func (m *Machine) RotateKey(ctx context.Context) (operator.Rotation, error) {
	if held := m.node.Signing().Held; held != "" {
		return operator.Rotation{}, advice(errors.New("this machine holds its key still: "+held), "rotate when it signs again; `ayni network show` tells")
	}
	next, err := m.node.NextKey()
	if err != nil {
		return operator.Rotation{}, err
	}
	account, err := ethkey.AddressCodec{}.StringToBytes(m.address)
	if err != nil {
		return operator.Rotation{}, err
	}
	proof, err := service.Prove(m.node.Genesis().ChainID, account, next)
	if err != nil {
		return operator.Rotation{}, err
	}
	answer := operator.Rotation{Key: hex.EncodeToString(next.Key())}
	return answer, m.ledger.Submit(ctx, &council.MsgRotateKey{Operator: m.address, ConsensusKey: next.Key(), Proof: proof})
}
