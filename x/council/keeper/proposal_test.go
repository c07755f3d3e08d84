package keeper_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"ayni.example/x/council"
	"ayni.example/x/credit"
	"ayni.example/x/internal/ledgertest"
)

func power(name string, p uint64) *council.MsgSetPower {
	return &council.MsgSetPower{Authority: authority(), Operator: text(name), Power: p}
}

func (f *fixture) proposal(id uint64) council.Proposal {
	f.tb.Helper()
	p, err := f.Council.Proposals.Get(f.Ctx, id)
	ledgertest.Must(f.tb, err)
	return p
}

func (f *fixture) expectVote(voter string, id uint64, yes bool, want council.ProposalStatus) {
	f.tb.Helper()
	if got, err := f.vote(voter, id, yes); err != nil || got != want {
		f.tb.Fatalf("after the vote of %s the proposal is %s (%v), want %s", voter, got, err, want)
	}
}

func TestQuorum(t *testing.T) {
	f := newFixture(t, four()...)
	id, status, err := f.propose("a", power("a", 5))
	if err != nil || status != council.ProposalOpen {
		t.Fatalf("%s, %v", status, err)
	}
	f.expectVote("b", id, true, council.ProposalOpen)
	f.expectVote("b", id, true, council.ProposalOpen)
	f.expectVote("c", id, true, council.ProposalExecuted)
	if f.seat("a").Power != 5 {
		t.Fatal("nothing happened")
	}
	if _, err := f.vote("d", id, true); !errors.Is(err, council.ErrStatus) {
		t.Fatalf("vote on a closed proposal: %v", err)
	}
	if _, err := f.vote("d", id+1, true); !errors.Is(err, council.ErrNotFound) {
		t.Fatalf("vote on no proposal: %v", err)
	}
	if got := f.proposal(id); got.ClosedHeight != f.Ctx.BlockHeight() || got.Code != 0 {
		t.Fatalf("proposal %v", got)
	}
	f.block(happening{})
	f.CheckReload(t)
}

// TestExactlyTwoThirds is not over two thirds.
func TestExactlyTwoThirds(t *testing.T) {
	f := newFixture(t, "a", "b", "c")
	id, _, err := f.propose("a", power("a", 5))
	ledgertest.Must(t, err)
	f.expectVote("b", id, true, council.ProposalOpen)
	f.expectVote("c", id, true, council.ProposalExecuted)
}

func TestVotesChange(t *testing.T) {
	f := newFixture(t, "a", "b", "c", "d", "e", "f", "g")
	id, _, err := f.propose("a", power("a", 5))
	ledgertest.Must(t, err)
	f.expectVote("b", id, false, council.ProposalOpen)
	f.expectVote("b", id, true, council.ProposalOpen)
	f.expectVote("a", id, false, council.ProposalOpen)
	f.expectVote("c", id, false, council.ProposalOpen)
	f.expectVote("d", id, false, council.ProposalRejected) // three of seven: five can no longer agree
	if f.seat("a").Power != 10 || f.proposal(id).Status != council.ProposalRejected {
		t.Fatal("a rejected proposal took effect")
	}
}

func TestLapse(t *testing.T) {
	f := newFixture(t, four()...)
	id, _, err := f.propose("a", power("a", 5))
	ledgertest.Must(t, err)
	p := f.proposal(id)
	f.blocks(12, happening{wait: time.Minute}) // the height is reached, the time is not
	f.CheckReload(t)
	if f.proposal(id).Status != council.ProposalOpen {
		t.Fatal("lapsed by height alone")
	}
	for f.Ctx.BlockTime().Unix() < p.LapsesTime { // no longer pause, which would be a time that the ledger stood still
		f.block(happening{wait: 10 * time.Minute})
	}
	f.blocks(1, happening{})
	if f.proposal(id).Status != council.ProposalLapsed {
		t.Fatalf("proposal %v", f.proposal(id))
	}
	if _, err := f.vote("b", id, true); !errors.Is(err, council.ErrStatus) {
		t.Fatalf("vote on a lapsed proposal: %v", err)
	}
	f.CheckReload(t)
}

// TestOneSeatDecidesAtOnce: a council of one needs no second message.
func TestOneSeatDecidesAtOnce(t *testing.T) {
	f := newFixture(t, "a")
	_, status, err := f.propose("a", power("a", 5))
	if err != nil || status != council.ProposalExecuted {
		t.Fatalf("%s, %v", status, err)
	}
	f.block(happening{})
	if items, err := f.Schedule.ExportGenesis(f.Ctx); err != nil || len(items.Items) != 0 {
		t.Fatalf("scheduled %v (%v)", items.Items, err)
	}
}

