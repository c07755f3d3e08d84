package keeper

import (
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"ayni.example/x/arena"
	"ayni.example/x/arena/anchored"
)

const (
	disputesMax = 16 // of an epoch
	votersMax   = 9
	falseBps    = 500 // of an author's stake whose outcome was overturned
	silentBps   = 100 // of an evaluator's that revealed nothing
	whyFalse    = "false"
	whySilent   = "silent"
)

// opened ends the time to open things: outcomes may be doubted if there are any.
func (k *Keeper) opened(ctx context.Context, a *arena.Arena, e *arena.Epoch) error {
	canaries, err := within(ctx, k.Canaries, a.Id)
	if err != nil {
		return err
	}
	if len(canaries) == 0 {
		return k.score(ctx, a, e)
	}
	return k.enter(ctx, a, e, arena.Challenge, a.Rules.Anchored.Challenge)
}

// Challenge doubts what an author said of a canary, with a bond.
func (k *Keeper) Challenge(ctx context.Context, msg *arena.MsgChallenge) error {
	a, e, err := k.playing(ctx, msg.Arena, msg.Epoch, arena.Challenge)
	if err != nil {
		return err
	}
	sender, text, err := k.payer(msg.Sender)
	if err != nil {
		return err
	}
	m, err := k.Members.Get(ctx, collections.Join(a.Id, sender))
	if err != nil || !m.Seated {
		return arena.ErrUnauthorised.Wrapf("%s has no seat here", text)
	}
	key := collections.Join(a.Id, uint64(msg.Task))
	c, err := k.Canaries.Get(ctx, key)
	if err != nil {
		return found(err, "canary of task %d", msg.Task)
	}
	disputes, err := within(ctx, k.Disputes, a.Id)
	if err != nil {
		return err
	}
	switch {
	case c.Author == m.Number:
		return arena.ErrUnauthorised.Wrap("an author cannot doubt its own word")
	case slices.ContainsFunc(disputes, func(d arena.Dispute) bool { return d.Task == msg.Task }):
		return arena.ErrExists.Wrapf("task %d is challenged", msg.Task)
	case len(disputes) >= disputesMax:
		return arena.ErrFull.Wrapf("%d challenges are all that an epoch has time for", disputesMax)
	}
	bond := a.Rules.Anchored.ChallengeBond
	if err := k.receive(ctx, sender, bond); err != nil {
		return err
	}
	if err := k.Disputes.Set(ctx, key, arena.Dispute{Arena: a.Id, Task: msg.Task, Challenger: text, Bond: bond}); err != nil {
		return err
	}
	return emit(ctx, &arena.EventChallenged{Arena: a.Id, Epoch: e.Number, Task: msg.Task, Challenger: text})
}

// challenged ends the time to doubt: voters are drawn if somebody did.
func (k *Keeper) challenged(ctx context.Context, a *arena.Arena, e *arena.Epoch) error {
	disputes, err := within(ctx, k.Disputes, a.Id)
	if err != nil {
		return err
	}
	if len(disputes) == 0 {
		return k.score(ctx, a, e)
	}
	return k.ask(ctx, a, e)
}

// drawVoters says which fresh evaluators decide, and lets them vote.
func (k *Keeper) drawVoters(ctx context.Context, a *arena.Arena, e *arena.Epoch, output []byte) error {
	eligible, err := k.eligible(ctx, e)
	if err != nil {
		return err
	}
	disputes, err := within(ctx, k.Disputes, a.Id)
	if err != nil {
		return err
	}
	for _, d := range disputes {
		t := e.Tasks[d.Task]
		fresh := slices.Clone(eligible[t.Contestant])
		for _, slot := range t.Evaluators {
			fresh[index(e.Evaluators, slot)] = 0
		}
		d.Voters = slots(e.Evaluators, anchored.Draw(output, a.Id, d.Task, fresh, votersMax))
		if err := k.Disputes.Set(ctx, collections.Join(a.Id, uint64(d.Task)), d); err != nil {
			return err
		}
	}
	return k.enter(ctx, a, e, arena.Vote, a.Rules.Anchored.Vote)
}

// Vote notes what a voter says.
func (k *Keeper) Vote(ctx context.Context, msg *arena.MsgVote) error {
	a, e, err := k.playing(ctx, msg.Arena, msg.Epoch, arena.Vote)
	if err != nil {
		return err
	}
	seat, text, err := k.evaluator(&e, msg.Sender)
	if err != nil {
		return err
	}
	key := collections.Join(a.Id, uint64(msg.Task))
	d, err := k.Disputes.Get(ctx, key)
	if err != nil {
		return found(err, "challenge of task %d", msg.Task)
	}
	switch {
	case !slices.Contains(d.Voters, seat.Slot):
		return arena.ErrUnauthorised.Wrapf("%s was not drawn to vote about task %d", text, msg.Task)
	case slices.ContainsFunc(d.Votes, func(b arena.Ballot) bool { return b.Slot == seat.Slot }):
		return arena.ErrExists.Wrapf("%s has voted about task %d", text, msg.Task)
	}
	d.Votes = append(d.Votes, arena.Ballot{Slot: seat.Slot, Passed: msg.Passed})
	return k.Disputes.Set(ctx, key, d)
}

