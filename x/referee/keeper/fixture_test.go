package keeper_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/internal/disputetest"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/referee"
)

const (
	kind  = "test/claim"
	purse = 10_000
	bond  = 100 // of a challenger, and of an auditor
	fee   = 8   // of a question
)

// fixture is a ledger on which dora defends claims about a training; what a module is told of them stands in ends.
type fixture struct {
	*ledgertest.Ledger
	tb       testing.TB
	training *disputetest.Training
	job      []byte
	ends     map[string]string // name of a claim: accepted, or who won
	answers  [2]int            // of the defender and of the challenger, in the last dispute
	bytes    [2]int            // of these answers
	told     string            // why the last answer was not taken
}

// Accepted is the module's handler.
func (f *fixture) Accepted(_ context.Context, name []byte) error {
	f.ends[string(name)] = "accepted"
	return nil
}

// Refuted is the module's handler.
func (f *fixture) Refuted(_ context.Context, name []byte, winner sdk.AccAddress) error {
	f.ends[string(name)] = ledgertest.Text(winner)
	return nil
}

func newFixture(tb testing.TB, training *disputetest.Training) *fixture {
	tb.Helper()
	f := &fixture{Ledger: ledgertest.Start(tb), tb: tb, training: training, ends: map[string]string{}}
	ledgertest.Must(tb, f.Referee.Handle(kind, f))
	for _, name := range []string{"dora", "carl", "cleo", "anna", "otto", "pia", "payer"} {
		f.Fund(tb, ledgertest.Account(name), purse)
	}
	f.params(func(p *referee.Params) {
		p.AuditBps, p.ChallengeBond, p.AuditorBond, p.QuestionFee = 0, math.NewInt(bond), math.NewInt(bond), math.NewInt(fee)
		p.Side, p.Answer = referee.Span{Blocks: 60, Seconds: 1800}, referee.Span{Blocks: 10, Seconds: 900}
	})
	var err error
	f.job, err = f.Referee.EnterJob(f.Ctx, training.Job)
	ledgertest.Must(tb, err)
	return f
}

func text(name string) string { return ledgertest.Text(ledgertest.Account(name)) }

func (f *fixture) params(change func(*referee.Params)) {
	f.tb.Helper()
	p, err := f.Referee.Params.Get(f.Ctx)
	ledgertest.Must(f.tb, err)
	change(&p)
	ledgertest.Must(f.tb, p.Validate())
	ledgertest.Must(f.tb, f.Referee.Params.Set(f.Ctx, p))
}

func (f *fixture) entry(name string, book *disputetest.Book, from, to uint64) referee.Entry {
	return referee.Entry{
		Kind: kind, Name: []byte(name), Defender: text("dora"), Payer: text("payer"), Job: f.job, From: from, To: to,
		Before: book.Root(from), After: book.Root(to), Fee: math.NewInt(10),
	}
}

// claim enters what a book says of some steps.
func (f *fixture) claim(name string, book *disputetest.Book, from, to uint64) []byte {
	f.tb.Helper()
	id, err := f.Referee.EnterClaim(f.Ctx, f.entry(name, book, from, to))
	ledgertest.Must(f.tb, err)
	return id
}

func (f *fixture) ok(msg sdk.Msg) {
	f.tb.Helper()
	_, err := f.Send(msg)
	ledgertest.Must(f.tb, err)
}

func (f *fixture) refused(name string, msg sdk.Msg, want error) {
	f.tb.Helper()
	if _, err := f.Send(msg); !errors.Is(err, want) {
		f.tb.Errorf("%s: %v, want %v", name, err, want)
	}
}

// block ends the block and goes to the next.
func (f *fixture) block(d time.Duration) {
	f.tb.Helper()
	f.Schedule.EndBlock(f.Ctx)
	f.Advance(1, d)
}

// pass makes blocks of a minute.
func (f *fixture) pass(blocks int) {
	f.tb.Helper()
	for range blocks {
		f.block(time.Minute)
	}
}

// dispute is the one that runs about a claim; nil where there is none.
func (f *fixture) dispute(id []byte) *referee.Dispute {
	f.tb.Helper()
	there, err := f.Referee.Disputes.Has(f.Ctx, id)
	ledgertest.Must(f.tb, err)
	if !there {
		return nil
	}
	d, err := f.Referee.Disputes.Get(f.Ctx, id)
	ledgertest.Must(f.tb, err)
	return &d
}

func (f *fixture) state(id []byte) referee.Claim {
	f.tb.Helper()
	c, err := f.Referee.Claims.Get(f.Ctx, id)
	ledgertest.Must(f.tb, err)
	return c
}

// answer is the defender's next, from its book; nil where it has none.
func (f *fixture) answer(d *referee.Dispute, book referee.Book) sdk.Msg {
	f.tb.Helper()
	if d.Stage == referee.StageTile {
		m, err := d.Proof(f.training.Program, book)
		ledgertest.Must(f.tb, err)
		m.Defender = text("dora")
		return m
	}
	hashes, err := d.View(f.training.Program, book)
	ledgertest.Must(f.tb, err)
	return &referee.MsgShow{Defender: text("dora"), Claim: d.Claim, Turn: d.Turn, Hashes: hashes}
}

// pointer is a challenger: it points at a part, or gives up.
type pointer func(d *referee.Dispute) (part uint32, ok bool)

// honest points by a book of its own.
func (f *fixture) honest(book referee.Book) pointer {
	return func(d *referee.Dispute) (uint32, bool) {
		f.tb.Helper()
		part, found, err := d.False(f.training.Program, book)
		ledgertest.Must(f.tb, err)
		return part, found
	}
}

// anywhere points at first and then at random.
func anywhere(first uint32, r *rand.Rand) pointer {
	begun := false
	return func(d *referee.Dispute) (uint32, bool) {
		most := uint32(len(d.Shown))
		if d.Stage == referee.StageTrace {
			most = 2
		}
		if !begun {
			begun = true
			return first % most, true
		}
		return uint32(r.Intn(int(most))), true
	}
}

// play lets both sides of the running dispute answer, a block for each answer, and tells whether the claim stands. A side that has no
// answer, or none that the ledger takes, loses by its clock.
func (f *fixture) play(id []byte, book referee.Book, point pointer) bool {
	f.tb.Helper()
	f.answers, f.bytes = [2]int{}, [2]int{}
	for {
		d := f.dispute(id)
		if d == nil {
			there, err := f.Referee.Claims.Has(f.Ctx, id)
			ledgertest.Must(f.tb, err)
			return there
		}
		side, said := 1, false
		if d.Defending() {
			side = 0
			answer := f.answer(d, book)
			_, err := f.Send(answer)
			said, f.told = err == nil, fmt.Sprint(err)
			f.bytes[side] += size(answer)
		} else if part, ok := point(d); ok {
			pointing := &referee.MsgPoint{Challenger: d.Challenger, Claim: id, Turn: d.Turn, Part: part}
			f.ok(pointing)
			f.bytes[side] += size(pointing)
			said = true
		}
		if said {
			f.answers[side]++
			f.block(2 * time.Second)
			continue
		}
		f.pass(62)
	}
}

func size(msg sdk.Msg) int { return msg.(interface{ Size() int }).Size() }

func (f *fixture) have(name string, want int64) {
	f.tb.Helper()
	if got := f.Balance(ledgertest.Account(name)); !got.Equal(math.NewInt(want)) {
		f.tb.Errorf("%s has %s, want %d", name, got, want)
	}
}

func (f *fixture) fees() math.Int {
	return f.Balance(authtypes.NewModuleAddress(authtypes.FeeCollectorName))
}
