package keeper_test

import (
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/internal/disputetest"
	"ayni.example/tensor/trace"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/referee"
)

// audits is a fixture in which each claim is audited, by anna and otto who are enlisted; the beacon has one seat.
type audits struct {
	*fixture
	book *disputetest.Book
	seat *ledgertest.Seat
}

func newAudits(tb testing.TB) *audits {
	tb.Helper()
	f, book := newTiny(tb)
	f.params(func(p *referee.Params) {
		p.AuditBps, p.Audit, p.Window = 10_000, referee.Span{Blocks: 5, Seconds: 300}, referee.Span{Blocks: 20, Seconds: 1200}
		p.Answer, p.SilenceBps = referee.Span{Blocks: 5, Seconds: 300}, 1_000
	})
	a := &audits{fixture: f, book: book, seat: f.Seat(tb)}
	for _, name := range []string{"anna", "otto"} {
		f.ok(&referee.MsgEnlist{Auditor: text(name), Bond: math.NewInt(bond)})
	}
	f.block(time.Second)
	return a
}

// minute is a block in which the seat contributes to the beacon.
func (a *audits) minute() {
	a.tb.Helper()
	a.Schedule.EndBlock(a.Ctx)
	entry := a.seat.Entry(a.tb)
	a.Advance(1, time.Minute)
	a.Beacon.PreBlock(a.Ctx, entry)
}

// drawn enters a claim and waits until somebody is drawn for it, whose name and the other's it returns.
func (a *audits) drawn(name string, book *disputetest.Book) (id []byte, auditor, other string) {
	a.tb.Helper()
	id = a.claim(name, book, 0, 3)
	for range 6 {
		a.minute()
	}
	switch c := a.state(id); c.Audit.Auditor {
	case text("anna"):
		return id, "anna", "otto"
	case text("otto"):
		return id, "otto", "anna"
	default:
		a.tb.Fatalf("nobody is drawn: %+v", c.Audit)
		return nil, "", ""
	}
}

// bonded is what is left of an auditor's bond.
func (a *audits) bonded(name string) int64 {
	a.tb.Helper()
	got, err := a.Referee.Auditors.Get(a.Ctx, ledgertest.Account(name))
	ledgertest.Must(a.tb, err)
	return got.Bond.Int64()
}

// TestAuditorAgrees: it has the fee, and the claim is accepted after the window.
func TestAuditorAgrees(t *testing.T) {
	a := newAudits(t)
	id, auditor, other := a.drawn("one", a.book)
	a.CheckReload(t)
	a.refused("who was not drawn", &referee.MsgReport{Auditor: text(other), Claim: id, Agrees: true}, referee.ErrUnauthorised)
	a.ok(&referee.MsgReport{Auditor: text(auditor), Claim: id, Agrees: true})
	a.refused("twice", &referee.MsgReport{Auditor: text(auditor), Claim: id, Agrees: true}, referee.ErrUnauthorised)
	a.have(auditor, purse-bond+10)
	for range 20 {
		a.minute()
	}
	if a.ends["one"] != "accepted" {
		t.Fatalf("the claim ended as %q", a.ends["one"])
	}
	a.have("payer", purse-10)
}

// TestAuditorIsSilent: it pays for the delay, another is drawn; when nobody is left the claim is accepted unaudited.
func TestAuditorIsSilent(t *testing.T) {
	a := newAudits(t)
	id, auditor, other := a.drawn("one", a.book)
	for range 6 {
		a.minute()
	}
	if got := a.bonded(auditor); got != bond-bond/10 {
		t.Errorf("a silent auditor has a bond of %d", got)
	}
	if c := a.state(id); c.Audit.Auditor != text(other) {
		t.Fatalf("after a silent auditor comes %+v", c.Audit)
	}
	a.ok(&referee.MsgReport{Auditor: text(other), Claim: id})
	if c := a.state(id); c.Audit.Stage != referee.AuditNone {
		t.Fatalf("after the last auditor comes %+v", c.Audit)
	}
	for range 20 {
		a.minute()
	}
	if a.ends["one"] != "accepted" || a.bonded(other) != bond {
		t.Fatalf("the claim ended as %q, the one who could not tell has a bond of %d", a.ends["one"], a.bonded(other))
	}
	a.have("payer", purse+bond/10)
	if id := a.claim("two", a.book, 0, 3); true {
		for range 6 {
			a.minute()
		}
		if c := a.state(id); c.Audit.Auditor == text(auditor) {
			t.Error("an auditor without its whole bond is drawn")
		}
	}
	a.ok(&referee.MsgEnlist{Auditor: text(auditor), Bond: math.NewInt(bond / 10)})
}

