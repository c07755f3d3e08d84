package keeper_test

import (
	"testing"

	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/referee"
)

// TestAuditorIsFirst: a liar's friends who challenge and ask before the drawn auditor does come after it, and who is the liar's friend wins nothing.
func TestAuditorIsFirst(t *testing.T) {
	a := newAudits(t)
	a.params(func(p *referee.Params) { p.Audit = referee.Span{Blocks: 20, Seconds: 1200} })
	liar := a.training.Lie(t, a.book, "wrong step", 1, 5)
	early := a.claim("early", liar, 0, 3)
	a.ok(&referee.MsgChallenge{Challenger: text("carl"), Claim: early}) // before anybody is drawn
	if c := a.state(early); len(c.Waiting) != 1 || a.dispute(early) != nil {
		t.Fatalf("a challenge before the draw: %+v", c)
	}
	a.CheckReload(t)
	id, auditor, _ := a.drawn("one", liar)
	a.ok(&referee.MsgChallenge{Challenger: text("carl"), Claim: id})
	a.ok(&referee.MsgChallenge{Challenger: text("cleo"), Claim: id})
	if a.dispute(id) != nil {
		t.Fatal("a dispute runs while the auditor is at work")
	}
	a.ok(&referee.MsgChallenge{Challenger: text(auditor), Claim: id})
	if d := a.dispute(id); d == nil || d.Challenger != text(auditor) {
		t.Fatalf("the first dispute is %+v", d)
	}
	a.CheckReload(t)
	if a.play(id, liar, a.honest(a.book)) || a.ends["one"] != text(auditor) {
		t.Fatalf("the claim ended as %q", a.ends["one"])
	}
	a.have("cleo", purse)
}

// TestOthersComeAfterTheAuditor: once it agreed, wrongly, who waits plays.
func TestOthersComeAfterTheAuditor(t *testing.T) {
	a := newAudits(t)
	liar := a.training.Lie(t, a.book, "wrong step", 1, 5)
	id, auditor, _ := a.drawn("one", liar)
	a.ok(&referee.MsgChallenge{Challenger: text("carl"), Claim: id})
	a.ok(&referee.MsgReport{Auditor: text(auditor), Claim: id, Agrees: true})
	if d := a.dispute(id); d == nil || d.Challenger != text("carl") {
		t.Fatalf("after the auditor agreed the dispute is %+v", d)
	}
	if a.play(id, liar, a.honest(a.book)) || a.ends["one"] != text("carl") {
		t.Fatalf("the claim ended as %q", a.ends["one"])
	}
	// Where the auditors are silent, too.
	id, _, _ = a.drawn("two", liar)
	a.ok(&referee.MsgChallenge{Challenger: text("carl"), Claim: id})
	for range 14 {
		a.minute()
	}
	if d := a.dispute(id); d == nil || d.Challenger != text("carl") {
		t.Fatalf("after the last silent auditor the dispute is %+v", d)
	}
}

// TestFriendsQuestion: a question of anybody but the auditor at work costs a challenge's bond, and whoever it refutes a claim for wins nothing.
func TestFriendsQuestion(t *testing.T) {
	f, book := newTiny(t)
	id := f.claim("one", book, 0, 3)
	f.ok(&referee.MsgAsk{Asker: text("carl"), Claim: id, Tensor: 4})
	f.have("carl", purse-bond)
	f.pass(17)
	if won, ended := f.ends["one"]; !ended || won != ledgertest.Text(nil) {
		t.Fatalf("the claim ended as %q, %t", won, ended)
	}
	f.have("carl", purse) // it has its own back
	f.have("payer", purse)
}
