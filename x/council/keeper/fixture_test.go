package keeper_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"

	"github.com/cosmos/cosmos-sdk/baseapp"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/x/council"
	"ayni.example/x/internal/ledgertest"
)

// fixture is a ledger with seats of power 10 each, and consensus's own set of validators, which follows what it is told.
type fixture struct {
	*ledgertest.Ledger
	tb                  testing.TB
	last, current, next *cmttypes.ValidatorSet // of the block before, of the next block, and of the one after
	told                []abci.ValidatorUpdate // by the last block
}

func newFixture(tb testing.TB, seats ...string) *fixture {
	tb.Helper()
	f := &fixture{Ledger: ledgertest.Start(tb), tb: tb}
	tb.Cleanup(func() { f.block(happening{}) }) // the invariants that are checked then are of a block's end
	g := council.DefaultGenesis()
	for _, name := range seats {
		seat, key := council.NewSeat(text(name), name, public(name), 10)
		g.Seats, g.Keys = append(g.Seats, seat), append(g.Keys, key)
	}
	ledgertest.Must(tb, g.Validate())
	ledgertest.Must(tb, f.Council.InitGenesis(f.Ctx, g))
	updates, err := f.Council.EndBlock(f.Ctx)
	ledgertest.Must(tb, err)
	validators, err := cmttypes.PB2TM.ValidatorUpdates(updates)
	ledgertest.Must(tb, err)
	f.current = cmttypes.NewValidatorSet(validators)
	f.next = f.current.Copy()
	return f
}

func text(name string) string { return ledgertest.Text(ledgertest.Account(name)) }

