package keeper

import (
	"context"
	"slices"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"ayni.example/x/agent"
	"ayni.example/x/credit"
	"ayni.example/x/internal/gas"
	"ayni.example/x/schedule"
)

const (
	drawBlocks = 2   // between two looks at a round that is open
	capsPause  = 300 // seconds until caps that are used up are looked at again: a part of the hour's window
	// What a message pays for opening a wake-up, whether or not it comes to that; the wake-up's own fee pays for the rest.
	openGas = 100_000
	opening = "opening a wake-up"
)

// Fund pays into a treasury; a deposit that pays for a wake-up is a reason for one, where the charter says so.
func (k *Keeper) Fund(ctx context.Context, msg *agent.MsgFund) (uint64, error) {
	sender, text, err := k.address("sender", msg.Sender)
	if err != nil {
		return 0, err
	}
	l, err := k.life(ctx, msg.Agent)
	if err != nil {
		return 0, err
	}
	if l.State == agent.StateKilled {
		return 0, agent.ErrState.Wrap("it was killed")
	}
	if err := k.bank.SendCoins(ctx, sender, l.account, credit.Coins(msg.Amount)); err != nil {
		return 0, err
	}
	if err := emit(ctx, &agent.EventFunded{Agent: l.Id, Sender: text, Amount: msg.Amount}); err != nil {
		return 0, err
	}
	number := uint64(0)
	c := l.charter
	if c.OnDeposit && l.State == agent.StateRunning && !c.Expired(now(ctx)) && msg.Amount.GTE(math.MaxInt(c.PerWakeCost, c.WakePrice)) {
		if number, err = k.queueOnce(ctx, l, agent.Wake{Cause: agent.CauseDeposit, Sender: text}); err != nil {
			return 0, err
		}
	}
	return number, k.goOn(ctx, l)
}

// Wake queues a message.
func (k *Keeper) Wake(ctx context.Context, msg *agent.MsgWake) (uint64, error) {
	sender, text, err := k.address("sender", msg.Sender)
	if err != nil {
		return 0, err
	}
	l, err := k.life(ctx, msg.Agent)
	if err != nil {
		return 0, err
	}
	c := l.charter
	named := text == l.Owner || slices.Contains(c.Wakers, text)
	switch {
	case !named && !c.Anyone:
		return 0, agent.ErrUnauthorised.Wrapf("the charter does not let %s wake it", text)
	case l.State != agent.StateRunning:
		return 0, agent.ErrState.Wrap("it is paused or was killed")
	case c.Expired(now(ctx)):
		return 0, agent.ErrState.Wrap("its charter has expired")
	}
	if !named && c.WakePrice.IsPositive() {
		if err := k.bank.SendCoins(ctx, sender, l.account, credit.Coins(c.WakePrice)); err != nil {
			return 0, agent.ErrPrice.Wrapf("%s for a wake-up: %s", c.WakePrice, err)
		}
	}
	n, err := count(ctx, k.Queue, l.Id, agent.QueueMax)
	if err != nil {
		return 0, err
	}
	if n >= agent.QueueMax {
		return 0, agent.ErrFull.Wrapf("%d wake-ups are queued: try later", n)
	}
	number, err := k.queue(ctx, l, agent.Wake{Cause: agent.CauseMessage, Sender: text, Message: msg.Message, Size_: msg.Size_})
	if err != nil {
		return 0, err
	}
	return number, k.goOn(ctx, l)
}

// tick queues a wake-up of the schedule; one that finds another of its kind, or no room, is missed.
func (k *Keeper) tick(ctx context.Context, due schedule.Due) error {
	l, err := k.life(ctx, due.Item.Name)
	if err != nil {
		return err
	}
	number, err := k.queueOnce(ctx, l, agent.Wake{Cause: agent.CauseSchedule})
	if err != nil {
		return err
	}
	missed := uint64(due.Missed)
	if number == 0 {
		missed++
	}
	if l.Missed += missed; missed > 0 {
		if err := emit(ctx, &agent.EventMissed{Agent: l.Id, Count: missed}); err != nil {
			return err
		}
	}
	if err := k.rouse(ctx, l); err != nil {
		return err
	}
	return k.keep(ctx, l)
}

// queueOnce queues a wake-up unless there is one of its cause or no room.
func (k *Keeper) queueOnce(ctx context.Context, l *life, w agent.Wake) (uint64, error) {
	queued, err := list(ctx, k.Queue, l.Id)
	if err != nil || len(queued) >= agent.QueueMax {
		return 0, err
	}
	if slices.ContainsFunc(queued, func(q agent.Wake) bool { return q.Cause == w.Cause }) {
		return 0, nil
	}
	return k.queue(ctx, l, w)
}

