package keeper

import (
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"

	"ayni.example/x/arena"
	"ayni.example/x/arena/anchored"
)

// playing returns an arena and its epoch for a message of a phase.
func (k *Keeper) playing(ctx context.Context, id []byte, number uint64, phase arena.Phase) (arena.Arena, arena.Epoch, error) {
	a, err := k.arena(ctx, id)
	if err != nil {
		return a, arena.Epoch{}, err
	}
	if a.Phase != phase || a.Epoch != number {
		return a, arena.Epoch{}, arena.ErrPhase.Wrapf("the arena is at %s of epoch %d, this is for %s of epoch %d", a.Phase, a.Epoch, phase, number)
	}
	e, err := k.Epochs.Get(ctx, id)
	return a, e, err
}

// Seal notes an author's canaries for the next epoch; a second one replaces the first.
func (k *Keeper) Seal(ctx context.Context, msg *arena.MsgSeal) error {
	sender, text, err := k.account("sender", msg.Sender)
	if err != nil {
		return err
	}
	a, err := k.open(ctx, msg.Arena)
	if err != nil {
		return err
	}
	m, err := k.Members.Get(ctx, collections.Join(a.Id, sender))
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	switch {
	case err != nil || !m.Seated || m.Role != arena.Author || a.Rules.Anchored == nil:
		return arena.ErrUnauthorised.Wrapf("%s has no seat of an author here", text)
	case msg.Epoch != a.Epoch+1:
		return arena.ErrPhase.Wrapf("epoch %d is not the next, %d: canaries are sealed before it opens", msg.Epoch, a.Epoch+1)
	case msg.Count > a.Rules.Anchored.Tasks:
		return arena.ErrInvalid.Wrapf("%d canaries are more than an epoch's %d tasks", msg.Count, a.Rules.Anchored.Tasks)
	}
	s := arena.Seal{Arena: a.Id, Number: m.Number, Epoch: msg.Epoch, Root: msg.Root, Count: msg.Count, Author: text}
	if err := k.Seals.Set(ctx, collections.Join3(a.Id, s.Epoch, s.Number), s); err != nil {
		return err
	}
	if err := emit(ctx, &arena.EventSealed{Arena: a.Id, Epoch: s.Epoch, Author: text, Count: s.Count}); err != nil {
		return err
	}
	return k.goOn(ctx, &a)
}

// Deal names an epoch's tasks; then the beacon draws who evaluates them.
func (k *Keeper) Deal(ctx context.Context, msg *arena.MsgDeal) error {
	_, text, err := k.account("sender", msg.Sender)
	if err != nil {
		return err
	}
	a, e, err := k.playing(ctx, msg.Arena, msg.Epoch, arena.Deal)
	if err != nil {
		return err
	}
	switch {
	case text != a.Dealer():
		return arena.ErrUnauthorised.Wrapf("%s is not the dealer", text)
	case len(msg.Tasks) > int(a.Rules.Anchored.Tasks):
		return arena.ErrInvalid.Wrapf("%d tasks are more than %d", len(msg.Tasks), a.Rules.Anchored.Tasks)
	}
	type question struct {
		contestant uint32
		input      [arena.HashSize]byte
	}
	asked := make(map[question]bool, len(msg.Tasks))
	for i, t := range msg.Tasks {
		q := question{t.Contestant, [arena.HashSize]byte(t.Input)}
		switch {
		case index(e.Contestants, t.Contestant) < 0:
			return arena.ErrNotFound.Wrapf("contestant %d of task %d", t.Contestant, i)
		case asked[q]:
			return arena.ErrExists.Wrapf("task %d: contestant %d was given this input already", i, t.Contestant)
		}
		asked[q] = true
	}
	e.Tasks, e.Source = msg.Tasks, msg.Source
	if err := k.ask(ctx, &a, &e); err != nil {
		return err
	}
	return k.Arenas.Set(ctx, a.Id, a)
}

// index is where a slot is among seats, or below zero.
func index(seats []arena.Seat, slot uint32) int {
	i, there := slices.BinarySearchFunc(seats, slot, func(s arena.Seat, slot uint32) int { return int(s.Slot) - int(slot) })
	if !there {
		return -1
	}
	return i
}

// drawEvaluators says who evaluates each task, and lets them work.
func (k *Keeper) drawEvaluators(ctx context.Context, a *arena.Arena, e *arena.Epoch, output []byte) error {
	eligible, err := k.eligible(ctx, e)
	if err != nil {
		return err
	}
	e.Seed = output
	for i := range e.Tasks {
		t := &e.Tasks[i]
		t.Evaluators = slots(e.Evaluators, anchored.Draw(e.Seed, a.Id, uint32(i), eligible[t.Contestant], int(a.Rules.Anchored.Overlap)))
	}
	return k.enter(ctx, a, e, arena.Work, a.Rules.Work)
}

// eligible are the evaluators' capped weights for each contestant's slot: nothing for those who have to do with it.
func (k *Keeper) eligible(ctx context.Context, e *arena.Epoch) (map[uint32][]uint64, error) {
	weights := make([]uint64, len(e.Evaluators))
	affiliates := make([][]string, len(e.Evaluators))
	for i, s := range e.Evaluators {
		m, err := k.Members.Get(ctx, collections.Join(e.Arena, s.Address))
		if err != nil && !errors.Is(err, collections.ErrNotFound) {
			return nil, err
		}
		if err == nil && m.Seated && m.Number == s.Number {
			weights[i], affiliates[i] = s.Weight, m.Affiliates
		}
	}
	capped := anchored.Cap(weights)
	eligible := make(map[uint32][]uint64, len(e.Contestants))
	for _, c := range e.Contestants {
		own := slices.Clone(capped)
		text, err := k.addresses.BytesToString(c.Address)
		if err != nil {
			return nil, err
		}
		for i := range own {
			if slices.Contains(affiliates[i], text) {
				own[i] = 0
			}
		}
		eligible[c.Slot] = own
	}
	return eligible, nil
}

func slots(seats []arena.Seat, drawn []int) []uint32 {
	s := make([]uint32, len(drawn))
	for i, d := range drawn {
		s[i] = seats[d].Slot
	}
	return s
}