// TestFailureUndoesAll: what the messages before the failing one did is gone, and the proposal says why.
func TestFailureUndoesAll(t *testing.T) {
	f := newFixture(t, four()...)
	p := f.decide(four(), power("a", 5), &council.MsgRemove{Authority: authority(), Operator: text("nobody")}, power("b", 5))
	if p.Status != council.ProposalFailed || p.FailedMessage != 1 || p.Codespace != council.ModuleName || p.Code != council.ErrNotFound.ABCICode() {
		t.Fatalf("proposal %v", p)
	}
	if f.seat("a").Power != 10 || f.seat("b").Power != 10 {
		t.Fatal("a part of it took effect")
	}
	f.block(happening{})
	f.CheckReload(t)
}

// TestOtherModules: the council is whatever authority or admin a module was given.
func TestOtherModules(t *testing.T) {
	f := newFixture(t, four()...)
	params, err := f.Credit.Params.Get(f.Ctx)
	ledgertest.Must(t, err)
	params.Admin = authority()
	ledgertest.Must(t, f.Credit.Params.Set(f.Ctx, params))
	f.enact(four(), &credit.MsgSetIssuer{Admin: authority(), Issuer: text("a"), Quota: math.NewInt(100), PeriodSeconds: 60})
	if _, err := f.Send(&credit.MsgIssue{Issuer: text("a"), Recipient: text("b"), Amount: math.NewInt(7)}); err != nil {
		t.Fatal(err)
	}
}