func (k *Keeper) queue(ctx context.Context, l *life, w agent.Wake) (uint64, error) {
	l.Queued++
	w.Agent, w.Number, w.Height, w.Time = l.Id, l.Queued, height(ctx), now(ctx)
	if err := k.Queue.Set(ctx, collections.Join(l.Id, w.Number), w); err != nil {
		return 0, err
	}
	return w.Number, emit(ctx, &agent.EventQueued{Agent: l.Id, Wake: w.Number, Cause: w.Cause, Sender: w.Sender, Message: w.Message})
}

// goOn opens the next wake-up for a message and keeps the agent. Its price is the same whatever there is to do: between the estimate of a
// transaction's gas and its execution another's wake-up may end, and the sender cannot know that.
func (k *Keeper) goOn(ctx context.Context, l *life) error {
	free := gas.Flat(ctx, openGas, opening)
	if err := k.rouse(free, l); err != nil {
		return err
	}
	return k.keep(free, l)
}

// rouse opens the next wake-up, or puts the agent to sleep if it can pay for none; one that sleeps wakes up if it can again.
func (k *Keeper) rouse(ctx context.Context, l *life) error {
	if l.State != agent.StateRunning || l.lease != nil {
		return nil
	}
	sleep := l.charter.Sleeps(now(ctx), l.spent, k.balance(ctx, l))
	waits := l.Queued > l.Ended
	if sleep != agent.Awake && !waits && l.Sleep == agent.Awake && l.charter.Every == 0 {
		return nil // nothing would wake it anyway
	}
	if err := k.setSleep(ctx, l, sleep); err != nil || sleep != agent.Awake || !waits {
		return err
	}
	return k.open(ctx, l)
}

// setSleep stops or starts the schedule with it, so that an agent without money leaves the ledger in peace.
func (k *Keeper) setSleep(ctx context.Context, l *life, sleep agent.Sleep) error {
	if sleep == agent.SleepCaps {
		plan, _ := after(ctx, 1, capsPause)
		if err := k.again(ctx, agent.KindWake, l.Id, plan); err != nil {
			return err
		}
	} else if err := k.cancel(ctx, agent.KindWake, l.Id); err != nil {
		return err
	}
	if l.Sleep == sleep {
		return nil
	}
	l.Sleep = sleep
	if err := k.setTick(ctx, l); err != nil {
		return err
	}
	return k.told(ctx, l, "")
}

// setTick has the charter's schedule begin now, or end where the agent does not run.
func (k *Keeper) setTick(ctx context.Context, l *life) error {
	if err := k.cancel(ctx, agent.KindTick, l.Id); err != nil {
		return err
	}
	if l.State != agent.StateRunning || l.Sleep != agent.Awake || l.charter.Every == 0 {
		return nil
	}
	plan := schedule.Plan{Time: now(ctx) + int64(l.charter.Every), EverySeconds: l.charter.Every}
	return k.schedule.Schedule(ctx, agent.KindTick, l.Id, plan)
}

// open begins the first wake-up of the queue: its cost is set aside, the ledger's fee paid, and the beacon asked for a number.
func (k *Keeper) open(ctx context.Context, l *life) error {
	wake, err := k.Queue.Get(ctx, collections.Join(l.Id, l.Ended+1))
	if err != nil {
		return found(err, "wake-up %d of agent %x", l.Ended+1, l.Id)
	}
	if err := k.Queue.Remove(ctx, collections.Join(l.Id, wake.Number)); err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	cost, fee := l.charter.PerWakeCost, math.MinInt(params.WakeFee, l.charter.PerWakeCost)
	if err := k.hold(ctx, l, cost); err != nil {
		return err
	}
	l.Held = l.Held.Sub(fee)
	if fee.IsPositive() {
		if err := k.bank.SendCoinsFromModuleToModule(ctx, agent.ModuleName, k.fees, credit.Coins(fee)); err != nil {
			return err
		}
	}
	l.lease = &agent.Lease{
		Agent: l.Id, Wake: wake, OpenedHeight: height(ctx), Charged: now(ctx), Cost: cost.Sub(fee), Spent: cost, Version: l.Version,
	}
	return k.ask(ctx, l)
}

// ask has the beacon draw for the wake-up.
func (k *Keeper) ask(ctx context.Context, l *life) error {
	round, err := k.beacon.Request(ctx)
	if err != nil {
		return err
	}
	l.lease.Round = round
	if err := k.lookAgain(ctx, l); err != nil {
		return err
	}
	return emit(ctx, &agent.EventOpened{Agent: l.Id, Wake: l.lease.Wake.Number, Round: round})
}

func (k *Keeper) lookAgain(ctx context.Context, l *life) error {
	plan, due := after(ctx, drawBlocks, 0)
	l.lease.Due = due
	return k.again(ctx, agent.KindWake, l.Id, plan)
}

// told tells of the agent's state.
func (k *Keeper) told(ctx context.Context, l *life, by string) error {
	return emit(ctx, &agent.EventState{Agent: l.Id, State: l.State, Sleep: l.Sleep, By: by})
}
