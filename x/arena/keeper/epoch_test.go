package keeper_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand"
	"slices"
	"testing"
	"time"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"ayni.example/x/arena"
	"ayni.example/x/arena/keeper"
	"ayni.example/x/internal/ledgertest"
)

var (
	contestants = []string{"carl", "cora", "cleo"}
	evaluators  = []string{"eva", "eli", "emma", "ezra"}
	authors     = []string{"ada", "abe", "amy", "art"}
)

// play is an arena with all seats taken, in which carl's answers pass mostly, cora's half, and cleo's never.
type play struct {
	*fixture
	id     []byte
	random *rand.Rand
	leaves map[string][][]byte // of each author's seal
	passes []bool              // by task of the open epoch
	owner  []string            // author of a task that is a canary
}

func startPlay(tb testing.TB, change ...func(*arena.Rules)) *play {
	tb.Helper()
	f := start(tb, append(append(append([]string{}, contestants...), evaluators...), authors...)...)
	p := &play{fixture: f, random: rand.New(rand.NewSource(1)), leaves: map[string][][]byte{}}
	p.id = f.create(rules(change...), 900_000)
	for role, names := range map[arena.Role][]string{arena.Contestant: contestants, arena.Evaluator: evaluators, arena.Author: authors} {
		for _, name := range names {
			f.join(p.id, name, role)
		}
	}
	return p
}

func (p *play) phase(want arena.Phase) {
	p.tb.Helper()
	for range 40 {
		if p.arena(p.id).Phase == want {
			return
		}
		p.block(5 * time.Second)
	}
	p.tb.Fatalf("the arena is at %s, want %s", p.arena(p.id).Phase, want)
}

func (p *play) epoch() arena.Epoch {
	p.tb.Helper()
	e, err := p.Arena.Epochs.Get(p.Ctx, p.id)
	ledgertest.Must(p.tb, err)
	return e
}

const salt = "salt of thirty-two bytes, exactly"

func salted() []byte { return []byte(salt)[:arena.SaltSize] }

func input(author string, n uint64, i int) []byte { return hash(fmt.Sprint(author, n, i)) }

// seal has each author seal two canaries of the next epoch.
func (p *play) seal() {
	p.tb.Helper()
	next := p.arena(p.id).Epoch + 1
	for _, name := range authors {
		leaves := [][]byte{
			arena.CanaryLeaf(salted(), input(name, next, 0), hash("label")), arena.CanaryLeaf(salted(), input(name, next, 1), hash("label")),
		}
		p.leaves[name] = leaves
		p.ok(&arena.MsgSeal{Sender: text(name), Arena: p.id, Epoch: next, Root: arena.TreeRoot(leaves), Count: 2})
	}
}

// deal names sixteen tasks, half of them canaries.
func (p *play) deal() *arena.MsgDeal {
	n := p.arena(p.id).Epoch
	msg := &arena.MsgDeal{Sender: text("olga"), Arena: p.id, Epoch: n, Source: "http://127.0.0.1"}
	p.passes, p.owner = nil, nil
	for i := range 16 {
		c, author, in := i%3, "", hash(fmt.Sprint("live", n, i))
		if i%2 == 0 {
			author = authors[i/2%4]
			in = input(author, n, i/8)
		}
		msg.Tasks = append(msg.Tasks, arena.Task{Contestant: p.member(p.id, contestants[c]).Slot, Input: in, Answer: hash(fmt.Sprint("answer", i))})
		p.passes = append(p.passes, p.random.Float64() < []float64{0.95, 0.5, 0}[c])
		p.owner = append(p.owner, author)
	}
	return msg
}

// report is an honest one of a member's tasks.
func (p *play) report(name string) []byte {
	e := p.epoch()
	var out []byte
	for i, t := range e.Tasks {
		for _, slot := range t.Evaluators {
			if slot == p.member(p.id, name).Slot {
				out = append(out, map[bool]byte{true: 240, false: 15}[p.passes[i]])
			}
		}
	}
	return out
}

func (p *play) commit(name string, report []byte) *arena.MsgCommit {
	n := p.arena(p.id).Epoch
	return &arena.MsgCommit{
		Sender: text(name), Arena: p.id, Epoch: n, Hash: arena.CommitHash(p.id, n, ledgertest.Account(name), salted(), report),
	}
}

func (p *play) reveal(name string, report []byte) *arena.MsgReveal {
	return &arena.MsgReveal{Sender: text(name), Arena: p.id, Epoch: p.arena(p.id).Epoch, Salt: salted(), Report: report}
}