func TestProposalsRefused(t *testing.T) {
	f := newFixture(t, four()...)
	nested, err := codectypes.NewAnyWithValue(power("a", 5))
	ledgertest.Must(t, err)
	for name, msg := range map[string]sdk.Msg{
		"signed by its proposer": &credit.MsgSetIssuer{Admin: text("a"), Issuer: text("a"), Quota: math.NewInt(1), PeriodSeconds: 60},
		"signed by another seat": &council.MsgLeave{Operator: text("b")},
		"nested":                 &council.MsgPropose{Proposer: authority(), Summary: "x", Messages: []*codectypes.Any{nested}},
		"nested vote":            &council.MsgVote{Voter: authority(), Proposal: 1, Yes: true},
		"malformed":              power("a", 0),
		"no address":             &council.MsgRemove{Authority: "nobody", Operator: text("a")},
	} {
		if _, _, err := f.propose("a", msg); !errors.Is(err, council.ErrMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := f.propose("a"); !errors.Is(err, council.ErrInvalid) {
		t.Errorf("empty: %v", err)
	}
	unknown := &council.MsgPropose{Proposer: text("a"), Summary: "x", Messages: []*codectypes.Any{{TypeUrl: "/ayni.none.v1.MsgNone"}}}
	if _, err := f.Send(unknown); !errors.Is(err, council.ErrMessage) {
		t.Errorf("unknown type: %v", err)
	}
	for name, summary := range map[string]string{"none": "", "long": strings.Repeat("x", 257), "hidden": "a\nb"} {
		if _, err := f.Send(&council.MsgPropose{Proposer: text("a"), Summary: summary, Messages: []*codectypes.Any{nested}}); !errors.Is(err, council.ErrInvalid) {
			t.Errorf("summary %s: %v", name, err)
		}
	}
}

func TestProposalBounds(t *testing.T) {
	f := newFixture(t, four()...)
	many := make([]sdk.Msg, 0, 17)
	for range 17 {
		many = append(many, power("a", 5))
	}
	if _, _, err := f.propose("a", many...); !errors.Is(err, council.ErrFull) {
		t.Errorf("many messages: %v", err)
	}
	params := council.DefaultParams()
	params.BytesMax = 1 << 10
	f.enact(four(), &council.MsgUpdateParams{Authority: authority(), Params: params})
	if _, _, err := f.propose("a", many[:16]...); !errors.Is(err, council.ErrFull) {
		t.Errorf("many bytes: %v", err)
	}
	ids := make([]uint64, 0, 4)
	for range 4 {
		id, _, err := f.propose("a", power("a", 5))
		ledgertest.Must(t, err)
		ids = append(ids, id)
	}
	if _, _, err := f.propose("a", power("a", 5)); !errors.Is(err, council.ErrFull) {
		t.Errorf("many proposals: %v", err)
	}
	f.expectVote("b", ids[0], false, council.ProposalOpen)
	f.expectVote("c", ids[0], false, council.ProposalRejected)
	if _, _, err := f.propose("a", power("a", 5)); err != nil {
		t.Errorf("after one was closed: %v", err)
	}
	_, _, err := f.propose("b", power("a", 5))
	ledgertest.Must(t, err)
	params.VotingSeconds = 0
	if _, _, err := f.propose("b", &council.MsgUpdateParams{Authority: authority(), Params: params}); !errors.Is(err, council.ErrMessage) {
		t.Errorf("params without a time to vote: %v", err)
	}
}

// TestSeatGoneWhileVotesAreOpen: its votes count no more, and the council is counted without it.
func TestSeatGoneWhileVotesAreOpen(t *testing.T) {
	f := newFixture(t, "a", "b", "c", "d", "e")
	id, _, err := f.propose("a", power("b", 5))
	ledgertest.Must(t, err)
	f.expectVote("b", id, true, council.ProposalOpen)
	f.expectVote("c", id, true, council.ProposalOpen) // 30 of 50
	f.block(happening{})
	ledgertest.Must(t, f.leave("a"))
	f.expectVote("b", id, true, council.ProposalOpen) // 20 of 40
	f.accuse("e", 1, f.Ctx.BlockTime())
	f.expectVote("c", id, true, council.ProposalOpen) // 20 of 30 is not over two thirds
	f.block(happening{})
	ledgertest.Must(t, f.leave("d"))
	f.block(happening{})
	f.expectVote("c", id, true, council.ProposalExecuted) // 20 of 20
	f.block(happening{})
	f.CheckReload(t)
}

// TestReadmittedVotesAnew: what was voted from a seat before does not count for the next one.
func TestReadmittedVotesAnew(t *testing.T) {
	f := newFixture(t, four()...)
	id, _, err := f.propose("a", power("b", 5))
	ledgertest.Must(t, err)
	f.block(happening{})
	ledgertest.Must(t, f.leave("a"))
	f.block(happening{})
	f.enact([]string{"b", "c", "d"}, f.admit("a", "a2", 10))
	f.expectVote("b", id, true, council.ProposalOpen)
	f.expectVote("c", id, true, council.ProposalOpen) // a's yes was from another seat
	f.expectVote("a", id, true, council.ProposalExecuted)
}

// sized sends with so much gas.
func (f *fixture) sized(gas uint64, msg sdk.Msg) (err error) {
	f.tb.Helper()
	was := f.Ctx
	defer func() {
		f.Ctx = was
		if fault, ok := recover().(storetypes.ErrorOutOfGas); ok { // as a transaction ends
			err = sdkerrors.ErrOutOfGas.Wrap(fault.Descriptor)
		}
	}()
	f.Ctx = f.Ctx.WithGasMeter(storetypes.NewGasMeter(gas))
	_, err = f.Send(msg)
	return err
}

// TestExecutionGas: too little in the transaction decides nothing; too much for any transaction is the proposal's failure.
func TestExecutionGas(t *testing.T) {
	f := newFixture(t, four()...)
	id, _, err := f.propose("a", power("b", 5), power("c", 5))
	ledgertest.Must(t, err)
	f.expectVote("b", id, true, council.ProposalOpen)
	short := 0
	for gas := uint64(5_000); gas < 400_000; gas += 5_000 {
		err := f.sized(gas, &council.MsgVote{Voter: text("c"), Proposal: id, Yes: true})
		if err == nil {
			break
		}
		short++
		if !errors.Is(err, sdkerrors.ErrOutOfGas) || f.proposal(id).Status != council.ProposalOpen || f.seat("b").Power != 10 {
			t.Fatalf("with %d gas: %v, %v", gas, err, f.proposal(id))
		}
	}
	if short == 0 || f.proposal(id).Status != council.ProposalExecuted {
		t.Fatalf("%d were short; proposal %v", short, f.proposal(id))
	}

	params := council.DefaultParams()
	params.ExecutionGas = 100_000
	f.enact(four(), &council.MsgUpdateParams{Authority: authority(), Params: params})
	many := make([]sdk.Msg, 0, 16)
	for i := range 16 {
		many = append(many, power("d", uint64(20+i)))
	}
	f.refuseAll(council.ErrGas.ABCICode(), many)
	if f.seat("d").Power != 10 {
		t.Fatal("a part of it took effect")
	}
}

func (f *fixture) refuseAll(code uint32, msgs []sdk.Msg) {
	f.tb.Helper()
	if p := f.decide(four(), msgs...); p.Status != council.ProposalFailed || p.Code != code || p.FailedMessage == 0 {
		f.tb.Fatalf("proposal %s, code %d at %d", p.Status, p.Code, p.FailedMessage)
	}
}
