package keeper_test

import (
	"math/rand"
	"testing"

	"cosmossdk.io/math"

	"ayni.example/x/arena"
	"ayni.example/x/arena/keeper"
	"ayni.example/x/internal/ledgertest"
)

// TestEpochs plays twelve epochs: who answers better earns more, whoever measures earns, and every unit is accounted for.
func TestEpochs(t *testing.T) {
	t.Parallel()
	p := startPlay(t, func(r *arena.Rules) { r.Anchored.QualityBps = 0 })
	paid := math.ZeroInt()
	for range 12 {
		p.toChallenge()
		r := p.finish()
		if r.Reports != 4 || r.Canaries != 8 || r.Void != "" {
			t.Fatalf("result %+v", r)
		}
		paid = paid.Add(r.Prize).Add(r.Evaluation)
	}
	board, err := keeper.NewQueryServer(p.Arena).Scoreboard(p.Ctx, &arena.QueryScoreboardRequest{Arena: p.id})
	ledgertest.Must(t, err)
	score := map[string]uint32{}
	for _, row := range board.Rows {
		score[row.Member] = row.ScorePpm
	}
	carl, cora, cleo := p.member(p.id, "carl"), p.member(p.id, "cora"), p.member(p.id, "cleo")
	if !carl.Earned.GT(cora.Earned) || !cora.Earned.GT(cleo.Earned) || score[carl.Address] < 800_000 || score[cleo.Address] > 200_000 {
		t.Errorf("earned %s, %s and %s with %v", carl.Earned, cora.Earned, cleo.Earned, score)
	}
	if eva := p.member(p.id, "eva"); score[eva.Address] < 500_000 || !eva.Bond.Amount.GT(math.NewInt(bond)) {
		t.Errorf("eva has skill %d, her bond is %s", score[eva.Address], eva.Bond.Amount)
	}
	if ada := p.member(p.id, "ada"); !ada.Earned.IsPositive() || !paid.IsPositive() {
		t.Errorf("ada earned %s of %s", ada.Earned, paid)
	}
	p.ok(&arena.MsgClaim{Sender: text("carl"), Arena: p.id})
	p.ok(&arena.MsgClaim{Sender: text("olga"), Arena: p.id})
	p.invariants()
}

// TestSilence: who does not open its report loses a hundredth and earns nothing; a dealer that names nothing makes an epoch void.
func TestSilence(t *testing.T) {
	t.Parallel()
	p := startPlay(t)
	p.toChallenge("ezra")
	p.finish()
	if ezra := p.member(p.id, "ezra"); ezra.Bond.Amount.Int64() != bond-bond/100 || ezra.Paid.IsPositive() {
		t.Errorf("ezra has %s at stake and was paid %s", ezra.Bond.Amount, ezra.Paid)
	}
	p.seal()
	p.phase(arena.Deal)
	if r := p.finish(); r.Void == "" || r.Prize.IsPositive() {
		t.Errorf("an epoch without tasks: %+v", r)
	}
}

