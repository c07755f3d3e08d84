package keeper

import (
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"ayni.example/x/agent"
	"ayni.example/x/internal/gas"
)

// Pause stops an agent in this block, whatever its host does: the lease's session key counts no more.
func (k *Keeper) Pause(ctx context.Context, msg *agent.MsgPause) error {
	l, err := k.life(ctx, msg.Agent)
	if err != nil {
		return err
	}
	guardian, err := k.guarded(l, msg.Sender)
	if err != nil {
		return err
	}
	if l.State == agent.StateKilled || l.State == agent.StatePaused && (l.Guarded || !guardian) {
		return agent.ErrState.Wrap("it does not run")
	}
	l.State, l.Guarded = agent.StatePaused, guardian
	if err := k.stop(ctx, l); err != nil {
		return err
	}
	if l.lease != nil && len(l.lease.Seed) > 0 {
		if err := k.give(ctx, l, "", 0); err != nil {
			return err
		}
	}
	if err := k.keep(ctx, l); err != nil {
		return err
	}
	return k.told(ctx, l, msg.Sender)
}

// stop takes out of the schedule what would wake the agent.
func (k *Keeper) stop(ctx context.Context, l *life) error {
	if err := k.cancel(ctx, agent.KindTick, l.Id); err != nil {
		return err
	}
	return k.cancel(ctx, agent.KindWake, l.Id)
}

// Resume lets an agent go on: with the wake-up that was open, by a host that is drawn anew, or with the next one.
func (k *Keeper) Resume(ctx context.Context, msg *agent.MsgResume) error {
	l, err := k.life(ctx, msg.Agent)
	if err != nil {
		return err
	}
	guardian, err := k.guarded(l, msg.Sender)
	if err != nil {
		return err
	}
	switch {
	case l.State != agent.StatePaused:
		return agent.ErrState.Wrap("it is not paused")
	case l.Guarded != guardian:
		return agent.ErrUnauthorised.Wrap("whoever paused it lets it go on")
	}
	l.State, l.Guarded = agent.StateRunning, false
	if err := k.setTick(ctx, l); err != nil {
		return err
	}
	switch {
	case l.lease == nil:
		err = k.rouse(gas.Flat(ctx, openGas, opening), l)
	case len(l.lease.Seed) == 0:
		err = k.lookAgain(ctx, l)
	default:
		err = k.assign(ctx, l)
	}
	if err != nil {
		return err
	}
	if err := k.keep(ctx, l); err != nil {
		return err
	}
	return k.told(ctx, l, msg.Sender)
}

// Kill ends an agent in this block. What waits or is reserved moves no more and returns to the treasury when it is due, or when the
// owner refuses it; the owner alone can empty that.
func (k *Keeper) Kill(ctx context.Context, msg *agent.MsgKill) error {
	l, err := k.life(ctx, msg.Agent)
	if err != nil {
		return err
	}
	if _, err := k.guarded(l, msg.Sender); err != nil {
		return err
	}
	if l.State == agent.StateKilled {
		return agent.ErrState.Wrap("it was killed")
	}
	l.State, l.Guarded, l.Sleep = agent.StateKilled, false, agent.Awake
	if l.lease != nil {
		if _, err := k.settle(ctx, l, math.ZeroInt()); err != nil {
			return err
		}
		if err := k.end(ctx, l, k.entry(ctx, l)); err != nil {
			return err
		}
	}
	if err := k.stop(ctx, l); err != nil {
		return err
	}
	queued, err := list(ctx, k.Queue, l.Id)
	if err != nil {
		return err
	}
	for _, w := range queued {
		if err := k.Queue.Remove(ctx, collections.Join(l.Id, w.Number)); err != nil {
			return err
		}
	}
	changes, err := list(ctx, k.Changes, l.Id)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if c.Charter == nil && c.Owner == "" {
			continue
		}
		if err := k.dropChange(ctx, c, agent.ReasonEnded); err != nil {
			return err
		}
	}
	if err := k.keep(ctx, l); err != nil {
		return err
	}
	return k.told(ctx, l, msg.Sender)
}