// private is the consensus key of this name.
func private(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("consensus key " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func public(name string) []byte { return private(name).Public().(ed25519.PublicKey) }

func address(name string) []byte { return council.ConsensusAddress(public(name)) }

// proof shows that the key of a name is to be an operator's.
func proof(operator, key string) []byte {
	return ed25519.Sign(private(key), council.Possession(ledgertest.ChainID, ledgertest.Account(operator), public(key)))
}

func authority() string { return ledgertest.Text(authtypes.NewModuleAddress(council.ModuleName)) }

// happening is what consensus tells of with a block.
type happening struct {
	absent   []string // keys whose votes are missing in the last commit
	evidence []abci.Misbehavior
	wait     time.Duration // since the last block; zero: a second
}

func twice(key string, height int64, at time.Time) abci.Misbehavior {
	return abci.Misbehavior{
		Type: abci.MisbehaviorType_DUPLICATE_VOTE, Validator: abci.Validator{Address: address(key), Power: 10}, Height: height, Time: at,
	}
}

// block ends this block and begins the next, as consensus and the modules' order have it.
func (f *fixture) block(h happening) {
	f.tb.Helper()
	f.Schedule.EndBlock(f.Ctx)
	var err error
	f.told, err = f.Council.EndBlock(f.Ctx)
	ledgertest.Must(f.tb, err)
	changes, err := cmttypes.PB2TM.ValidatorUpdates(f.told)
	ledgertest.Must(f.tb, err)
	after := f.next.Copy()
	ledgertest.Must(f.tb, after.UpdateWithChangeSet(changes))
	f.last, f.current, f.next = f.current, f.next, after
	ledgertest.Must(f.tb, f.Invariants())

	if h.wait == 0 {
		h.wait = time.Second
	}
	f.Advance(1, h.wait)
	f.Ctx = f.Ctx.WithCometInfo(baseapp.NewBlockInfo(h.evidence, nil, nil, f.commit(h.absent)))
	ledgertest.Must(f.tb, f.Council.BeginBlock(f.Ctx))
}

// commit is that of the last block: all of its validators voted, but for the absent.
func (f *fixture) commit(absent []string) abci.CommitInfo {
	missing := map[string]bool{}
	for _, key := range absent {
		missing[string(address(key))] = true
	}
	var info abci.CommitInfo
	for _, v := range f.last.Validators {
		flag := cmtproto.BlockIDFlagCommit
		if missing[string(v.Address)] {
			flag = cmtproto.BlockIDFlagAbsent
		}
		info.Votes = append(info.Votes, abci.VoteInfo{
			Validator: abci.Validator{Address: v.Address, Power: v.VotingPower}, BlockIdFlag: flag,
		})
	}
	return info
}

func (f *fixture) blocks(n int, h happening) {
	f.tb.Helper()
	for range n {
		f.block(h)
	}
}

func (f *fixture) seat(name string) council.Seat {
	f.tb.Helper()
	s, err := f.Council.Seat(f.Ctx, text(name))
	ledgertest.Must(f.tb, err)
	return s
}

// propose opens a proposal and returns its id and status.
func (f *fixture) propose(proposer string, msgs ...sdk.Msg) (uint64, council.ProposalStatus, error) {
	f.tb.Helper()
	msg := &council.MsgPropose{Proposer: text(proposer), Summary: "a test"}
	for _, m := range msgs {
		packed, err := codectypes.NewAnyWithValue(m)
		ledgertest.Must(f.tb, err)
		msg.Messages = append(msg.Messages, packed)
	}
	result, err := f.Send(msg)
	if err != nil {
		return 0, 0, err
	}
	answer := result.MsgResponses[0].GetCachedValue().(*council.MsgProposeResponse)
	return answer.Proposal, answer.Status, nil
}

func (f *fixture) vote(voter string, id uint64, yes bool) (council.ProposalStatus, error) {
	result, err := f.Send(&council.MsgVote{Voter: text(voter), Proposal: id, Yes: yes})
	if err != nil {
		return 0, err
	}
	return result.MsgResponses[0].GetCachedValue().(*council.MsgVoteResponse).Status, nil
}

// decide has the seats say yes, the first by proposing, and returns the proposal as it then is.
func (f *fixture) decide(seats []string, msgs ...sdk.Msg) council.Proposal {
	f.tb.Helper()
	id, status, err := f.propose(seats[0], msgs...)
	ledgertest.Must(f.tb, err)
	for _, name := range seats[1:] {
		if status == council.ProposalOpen {
			status, err = f.vote(name, id, true)
			ledgertest.Must(f.tb, err)
		}
	}
	p, err := f.Council.Proposals.Get(f.Ctx, id)
	ledgertest.Must(f.tb, err)
	return p
}

// enact has the seats say yes to messages that must take effect.
func (f *fixture) enact(seats []string, msgs ...sdk.Msg) {
	f.tb.Helper()
	if p := f.decide(seats, msgs...); p.Status != council.ProposalExecuted {
		f.tb.Fatalf("proposal %v", p)
	}
}

// refuse has the seats say yes to a message that must fail as want does.
func (f *fixture) refuse(want error, seats []string, msg sdk.Msg) {
	f.tb.Helper()
	p := f.decide(seats, msg)
	have := fmt.Sprint(p.Codespace, " ", p.Code)
	coded := want.(interface {
		Codespace() string
		ABCICode() uint32
	})
	if p.Status != council.ProposalFailed || have != fmt.Sprint(coded.Codespace(), " ", coded.ABCICode()) {
		f.tb.Fatalf("%T: %s with %s, want %v", msg, p.Status, have, want)
	}
}

func (f *fixture) admit(name, key string, power uint64) *council.MsgAdmit {
	return &council.MsgAdmit{
		Authority: authority(), Operator: text(name), Name: name, ConsensusKey: public(key), Power: power, Proof: proof(name, key),
	}
}

func (f *fixture) rotate(name, key string) error {
	_, err := f.Send(&council.MsgRotateKey{Operator: text(name), ConsensusKey: public(key), Proof: proof(name, key)})
	return err
}

func (f *fixture) leave(name string) error {
	_, err := f.Send(&council.MsgLeave{Operator: text(name)})
	return err
}

func (f *fixture) back(name string) error {
	_, err := f.Send(&council.MsgReturn{Operator: text(name)})
	return err
}

// validates tells whether consensus has this key in the set of the block after the next, and with which power.
func (f *fixture) validates(key string) int64 {
	_, v := f.next.GetByAddress(address(key))
	if v == nil {
		return 0
	}
	return v.VotingPower
}
