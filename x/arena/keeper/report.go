package keeper

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"

	"ayni.example/x/arena"
)

// evaluator returns the seat in an epoch of a message's sender.
func (k *Keeper) evaluator(e *arena.Epoch, sender string) (arena.Seat, string, error) {
	address, text, err := k.account("sender", sender)
	if err != nil {
		return arena.Seat{}, text, err
	}
	i := slices.IndexFunc(e.Evaluators, func(s arena.Seat) bool { return bytes.Equal(s.Address, address) })
	if i < 0 {
		return arena.Seat{}, text, arena.ErrUnauthorised.Wrapf("%s is no evaluator of epoch %d", text, e.Number)
	}
	return e.Evaluators[i], text, nil
}

// Commit notes what an evaluator is bound to reveal; the first stands.
func (k *Keeper) Commit(ctx context.Context, msg *arena.MsgCommit) error {
	a, e, err := k.playing(ctx, msg.Arena, msg.Epoch, arena.Work)
	if err != nil {
		return err
	}
	seat, text, err := k.evaluator(&e, msg.Sender)
	if err != nil {
		return err
	}
	if a.Rules.Anchored != nil && e.Assigned(seat.Slot) == 0 {
		return arena.ErrUnauthorised.Wrapf("no task of this epoch was drawn for %s", text)
	}
	key := collections.Join(a.Id, seat.Number)
	switch there, err := k.Reports.Has(ctx, key); {
	case err != nil:
		return err
	case there:
		return arena.ErrExists.Wrapf("%s has committed to a report already", text)
	}
	if err := k.Reports.Set(ctx, key, arena.Report{Arena: a.Id, Number: seat.Number, Hash: msg.Hash}); err != nil {
		return err
	}
	return emit(ctx, &arena.EventCommitted{Arena: a.Id, Epoch: e.Number, Evaluator: text})
}

// Reveal opens a report.
func (k *Keeper) Reveal(ctx context.Context, msg *arena.MsgReveal) error {
	a, e, err := k.playing(ctx, msg.Arena, msg.Epoch, arena.Reveal)
	if err != nil {
		return err
	}
	seat, text, err := k.evaluator(&e, msg.Sender)
	if err != nil {
		return err
	}
	key := collections.Join(a.Id, seat.Number)
	r, err := k.Reports.Get(ctx, key)
	if err != nil {
		return found(err, "report that %s has committed to", text)
	}
	switch {
	case len(r.Report) > 0:
		return arena.ErrExists.Wrapf("the report of %s is open", text)
	case !bytes.Equal(r.Hash, arena.CommitHash(a.Id, e.Number, seat.Address, msg.Salt, msg.Report)):
		return arena.ErrReveal.Wrap("salt and report do not give the hash")
	}
	if err := a.Mechanism().CheckReport(&e, seat.Slot, msg.Report); err != nil {
		return err
	}
	r.Report = msg.Report
	if err := k.Reports.Set(ctx, key, r); err != nil {
		return err
	}
	return emit(ctx, &arena.EventCommitted{Arena: a.Id, Epoch: e.Number, Evaluator: text, Revealed: true})
}

// Unseal opens canaries.
func (k *Keeper) Unseal(ctx context.Context, msg *arena.MsgUnseal) error {
	a, e, err := k.playing(ctx, msg.Arena, msg.Epoch, arena.Reveal)
	if err != nil {
		return err
	}
	sender, text, err := k.account("sender", msg.Sender)
	if err != nil {
		return err
	}
	m, err := k.Members.Get(ctx, collections.Join(a.Id, sender))
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	s, err := k.Seals.Get(ctx, collections.Join3(a.Id, e.Number, m.Number))
	if errors.Is(err, collections.ErrNotFound) {
		return arena.ErrUnauthorised.Wrapf("%s has sealed nothing for epoch %d", text, e.Number)
	}
	if err != nil {
		return err
	}
	for _, o := range msg.Openings {
		if err := k.unseal(ctx, &e, s, o); err != nil {
			return err
		}
		event := &arena.EventUnsealed{Arena: a.Id, Epoch: e.Number, Task: o.Task, Author: text, Passed: o.Passed}
		if err := emit(ctx, event); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) unseal(ctx context.Context, e *arena.Epoch, s arena.Seal, o arena.Opening) error {
	if int(o.Task) >= len(e.Tasks) {
		return arena.ErrNotFound.Wrapf("task %d of %d", o.Task, len(e.Tasks))
	}
	key := collections.Join(e.Arena, uint64(o.Task))
	switch there, err := k.Canaries.Has(ctx, key); {
	case err != nil:
		return err
	case there:
		return arena.ErrExists.Wrapf("canary of task %d is open", o.Task)
	}
	leaf := arena.CanaryLeaf(o.Salt, e.Tasks[o.Task].Input, o.Label)
	if !arena.InTree(s.Root, leaf, o.Position, s.Count, o.Proof) {
		return arena.ErrReveal.Wrapf("task %d is not at %d of what was sealed", o.Task, o.Position)
	}
	return k.Canaries.Set(ctx, key, arena.Canary{Arena: e.Arena, Task: o.Task, Author: s.Number, Label: o.Label, Passed: o.Passed})
}