// TestAuditorChallenges: as before release 5, one who came first plays first; the auditor goes before those who wait, wins, and has the
// fee; the claim waits for it beyond its window.
func TestAuditorChallenges(t *testing.T) {
	a := newAudits(t)
	a.params(func(p *referee.Params) { p.AuditorFirst = false })
	liar := a.training.Lie(t, a.book, "poisoned optimiser state", 1, 5)
	id, auditor, _ := a.drawn("one", liar)
	a.ok(&referee.MsgChallenge{Challenger: text("carl"), Claim: id})
	a.ok(&referee.MsgChallenge{Challenger: text("cleo"), Claim: id})
	a.ok(&referee.MsgChallenge{Challenger: text(auditor), Claim: id})
	if c := a.state(id); len(c.Waiting) != 2 || c.Waiting[0].Challenger != text(auditor) || c.Audit.Stage != referee.AuditChallenged {
		t.Fatalf("%+v wait", c.Waiting)
	}
	a.CheckReload(t)
	a.ok(a.answer(a.dispute(id), liar))
	a.pass(62) // carl is silent: it was the liar's friend
	if a.play(id, liar, a.honest(a.book)) || a.ends["one"] != text(auditor) {
		t.Fatalf("the claim ended as %q", a.ends["one"])
	}
	a.have(auditor, purse-bond+10)
	a.have("carl", purse-bond)
	a.have("cleo", purse)
	a.have("payer", purse-10)
}

// TestAuditorIsWrong: one that challenges without a reason loses its bond as anybody, and another auditor is drawn.
func TestAuditorIsWrong(t *testing.T) {
	a := newAudits(t)
	id, auditor, other := a.drawn("one", a.book)
	a.ok(&referee.MsgChallenge{Challenger: text(auditor), Claim: id})
	if !a.play(id, a.book, func(*referee.Dispute) (uint32, bool) { return 0, true }) {
		t.Fatal("a true claim was refuted")
	}
	if c := a.state(id); !c.Audits(text(other)) {
		t.Fatalf("after an auditor who was wrong comes %+v", c.Audit)
	}
	a.ok(&referee.MsgReport{Auditor: text(other), Claim: id, Agrees: true})
}

// TestAuditorRetires: its bond returns after the time, and not while it has something before it.
func TestAuditorRetires(t *testing.T) {
	a := newAudits(t)
	a.params(func(p *referee.Params) {
		p.Leave, p.Audit = referee.Span{Blocks: 3, Seconds: 60}, referee.Span{Blocks: 50, Seconds: 60}
	})
	_, auditor, other := a.drawn("one", a.book)
	for _, name := range []string{auditor, other} {
		a.ok(&referee.MsgRetire{Auditor: text(name)})
		a.refused("before its time", &referee.MsgRetire{Auditor: text(name)}, referee.ErrEarly)
	}
	for range 6 {
		a.minute()
	}
	a.have(other, purse)
	a.have(auditor, purse-bond)
	a.ok(&referee.MsgReport{Auditor: text(auditor), Claim: referee.ClaimID(kind, []byte("one")), Agrees: true})
	for range 12 {
		a.minute()
	}
	a.have(auditor, purse+10)
	a.ok(&referee.MsgEnlist{Auditor: text(other), Bond: math.NewInt(bond)})
	a.ok(&referee.MsgRetire{Auditor: text(other)})
	a.ok(&referee.MsgEnlist{Auditor: text(other), Bond: math.NewInt(0)}) // it stays
	for range 12 {
		a.minute()
	}
	a.have(other, purse-bond)
	a.refused("less than the bond", &referee.MsgEnlist{Auditor: text("pia"), Bond: math.NewInt(bond - 1)}, referee.ErrBond)
	a.params(func(p *referee.Params) { p.AuditorsMax = 1 })
	a.refused("a full list", &referee.MsgEnlist{Auditor: text("pia"), Bond: math.NewInt(bond)}, referee.ErrFull)
}

