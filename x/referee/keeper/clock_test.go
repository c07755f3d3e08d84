package keeper_test

import (
	"testing"
	"time"

	"ayni.example/internal/disputetest"
	"ayni.example/x/referee"
)

func newTiny(tb testing.TB) (*fixture, *disputetest.Book) {
	tb.Helper()
	training := disputetest.New(tb, disputetest.Tiny(), 6, 3, 5)
	return newFixture(tb, training), training.Honest(tb)
}

// TestAccepted: a claim that nobody challenges is accepted when its window is over, and the fee returns.
func TestAccepted(t *testing.T) {
	f, book := newTiny(t)
	id := f.claim("one", book, 0, 3)
	f.have("payer", purse-10)
	f.pass(59)
	if f.ends["one"] != "" {
		t.Fatal("accepted within its window")
	}
	f.CheckReload(t)
	f.pass(3)
	if f.ends["one"] != "accepted" {
		t.Fatalf("the claim ended as %q", f.ends["one"])
	}
	f.have("payer", purse)
	f.refused("challenge to what was accepted", &referee.MsgChallenge{Challenger: text("carl"), Claim: id}, referee.ErrNotFound)
}

// TestDefenderIsSilent: its clock runs out, the challenger wins.
func TestDefenderIsSilent(t *testing.T) {
	f, book := newTiny(t)
	id := f.claim("one", book, 0, 3)
	f.ok(&referee.MsgChallenge{Challenger: text("carl"), Claim: id})
	f.pass(59)
	if f.dispute(id) == nil {
		t.Fatal("the clock ran out early")
	}
	f.pass(3)
	if f.ends["one"] != text("carl") {
		t.Fatalf("the claim ended as %q", f.ends["one"])
	}
	f.have("carl", purse)
	f.have("payer", purse)
}

// TestChallengerIsSilent: its clock runs out, and half its bond is the defender's, half the fees'.
func TestChallengerIsSilent(t *testing.T) {
	f, book := newTiny(t)
	id := f.claim("one", book, 0, 3)
	f.ok(&referee.MsgChallenge{Challenger: text("carl"), Claim: id})
	f.ok(f.answer(f.dispute(id), book))
	before := f.fees()
	f.pass(59)
	if f.dispute(id) == nil {
		t.Fatal("the clock ran out early")
	}
	f.pass(3)
	if f.dispute(id) != nil || f.ends["one"] != "accepted" {
		t.Fatalf("the claim ended as %q", f.ends["one"])
	}
	f.have("carl", purse-bond)
	f.have("dora", purse+bond/2)
	if got := f.fees().Sub(before).Int64(); got != bond/2 {
		t.Errorf("fees of %d, want %d", got, bond/2)
	}
}

// TestClockIsAChessClock: a side has one sum of blocks and seconds for all of its answers, and a block takes a minute of it at most.
func TestClockIsAChessClock(t *testing.T) {
	f, book := newTiny(t)
	f.params(func(p *referee.Params) { p.Side, p.BlockSeconds = referee.Span{Blocks: 10, Seconds: 300}, 60 })
	id := f.claim("one", book, 0, 3)
	f.ok(&referee.MsgChallenge{Challenger: text("carl"), Claim: id})
	for range 4 {
		f.block(20 * time.Second)
	}
	f.ok(f.answer(f.dispute(id), book))
	if d := f.dispute(id); d.DefenderLeft != (referee.Span{Blocks: 6, Seconds: 220}) || d.ChallengerLeft != (referee.Span{Blocks: 10, Seconds: 300}) {
		t.Fatalf("clocks of %v and %v", d.DefenderLeft, d.ChallengerLeft)
	}
	f.block(8 * time.Hour) // the machine slept
	f.ok(&referee.MsgPoint{Challenger: text("carl"), Claim: id, Turn: 2})
	if d := f.dispute(id); d.ChallengerLeft != (referee.Span{Blocks: 9, Seconds: 240}) {
		t.Fatalf("after a sleep the challenger has %v", d.ChallengerLeft)
	}
	f.pass(5) // seconds are over, blocks are not
	if f.dispute(id) == nil {
		t.Fatal("the defender lost with blocks on its clock")
	}
}