// settle counts the votes; who was wrong pays who was right. Then the epoch is scored.
func (k *Keeper) settle(ctx context.Context, a *arena.Arena, e *arena.Epoch) error {
	disputes, err := within(ctx, k.Disputes, a.Id)
	if err != nil {
		return err
	}
	for _, d := range disputes {
		c, err := k.Canaries.Get(ctx, collections.Join(a.Id, uint64(d.Task)))
		if err != nil {
			return err
		}
		if err := k.decide(ctx, a, e, d, c); err != nil {
			return err
		}
	}
	return k.score(ctx, a, e)
}

// decide ends one challenge. Without a majority the author's word stands and the bond goes back.
func (k *Keeper) decide(ctx context.Context, a *arena.Arena, e *arena.Epoch, d arena.Dispute, c arena.Canary) error {
	challenger, _, err := k.account("challenger", d.Challenger)
	if err != nil {
		return err
	}
	verdict, decided := d.Verdict()
	if !decided {
		return k.pay(ctx, a.Id, challenger, d.Challenger, d.Bond)
	}
	author, member, err := k.author(ctx, e, c.Author)
	if err != nil {
		return err
	}
	winner, name, prize := author, member.Address, d.Bond
	if verdict != c.Passed {
		c.Passed = verdict
		if err := k.Canaries.Set(ctx, collections.Join(a.Id, uint64(d.Task)), c); err != nil {
			return err
		}
		if err := k.pay(ctx, a.Id, challenger, d.Challenger, d.Bond); err != nil {
			return err
		}
		winner, name = challenger, d.Challenger
		if prize, err = k.slash(ctx, a, e, author, &member, falseBps, whyFalse); err != nil {
			return err
		}
	}
	return k.share(ctx, a, e, d, verdict, winner, name, prize)
}

// share gives half of a loser's money to who was right in the dispute, and half to those who voted so; what does not divide goes to the
// budget, and so does all of it where nobody is left.
func (k *Keeper) share(
	ctx context.Context, a *arena.Arena, e *arena.Epoch, d arena.Dispute, verdict bool, winner []byte, name string, prize math.Int,
) error {
	half := prize.QuoRaw(2)
	left := prize
	if len(winner) > 0 {
		left = left.Sub(half)
		if err := k.pay(ctx, a.Id, winner, name, half); err != nil {
			return err
		}
	}
	right := slices.DeleteFunc(slices.Clone(d.Votes), func(b arena.Ballot) bool { return b.Passed != verdict })
	each := half.QuoRaw(int64(len(right)))
	for _, b := range right {
		seat := e.Evaluators[index(e.Evaluators, b.Slot)]
		text, err := k.addresses.BytesToString(seat.Address)
		if err != nil {
			return err
		}
		left = left.Sub(each)
		if err := k.pay(ctx, a.Id, seat.Address, text, each); err != nil {
			return err
		}
	}
	a.Budget = a.Budget.Add(left)
	return nil
}

// slash takes a part of all that is staked on a member or on its way out.
func (k *Keeper) slash(
	ctx context.Context, a *arena.Arena, e *arena.Epoch, address []byte, m *arena.Member, bps uint32, why string,
) (math.Int, error) {
	if len(address) == 0 {
		return math.ZeroInt(), nil
	}
	taken := m.Bond.Slash(bps).Add(m.Leaving.Slash(bps))
	if err := k.keep(ctx, address, *m); err != nil {
		return taken, err
	}
	return taken, emit(ctx, &arena.EventSlashed{Arena: a.Id, Epoch: e.Number, Member: m.Address, Amount: taken, Why: why})
}

// author finds who sealed canaries of an epoch, with a seat or without; nothing where it is gone.
func (k *Keeper) author(ctx context.Context, e *arena.Epoch, number uint64) ([]byte, arena.Member, error) {
	s, err := k.Seals.Get(ctx, collections.Join3(e.Arena, e.Number, number))
	if err != nil {
		return nil, arena.Member{}, err
	}
	address, _, err := k.account("author", s.Author)
	if err != nil {
		return nil, arena.Member{}, err
	}
	m, err := k.Members.Get(ctx, collections.Join(e.Arena, address))
	if errors.Is(err, collections.ErrNotFound) || err == nil && m.Number != number {
		return nil, arena.Member{}, nil
	}
	return address, m, err
}

// within is what a map has of an arena, in the order of its keys.
func within[V any](ctx context.Context, m collections.Map[place, V], id []byte) ([]V, error) {
	var values []V
	return values, m.Walk(ctx, collections.NewPrefixedPairRange[[]byte, uint64](id), func(_ place, v V) (bool, error) {
		values = append(values, v)
		return false, nil
	})
}