// TestQuestion: a tile that is shown is paid for; each field of the answer is held; one that is not shown loses the claim.
func TestQuestion(t *testing.T) {
	a := newAudits(t)
	id, auditor, _ := a.drawn("one", a.book)
	due := a.state(id).Audit.DueTime
	a.ok(&referee.MsgAsk{Asker: text(auditor), Claim: id, Tensor: 4, Tile: 0})
	if a.state(id).Audit.DueTime <= due {
		t.Error("an auditor who waits for an answer has no more time")
	}
	a.refused("twice", &referee.MsgAsk{Asker: text("carl"), Claim: id, Tensor: 4, Tile: 0}, referee.ErrExists)
	a.refused("no such tensor", &referee.MsgAsk{Asker: text("carl"), Claim: id, Tensor: 1 << 20}, referee.ErrInvalid)
	a.refused("no such tile", &referee.MsgAsk{Asker: text("carl"), Claim: id, Tile: 2}, referee.ErrInvalid)
	for tensor := range uint32(3) {
		a.ok(&referee.MsgAsk{Asker: text("carl"), Claim: id, Tensor: 10 + tensor})
	}
	a.refused("too many", &referee.MsgAsk{Asker: text("carl"), Claim: id, Tensor: 20}, referee.ErrBusy)
	a.ok(&referee.MsgAsk{Asker: text(auditor), Claim: id, Tensor: 20}) // the auditor always may
	a.CheckReload(t)

	answer := func() *referee.MsgAnswer {
		opening, err := a.book.At(0).Open(trace.Operand{Source: trace.Before, Tensor: 4})
		ledgertest.Must(t, err)
		return &referee.MsgAnswer{Sender: text("pia"), Claim: id, Tensor: 4, Opening: referee.NewOpening(opening)}
	}
	for name, test := range map[string]struct {
		spoil func(*referee.MsgAnswer)
		want  error
	}{
		"sender":         {func(m *referee.MsgAnswer) { m.Sender = "pia" }, referee.ErrInvalid},
		"claim":          {func(m *referee.MsgAnswer) { m.Claim = make([]byte, 32) }, referee.ErrNotFound},
		"another tensor": {func(m *referee.MsgAnswer) { m.Tensor = 10 }, referee.ErrOpening},
		"nobody asked":   {func(m *referee.MsgAnswer) { m.Tile = 1 }, referee.ErrNotFound},
		"words":          {func(m *referee.MsgAnswer) { m.Opening.Words[0] ^= 1 }, referee.ErrOpening},
		"path":           {func(m *referee.MsgAnswer) { m.Opening.Path[0] ^= 1 }, referee.ErrOpening},
		"no words":       {func(m *referee.MsgAnswer) { m.Opening.Words = nil }, referee.ErrInvalid},
		"endless path":   {func(m *referee.MsgAnswer) { m.Opening.Path = make([]byte, 1<<14) }, referee.ErrInvalid},
	} {
		msg := answer()
		test.spoil(msg)
		a.refused(name, msg, test.want)
	}
	a.have("carl", purse-3*bond) // what a challenge costs, each
	a.ok(answer())
	a.have("pia", purse+fee/2)
	a.refused("answered", answer(), referee.ErrNotFound)
	for range 7 {
		a.minute()
	}
	if won, ended := a.ends["one"]; !ended || won != ledgertest.Text(nil) { // what was not answered first was asked by nobody who is paid for it
		t.Fatalf("the claim ended as %q, %t", won, ended)
	}
	a.have("carl", purse)
	a.have(auditor, purse-bond-fee)
}

// TestWindowIsOverForOthers: after the window only the drawn auditor may ask and challenge.
func TestWindowIsOverForOthers(t *testing.T) {
	a := newAudits(t)
	a.params(func(p *referee.Params) {
		p.Window, p.Audit = referee.Span{Blocks: 6, Seconds: 60}, referee.Span{Blocks: 50, Seconds: 60}
	})
	id, auditor, _ := a.drawn("one", a.book)
	for range 5 {
		a.minute()
	}
	if !a.state(id).Over {
		t.Fatal("the window is not over")
	}
	a.refused("question", &referee.MsgAsk{Asker: text("carl"), Claim: id}, referee.ErrOver)
	a.refused("challenge", &referee.MsgChallenge{Challenger: text("carl"), Claim: id}, referee.ErrOver)
	a.ok(&referee.MsgAsk{Asker: text(auditor), Claim: id})
	a.ok(&referee.MsgChallenge{Challenger: text(auditor), Claim: id})
}

// TestDrawIsTheBeacons: about as many claims are audited as the parameter says, each by one of those that were there before it.
func TestDrawIsTheBeacons(t *testing.T) {
	a := newAudits(t)
	a.params(func(p *referee.Params) {
		p.AuditBps, p.AuditsMax, p.Audit = 2_500, 64, referee.Span{Blocks: 50, Seconds: 60}
	})
	ids := make([][]byte, 0, 120)
	for i := range 120 {
		ids = append(ids, a.claim(string([]byte{'c', byte(i)}), a.book, 0, 3))
	}
	a.ok(&referee.MsgEnlist{Auditor: text("pia"), Bond: math.NewInt(bond)}) // too late for these
	for range 15 {                                                          // a block draws for as many as there is gas for
		a.minute()
	}
	by := map[string]int{}
	for _, id := range ids {
		by[a.state(id).Audit.Auditor]++
	}
	if n := by[text("anna")] + by[text("otto")]; n < 12 || n > 50 || by[text("anna")] == 0 || by[text("otto")] == 0 || by[text("pia")] > 0 {
		t.Errorf("of %d claims are audited: %v", len(ids), by)
	}
}