// TestSleepIsNobodysFault: a deadline that fell into a time without blocks comes after the grace.
func TestSleepIsNobodysFault(t *testing.T) {
	f, book := newTiny(t)
	f.params(func(p *referee.Params) { p.Side = referee.Span{Blocks: 1, Seconds: 300} })
	id := f.claim("one", book, 0, 3)
	f.ok(&referee.MsgChallenge{Challenger: text("carl"), Claim: id})
	f.block(time.Second)
	f.block(8 * time.Hour)
	f.block(time.Second)
	f.block(time.Second)
	if f.dispute(id) == nil {
		t.Fatal("the defender lost while the ledger slept")
	}
	f.refused("around the grace", &referee.MsgSettle{Sender: text("carl"), Claim: id}, referee.ErrEarly)
	f.ok(f.answer(f.dispute(id), book))
}

// TestChallengersWait: one dispute runs at a time, others wait in order; all of them have their bonds back when the claim is refuted.
func TestChallengersWait(t *testing.T) {
	f, book := newTiny(t)
	f.params(func(p *referee.Params) { p.WaitingMax = 1 })
	id := f.claim("one", book, 0, 3)
	f.ok(&referee.MsgChallenge{Challenger: text("carl"), Claim: id})
	f.ok(&referee.MsgChallenge{Challenger: text("cleo"), Claim: id})
	f.refused("a third", &referee.MsgChallenge{Challenger: text("otto"), Claim: id}, referee.ErrBusy)
	f.refused("twice", &referee.MsgChallenge{Challenger: text("cleo"), Claim: id}, referee.ErrExists)
	f.CheckReload(t)
	f.ok(f.answer(f.dispute(id), book))
	f.pass(62) // carl does not answer; the window is over too, and the claim waits
	if d := f.dispute(id); d == nil || d.Challenger != text("cleo") {
		t.Fatalf("after the first dispute comes %v", d)
	}
	f.refused("after the window", &referee.MsgChallenge{Challenger: text("otto"), Claim: id}, referee.ErrOver)
	f.pass(62) // dora does not answer cleo
	if f.ends["one"] != text("cleo") {
		t.Fatalf("the claim ended as %q", f.ends["one"])
	}
	f.have("carl", purse-bond)
	f.have("cleo", purse)

	id = f.claim("two", book, 0, 3)
	f.params(func(p *referee.Params) { p.ChallengesMax, p.WaitingMax = 1, 4 })
	f.ok(&referee.MsgChallenge{Challenger: text("otto"), Claim: id})
	f.ok(&referee.MsgChallenge{Challenger: text("cleo"), Claim: id})
	other := f.claim("three", book, 0, 3)
	f.refused("more disputes than an account may have", &referee.MsgChallenge{Challenger: text("otto"), Claim: other}, referee.ErrBusy)
	f.pass(62)
	if f.ends["two"] != text("otto") {
		t.Fatalf("the claim ended as %q", f.ends["two"])
	}
	f.have("cleo", purse)
}

// TestWithdrawn: the module takes a claim back, and nobody loses anything.
func TestWithdrawn(t *testing.T) {
	f, book := newTiny(t)
	id := f.claim("one", book, 0, 3)
	f.ok(&referee.MsgChallenge{Challenger: text("carl"), Claim: id})
	f.ok(&referee.MsgChallenge{Challenger: text("cleo"), Claim: id})
	f.ok(&referee.MsgAsk{Asker: text("otto"), Claim: id})
	for range 2 {
		if err := f.Referee.WithdrawClaim(f.Ctx, kind, []byte("one")); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"carl", "cleo", "otto", "payer", "dora"} {
		f.have(name, purse)
	}
	if err := f.Referee.ReleaseJob(f.Ctx, f.job); err != nil {
		t.Fatal(err)
	}
	if there, err := f.Referee.Jobs.Has(f.Ctx, f.job); there || err != nil {
		t.Fatalf("the job is still there: %v, %v", there, err)
	}
	f.pass(100)
}
