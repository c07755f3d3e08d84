package keeper_test

import (
	"bytes"
	"testing"

	"ayni.example/x/arena"
)

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