func (p *play) unseal(name string) *arena.MsgUnseal {
	msg := &arena.MsgUnseal{Sender: text(name), Arena: p.id, Epoch: p.arena(p.id).Epoch}
	for i, owner := range p.owner {
		if owner != name {
			continue
		}
		position := i / 8
		msg.Openings = append(msg.Openings, arena.Opening{
			Task: uint32(i), Salt: salted(), Label: hash("label"), Position: uint32(position), Proof: arena.TreeProof(p.leaves[name], position),
			Passed: p.passes[i],
		})
	}
	return msg
}

// toWork plays an epoch until evaluators work.
func (p *play) toWork() {
	p.tb.Helper()
	p.seal()
	p.phase(arena.Deal)
	p.ok(p.deal())
	p.phase(arena.Work)
}

// toChallenge has all evaluators commit honestly, all but some reveal, and authors open.
func (p *play) toChallenge(silent ...string) {
	p.tb.Helper()
	p.toWork()
	reports := map[string][]byte{}
	for _, name := range evaluators {
		reports[name] = p.report(name)
		p.ok(p.commit(name, reports[name]))
	}
	p.phase(arena.Reveal)
	for _, name := range evaluators {
		if !slices.Contains(silent, name) {
			p.ok(p.reveal(name, reports[name]))
		}
	}
	for _, name := range authors {
		p.ok(p.unseal(name))
	}
	p.phase(arena.Challenge)
}

func (p *play) finish() arena.Result {
	p.tb.Helper()
	n := p.arena(p.id).Epoch
	for range 40 {
		r, err := p.Arena.Results.Get(p.Ctx, collections.Join(p.id, n))
		if err == nil {
			p.invariants()
			return r
		}
		p.block(5 * time.Second)
	}
	p.tb.Fatalf("epoch %d does not end", n)
	return arena.Result{}
}

func (p *play) invariants() {
	p.tb.Helper()
	ledgertest.Must(p.tb, p.Arena.Invariants(p.Ctx))
}

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

// TestWrongSenders: each message of an epoch from who may not send it, and in another phase.
func TestWrongSenders(t *testing.T) {
	t.Parallel()
	p := startPlay(t)
	p.refused(&arena.MsgSeal{Sender: text("eva"), Arena: p.id, Epoch: 1, Root: hash("r"), Count: 1}, arena.ErrUnauthorised)
	p.refused(&arena.MsgSeal{Sender: text("mallory"), Arena: p.id, Epoch: 1, Root: hash("r"), Count: 1}, arena.ErrUnauthorised)
	p.refused(&arena.MsgSeal{Sender: text("ada"), Arena: p.id, Epoch: 2, Root: hash("r"), Count: 1}, arena.ErrPhase)
	p.refused(&arena.MsgSeal{Sender: text("ada"), Arena: p.id, Epoch: 1, Root: hash("r"), Count: 17}, arena.ErrInvalid)
	p.seal()
	p.phase(arena.Deal)
	p.refused(&arena.MsgSeal{Sender: text("ada"), Arena: p.id, Epoch: 1, Root: hash("r"), Count: 1}, arena.ErrPhase)
	deal := p.deal()
	for _, tamper := range []struct {
		change func(*arena.MsgDeal)
		want   error
	}{
		{func(m *arena.MsgDeal) { m.Sender = text("carl") }, arena.ErrUnauthorised},
		{func(m *arena.MsgDeal) { m.Epoch = 2 }, arena.ErrPhase},
		{func(m *arena.MsgDeal) { m.Tasks[3].Contestant = 77 }, arena.ErrNotFound},
		{func(m *arena.MsgDeal) { m.Tasks[3] = m.Tasks[0] }, arena.ErrExists},
		{func(m *arena.MsgDeal) { m.Tasks[3].Input = []byte("short") }, arena.ErrInvalid},
		{func(m *arena.MsgDeal) { m.Tasks[3].Evaluators = []uint32{0} }, arena.ErrInvalid},
		{func(m *arena.MsgDeal) { m.Tasks = append(m.Tasks, arena.Task{Input: hash("x"), Answer: hash("y")}) }, arena.ErrInvalid},
		{func(m *arena.MsgDeal) { m.Tasks = nil }, arena.ErrInvalid},
	} {
		bad := *deal
		bad.Tasks = append([]arena.Task{}, deal.Tasks...)
		tamper.change(&bad)
		p.refused(&bad, tamper.want)
	}
	p.refused(p.commit("eva", []byte{1}), arena.ErrPhase)
	p.ok(deal)
	p.phase(arena.Work)
	p.refused(deal, arena.ErrPhase)
	p.refused(p.commit("mallory", []byte{1}), arena.ErrUnauthorised)
	p.refused(p.commit("carl", []byte{1}), arena.ErrUnauthorised)
	report := p.report("eva")
	p.ok(p.commit("eva", report))
	p.refused(p.commit("eva", report), arena.ErrExists)
	copied := p.commit("eva", report)
	copied.Sender = text("eli")
	p.ok(copied) // a copy of another's commitment cannot be opened
	short := []byte{1}
	p.ok(p.commit("emma", short))
	p.refused(p.reveal("eva", report), arena.ErrPhase)
	p.phase(arena.Reveal)
	p.refused(p.reveal("eli", report), arena.ErrReveal)
	p.refused(p.reveal("emma", short), arena.ErrReveal)
	p.refused(p.reveal("ezra", report), arena.ErrNotFound)
	other := p.reveal("eva", report)
	other.Salt = bytes.Repeat([]byte{7}, arena.SaltSize)
	p.refused(other, arena.ErrReveal)
	p.ok(p.reveal("eva", report))
	p.refused(p.reveal("eva", report), arena.ErrExists)
	p.wrongOpenings()
	p.refused(&arena.MsgChallenge{Sender: text("carl"), Arena: p.id, Epoch: 1, Task: 0}, arena.ErrPhase)
	p.refused(&arena.MsgVote{Sender: text("eva"), Arena: p.id, Epoch: 1, Task: 0}, arena.ErrPhase)
}

