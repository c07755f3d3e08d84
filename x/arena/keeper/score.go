package keeper

import (
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"ayni.example/x/arena"
)

// resultsKept of an arena are those of its last epochs.
const resultsKept = 64

const (
	whyPoor = "poor"
	ppm     = 1_000_000
)

// settlement is an epoch at its end.
type settlement struct {
	arena       *arena.Arena
	play        arena.Play
	contestants []arena.Member // as the ledger has them now; those that are gone have no number
	evaluators  []arena.Member
	result      arena.Result
	spent       math.Int
}

// score pays for an epoch, and ends it.
func (k *Keeper) score(ctx context.Context, a *arena.Arena, e *arena.Epoch) error {
	s, err := k.settlement(ctx, a, e)
	if err != nil {
		return err
	}
	o := a.Mechanism().Score(&s.play)
	if err := k.payOut(ctx, s, o); err != nil {
		return err
	}
	for _, p := range slices.Concat(s.play.Contestants, s.play.Evaluators) {
		if p.Number == 0 {
			continue
		}
		if err := k.Standings.Set(ctx, collections.Join(a.Id, p.Number), *p); err != nil {
			return err
		}
	}
	if err := k.expel(ctx, s, o.Low); err != nil {
		return err
	}
	return k.end(ctx, a, e, k.conclude(ctx, a, s.result))
}

// settlement loads what is known of an epoch, and slashes evaluators that kept silent.
func (k *Keeper) settlement(ctx context.Context, a *arena.Arena, e *arena.Epoch) (*settlement, error) {
	s := &settlement{arena: a, play: arena.Play{Epoch: e, Height: height(ctx)}, spent: math.ZeroInt(), result: k.blank(ctx, a)}
	var errs [3]error
	s.contestants, s.play.Contestants, errs[0] = k.players(ctx, a, e.Contestants)
	s.evaluators, s.play.Evaluators, errs[1] = k.players(ctx, a, e.Evaluators)
	s.play.Canaries, errs[2] = within(ctx, k.Canaries, a.Id)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	disputes, err := within(ctx, k.Disputes, a.Id)
	if err != nil {
		return nil, err
	}
	s.result.Tasks, s.result.Canaries, s.result.Disputes = uint32(len(e.Tasks)), uint32(len(s.play.Canaries)), uint32(len(disputes))
	for i, seat := range e.Evaluators {
		r, err := k.Reports.Get(ctx, collections.Join(a.Id, seat.Number))
		if err != nil && !errors.Is(err, collections.ErrNotFound) {
			return nil, err
		}
		s.play.Reports = append(s.play.Reports, r.Report)
		if len(r.Report) > 0 {
			s.result.Reports++
			continue
		}
		if silent := len(r.Hash) > 0 || e.Assigned(seat.Slot) > 0; !silent || s.evaluators[i].Number == 0 {
			continue
		}
		taken, err := k.slash(ctx, a, e, seat.Address, &s.evaluators[i], silentBps, whySilent)
		if err != nil {
			return nil, err
		}
		a.Budget = a.Budget.Add(taken)
	}
	return s, nil
}

// players are the members of an epoch with their standings. One that has left in the meantime plays on with what is remembered, and is
// not remembered after.
func (k *Keeper) players(ctx context.Context, a *arena.Arena, seats []arena.Seat) ([]arena.Member, []*arena.Standing, error) {
	members, players := make([]arena.Member, len(seats)), make([]*arena.Standing, len(seats))
	for i, seat := range seats {
		m, err := k.Members.Get(ctx, collections.Join(a.Id, seat.Address))
		if err != nil && !errors.Is(err, collections.ErrNotFound) {
			return nil, nil, err
		}
		standing := arena.Standing{}
		if err == nil && m.Number == seat.Number {
			members[i] = m
			if m.Seated {
				if standing, err = k.standing(ctx, a.Id, m.Number); err != nil {
					return nil, nil, err
				}
			}
		}
		players[i] = &standing
	}
	return members, players, nil
}

// standing is what is remembered of a member.
func (k *Keeper) standing(ctx context.Context, id []byte, number uint64) (arena.Standing, error) {
	s, err := k.Standings.Get(ctx, collections.Join(id, number))
	if errors.Is(err, collections.ErrNotFound) {
		return arena.Standing{Arena: id, Number: number}, nil
	}
	return s, err
}