// TestDispute: an author that opens a false outcome loses to who doubts it, and who doubts a true one loses to the author.
func TestDispute(t *testing.T) {
	t.Parallel()
	p := startPlay(t, func(r *arena.Rules) { r.Anchored.Overlap = 1 })
	p.toWork()
	for _, name := range evaluators {
		if report := p.report(name); len(report) > 0 {
			p.ok(p.commit(name, report))
		}
	}
	p.phase(arena.Reveal)
	lie := p.unseal("ada")
	lie.Openings[0].Passed = !lie.Openings[0].Passed
	p.ok(lie)
	p.ok(p.unseal("abe"))
	p.phase(arena.Challenge)
	false0, true1 := lie.Openings[0].Task, p.unseal("abe").Openings[0].Task
	p.refused(&arena.MsgChallenge{Sender: text("mallory"), Arena: p.id, Epoch: 1, Task: false0}, arena.ErrUnauthorised)
	p.refused(&arena.MsgChallenge{Sender: text("ada"), Arena: p.id, Epoch: 1, Task: false0}, arena.ErrUnauthorised)
	p.refused(&arena.MsgChallenge{Sender: text("carl"), Arena: p.id, Epoch: 1, Task: 1}, arena.ErrNotFound)
	p.ok(&arena.MsgChallenge{Sender: text("carl"), Arena: p.id, Epoch: 1, Task: false0})
	p.refused(&arena.MsgChallenge{Sender: text("cora"), Arena: p.id, Epoch: 1, Task: false0}, arena.ErrExists)
	p.ok(&arena.MsgChallenge{Sender: text("cleo"), Arena: p.id, Epoch: 1, Task: true1})
	p.invariants()
	p.phase(arena.Vote)
	carl, ada, cleo, abe := p.balance("carl"), p.member(p.id, "ada").Bond.Amount, p.balance("cleo"), p.balance("abe")
	votes := 0
	for _, task := range []uint32{false0, true1} {
		for _, name := range evaluators {
			vote := &arena.MsgVote{Sender: text(name), Arena: p.id, Epoch: 1, Task: task, Passed: p.passes[task]}
			if _, err := p.Send(vote); err == nil {
				votes++
				p.refused(vote, arena.ErrExists)
			} else {
				p.refused(vote, arena.ErrUnauthorised)
			}
		}
	}
	if votes != 6 {
		t.Errorf("%d votes of three fresh evaluators on two tasks", votes)
	}
	p.refused(&arena.MsgVote{Sender: text("mallory"), Arena: p.id, Epoch: 1, Task: false0}, arena.ErrUnauthorised)
	p.finish()
	slashed := ada.QuoRaw(20).Int64()
	if got := p.member(p.id, "ada").Bond.Amount; got.Int64() != ada.Int64()-slashed {
		t.Errorf("the liar has %s of %s", got, ada)
	}
	if p.balance("carl") != carl+100+slashed/2 || p.balance("cleo") != cleo || p.balance("abe") != abe+50 {
		t.Errorf("carl %d to %d, cleo %d to %d, abe %d to %d", carl, p.balance("carl"), cleo, p.balance("cleo"), abe, p.balance("abe"))
	}
}

// TestAffiliates: nobody evaluates a contestant that it has declared to be its own.
func TestAffiliates(t *testing.T) {
	t.Parallel()
	f := start(t, append(append(append([]string{}, contestants...), evaluators...), authors...)...)
	p := &play{fixture: f, random: rand.New(rand.NewSource(1)), leaves: map[string][][]byte{}}
	p.id = f.create(rules(), 900_000)
	for i, name := range contestants {
		f.join(p.id, name, arena.Contestant)
		f.join(p.id, evaluators[i], arena.Evaluator, func(m *arena.MsgJoin) { m.Affiliates = []string{text(name)} })
	}
	f.join(p.id, evaluators[3], arena.Evaluator)
	for _, name := range authors {
		f.join(p.id, name, arena.Author)
	}
	p.toWork()
	for i, task := range p.epoch().Tasks {
		for _, slot := range task.Evaluators {
			if slot == task.Contestant {
				t.Errorf("task %d of contestant %d went to its own evaluator", i, slot)
			}
		}
		if len(task.Evaluators) != 3 {
			t.Errorf("task %d has %d evaluators", i, len(task.Evaluators))
		}
	}
}

// TestExport writes the state out in the middle of an epoch, with everything that one knows; it is valid.
func TestExport(t *testing.T) {
	t.Parallel()
	p := startPlay(t)
	p.toChallenge()
	p.ok(&arena.MsgChallenge{Sender: text("carl"), Arena: p.id, Epoch: 1, Task: 0})
	g, err := p.Arena.ExportGenesis(p.Ctx)
	ledgertest.Must(t, err)
	ledgertest.Must(t, g.Validate())
	if len(g.Epochs) != 1 || len(g.Seals) != 4 || len(g.Reports) != 4 || len(g.Canaries) != 8 || len(g.Disputes) != 1 {
		t.Errorf("exported %d epochs, %d seals, %d reports, %d canaries, %d challenges",
			len(g.Epochs), len(g.Seals), len(g.Reports), len(g.Canaries), len(g.Disputes))
	}
}

// TestClosing ends the open epoch first; leaving in the middle of one harms nobody.
func TestClosing(t *testing.T) {
	t.Parallel()
	p := startPlay(t)
	p.toChallenge()
	p.ok(&arena.MsgLeave{Sender: text("cora"), Arena: p.id})
	p.ok(&arena.MsgLeave{Sender: text("eli"), Arena: p.id})
	p.ok(&arena.MsgLeave{Sender: text("amy"), Arena: p.id})
	p.ok(&arena.MsgClose{Sender: text("olga"), Arena: p.id})
	if r := p.finish(); r.Void != "" {
		t.Errorf("result %+v", r)
	}
	if got := p.arena(p.id).Phase; got != arena.Closed {
		t.Errorf("the arena is at %s", got)
	}
	p.ok(&arena.MsgClaim{Sender: text("olga"), Arena: p.id})
	p.invariants()
}