// wrongOpenings tampers with each field of a canary's opening.
func (p *play) wrongOpenings() {
	p.tb.Helper()
	p.refused(&arena.MsgUnseal{Sender: text("mallory"), Arena: p.id, Epoch: 1, Openings: p.unseal("ada").Openings}, arena.ErrUnauthorised)
	for _, change := range []func(*arena.Opening){
		func(o *arena.Opening) { o.Salt = bytes.Repeat([]byte{1}, arena.SaltSize) },
		func(o *arena.Opening) { o.Label = hash("other") },
		func(o *arena.Opening) { o.Position ^= 1 },
		func(o *arena.Opening) { o.Position = 9 },
		func(o *arena.Opening) { o.Proof = nil },
		func(o *arena.Opening) { o.Proof = [][]byte{hash("other")} },
		func(o *arena.Opening) { o.Proof = append(o.Proof[:1:1], hash("more")) },
		func(o *arena.Opening) { o.Task = 1 },
	} {
		msg := p.unseal("ada")
		change(&msg.Openings[0])
		p.refused(msg, arena.ErrReveal)
	}
	msg := p.unseal("ada")
	msg.Openings[0].Task = 99
	p.refused(msg, arena.ErrNotFound)
	p.ok(p.unseal("ada"))
	p.refused(p.unseal("ada"), arena.ErrExists)
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

// TestExport writes the state out in each phase, and a ledger that reads it plays on.
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

// TestYuma plays epochs of the other mechanism: three of equal stake agree, one weighs its own, and the median clips that.
func TestYuma(t *testing.T) {
	t.Parallel()
	p := startPlay(t, func(r *arena.Rules) {
		r.Anchored, r.Authors, r.AuthorBond = nil, 1, math.NewInt(500)
		r.Authors = 4
		r.Yuma = &arena.Yuma{Kappa: 32767, BondsPenalty: 65535, BondsMovingAverage: 900_000, ActivityCutoff: 5000, MaxAllowedValidators: 64}
	})
	for range 4 {
		p.phase(arena.Work)
		reports := map[string][]byte{}
		for _, name := range evaluators {
			reports[name] = weights(60_000, 20_000, 1)
			if name == "ezra" {
				reports[name] = weights(1, 1, 65_000)
			}
			p.ok(p.commit(name, reports[name]))
		}
		p.phase(arena.Reveal)
		for _, name := range evaluators {
			p.ok(p.reveal(name, reports[name]))
		}
		p.finish()
	}
	carl, cora, cleo := p.member(p.id, "carl").Earned, p.member(p.id, "cora").Earned, p.member(p.id, "cleo").Earned
	if !carl.GT(cora.MulRaw(2)) || !cora.GT(cleo.MulRaw(100)) {
		t.Errorf("earned %s, %s and %s", carl, cora, cleo)
	}
	if eva, ezra := p.member(p.id, "eva").Bond.Amount, p.member(p.id, "ezra").Bond.Amount; !eva.GT(ezra) {
		t.Errorf("eva has %s, ezra %s", eva, ezra)
	}
	graph, err := keeper.NewQueryServer(p.Arena).Metagraph(p.Ctx, &arena.QueryMetagraphRequest{Arena: p.id})
	ledgertest.Must(t, err)
	if len(graph.Neurons) != 7 || len(graph.Neurons[3].Weights) != 3 || !graph.Neurons[3].ValidatorPermit || graph.Neurons[0].Incentive < 45_000 {
		t.Errorf("metagraph %+v", graph.Neurons)
	}
}

func weights(w ...uint16) []byte {
	var b []byte
	for slot, v := range w {
		b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, uint16(slot)), v)
	}
	return b
}
