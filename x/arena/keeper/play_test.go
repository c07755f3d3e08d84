package keeper_test

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"
	"time"

	"cosmossdk.io/collections"

	"ayni.example/x/arena"
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
