package arena

import (
	"fmt"

	"ayni.example/x/credit"
)

// validateEpochs checks what epochs know and remember: that it belongs to arenas, and that an epoch is open where the phase says so.
func (g *GenesisState) validateEpochs(arenas map[string]*tally) error {
	open := map[string]*Epoch{}
	for i := range g.Epochs {
		e := &g.Epochs[i]
		t := arenas[string(e.Arena)]
		if t == nil || open[string(e.Arena)] != nil || e.Number != t.arena.Epoch {
			return ErrInvalid.Wrapf("epoch %d of arena %x", e.Number, e.Arena)
		}
		if err := e.validate(t.arena.Rules); err != nil {
			return fmt.Errorf("epoch %d of arena %x: %w", e.Number, e.Arena, err)
		}
		open[string(e.Arena)] = e
	}
	for _, a := range g.Arenas {
		resting := a.Phase == Asleep || a.Phase == Due || a.Phase == Closed
		if resting == (open[string(a.Id)] != nil) {
			return ErrInvalid.Wrapf("arena %x is at %s, an epoch is open: %t", a.Id, a.Phase, !resting)
		}
	}
	for _, s := range g.Seals {
		if arenas[string(s.Arena)] == nil || len(s.Root) != HashSize || s.Count == 0 {
			return ErrInvalid.Wrapf("seal %d of arena %x", s.Number, s.Arena)
		}
	}
	for _, r := range g.Reports {
		if open[string(r.Arena)] == nil || len(r.Hash) != HashSize || len(r.Report) > reportMax {
			return ErrInvalid.Wrapf("report %d of arena %x", r.Number, r.Arena)
		}
	}
	for _, c := range g.Canaries {
		if e := open[string(c.Arena)]; e == nil || int(c.Task) >= len(e.Tasks) || len(c.Label) != HashSize {
			return ErrInvalid.Wrapf("canary %d of arena %x", c.Task, c.Arena)
		}
	}
	for _, d := range g.Disputes {
		if e := open[string(d.Arena)]; e == nil || int(d.Task) >= len(e.Tasks) || len(d.Votes) > len(d.Voters) {
			return ErrInvalid.Wrapf("challenge of task %d of arena %x", d.Task, d.Arena)
		}
		if err := credit.CheckAmount("bond", d.Bond); err != nil {
			return err
		}
	}
	return g.validateMemory(arenas)
}

func (g *GenesisState) validateMemory(arenas map[string]*tally) error {
	for _, s := range g.Standings {
		t := arenas[string(s.Arena)]
		if t == nil || !t.numbers[s.Number] || len(s.Pairs) > contestantsMost {
			return ErrInvalid.Wrapf("standing of member %d of arena %x", s.Number, s.Arena)
		}
		for i, p := range s.Pairs {
			if i > 0 && p.Number <= s.Pairs[i-1].Number {
				return ErrInvalid.Wrapf("pairs of member %d of arena %x are not in order", s.Number, s.Arena)
			}
		}
	}
	for _, r := range g.Results {
		if t := arenas[string(r.Arena)]; t == nil || r.Epoch == 0 || r.Epoch > t.arena.Epoch {
			return ErrInvalid.Wrapf("result of epoch %d of arena %x", r.Epoch, r.Arena)
		}
	}
	return nil
}

func (e *Epoch) validate(r Rules) error {
	for _, seats := range [][]Seat{e.Contestants, e.Evaluators} {
		for i, s := range seats {
			if i > 0 && s.Slot <= seats[i-1].Slot || s.Weight > 1<<32 || s.Number == 0 {
				return ErrInvalid.Wrapf("seat %d", s.Slot)
			}
		}
	}
	contestants, evaluators := places(e.Contestants), places(e.Evaluators)
	for i, t := range e.Tasks {
		if _, there := contestants[t.Contestant]; !there || len(t.Input) != HashSize || len(t.Answer) != HashSize {
			return ErrInvalid.Wrapf("task %d of contestant %d", i, t.Contestant)
		}
		for _, slot := range t.Evaluators {
			if _, there := evaluators[slot]; !there {
				return ErrInvalid.Wrapf("evaluator %d of task %d", slot, i)
			}
		}
	}
	if len(e.Tasks) > int(r.tasks()) {
		return ErrInvalid.Wrapf("%d tasks", len(e.Tasks))
	}
	return nil
}