// payOut gives members what they are due, within what rules and budget allow: first to those who measure, then the prize, each with the
// owner's part on top.
func (k *Keeper) payOut(ctx context.Context, s *settlement, o arena.Outcome) error {
	a := s.arena
	room := a.Spendable()
	due := o.Sum()
	most := math.MinInt(a.Rules.Evaluation, room)
	for i := range s.evaluators {
		amount := arena.Cut(o.Evaluators[i], due, most)
		if err := k.reward(ctx, s, s.play.Epoch.Evaluators[i].Address, &s.evaluators[i], amount, s.score(i, arena.Evaluator)); err != nil {
			return err
		}
	}
	for _, d := range o.Authors {
		address, m, err := k.author(ctx, s.play.Epoch, d.Number)
		if err != nil {
			return err
		}
		row := arena.Row{Work: d.Opened, ScorePpm: d.Opened * ppm / max(s.result.Canaries, 1)}
		if err := k.reward(ctx, s, address, &m, arena.Cut(d.Amount, due, most), row); err != nil {
			return err
		}
	}
	s.result.Evaluation = s.spent
	prizes := math.ZeroInt()
	for _, p := range o.Contestants {
		prizes = prizes.Add(p)
	}
	most = math.MinInt(a.Rules.Prize, room.Sub(s.spent))
	for i := range s.contestants {
		amount := arena.Cut(o.Contestants[i], prizes, most)
		if err := k.reward(ctx, s, s.play.Epoch.Contestants[i].Address, &s.contestants[i], amount, s.score(i, arena.Contestant)); err != nil {
			return err
		}
	}
	s.result.Prize = s.spent.Sub(s.result.Evaluation)
	s.result.Owner = a.OwnerPart(s.spent)
	a.Earned, a.Budget = a.Earned.Add(s.result.Owner), a.Budget.Sub(s.spent).Sub(s.result.Owner)
	return nil
}

// score is what a row says of a player's epoch.
func (s *settlement) score(i int, role arena.Role) arena.Row {
	e := s.play.Epoch
	if role == arena.Contestant {
		st, n := s.play.Contestants[i], uint32(0)
		for _, t := range e.Tasks {
			if t.Contestant == e.Contestants[i].Slot {
				n++
			}
		}
		return arena.Row{ScorePpm: st.ScorePpm(role), CanaryAware: st.CanaryAware, Work: n}
	}
	n := 0
	if len(s.play.Reports[i]) > 0 {
		n = max(1, e.Assigned(e.Evaluators[i].Slot))
	}
	return arena.Row{ScorePpm: s.play.Evaluators[i].ScorePpm(role), Work: uint32(n)}
}

// reward gives a member what an epoch owes it: an evaluator its take, and the rest to all who have staked on it. Where the member is gone
// nothing is given.
func (k *Keeper) reward(ctx context.Context, s *settlement, address []byte, m *arena.Member, amount math.Int, row arena.Row) error {
	if m.Number == 0 {
		return nil
	}
	own := amount
	if m.Role == arena.Evaluator && m.Bond.Shares.IsPositive() {
		own = amount.MulRaw(int64(m.TakeBps)).QuoRaw(arena.Basis)
		m.Bond.Amount = m.Bond.Amount.Add(amount.Sub(own))
	}
	m.Earned, m.Paid = m.Earned.Add(own), amount
	s.spent = s.spent.Add(amount)
	row.Member, row.Number, row.Role, row.Slot, row.Paid = m.Address, m.Number, m.Role, m.Slot, amount
	s.result.Rows = append(s.result.Rows, row)
	return k.keep(ctx, address, *m)
}

// expel takes the seats of contestants that were poor for too long.
func (k *Keeper) expel(ctx context.Context, s *settlement, low []bool) error {
	for i, poor := range low {
		if m := &s.contestants[i]; poor && m.Seated {
			if err := k.unseat(ctx, s.arena, m, whyPoor); err != nil {
				return err
			}
		}
	}
	return nil
}

// blank is a result with nothing in it.
func (k *Keeper) blank(ctx context.Context, a *arena.Arena) arena.Result {
	return arena.Result{
		Arena: a.Id, Epoch: a.Epoch, Height: height(ctx), Time: now(ctx), Prize: math.ZeroInt(), Evaluation: math.ZeroInt(), Owner: math.ZeroInt(),
	}
}

// void notes an epoch that came to nothing.
func (k *Keeper) void(ctx context.Context, a *arena.Arena, why string) error {
	r := k.blank(ctx, a)
	r.Void = why
	return k.conclude(ctx, a, r)
}

// conclude keeps what came of an epoch, and forgets that of an old one.
func (k *Keeper) conclude(ctx context.Context, a *arena.Arena, r arena.Result) error {
	if err := k.Results.Set(ctx, collections.Join(a.Id, r.Epoch), r); err != nil {
		return err
	}
	if r.Epoch > resultsKept {
		if err := k.Results.Remove(ctx, collections.Join(a.Id, r.Epoch-resultsKept)); err != nil {
			return err
		}
	}
	return emit(ctx, &arena.EventScored{Arena: a.Id, Epoch: r.Epoch, Prize: r.Prize, Evaluation: r.Evaluation, Void: r.Void})
}
