package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"ayni.example/x/arena"
	"ayni.example/x/beacon"
	"ayni.example/x/credit"
	"ayni.example/x/internal/gas"
	"ayni.example/x/schedule"
)

const (
	drawBlocks = 2 // between two looks at a round that is open
	// What a message pays for waking an arena, whether or not it comes to that; the epoch's own fee pays for the rest.
	wakeGas = 100_000
	waking  = "waking an arena"
)

// Why an epoch was void.
const voidDeal = "the dealer named no tasks"

// goOn wakes an arena for a message and keeps it. The price is the same whatever there is to do, for the sender cannot know that.
func (k *Keeper) goOn(ctx context.Context, a *arena.Arena) error {
	free := gas.Flat(ctx, wakeGas, waking)
	if err := k.rouse(free, a); err != nil {
		return err
	}
	return k.Arenas.Set(free, a.Id, *a)
}

// rouse has the next epoch of a sleeping arena open when its period begins, if members and money allow it.
func (k *Keeper) rouse(ctx context.Context, a *arena.Arena) error {
	if a.Phase != arena.Asleep || a.Closing {
		return nil
	}
	ready, err := k.ready(ctx, a)
	if err != nil || !ready {
		return err
	}
	a.Phase = arena.Due
	plan := schedule.Plan{Height: height(ctx) + 1, Time: max(now(ctx), a.Opened+int64(a.Rules.Period))}
	return k.again(ctx, arena.KindStep, a.Id, plan)
}

// ready tells whether the next epoch could open.
func (k *Keeper) ready(ctx context.Context, a *arena.Arena) (bool, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return false, err
	}
	if a.Contestants == 0 || a.Evaluators < a.Rules.EvaluatorsLeast() || a.Budget.LTE(params.EpochFee) {
		return false, nil
	}
	if a.Rules.Anchored == nil {
		return true, nil
	}
	seals, err := k.seals(ctx, a.Id, a.Epoch+1)
	return len(seals) >= arena.AuthorsLeast, err
}

// seals are the authors' for an epoch, by their numbers.
func (k *Keeper) seals(ctx context.Context, id []byte, epoch uint64) ([]arena.Seal, error) {
	var all []arena.Seal
	return all, k.Seals.Walk(ctx, collections.NewSuperPrefixedTripleRange[[]byte, uint64, uint64](id, epoch),
		func(_ sealed, s arena.Seal) (bool, error) {
			all = append(all, s)
			return false, nil
		})
}

// step is what an arena does when its phase ends.
func (k *Keeper) step(ctx context.Context, due schedule.Due) error {
	a, err := k.arena(ctx, due.Item.Name)
	if err != nil {
		return err
	}
	if err := k.next(ctx, &a); err != nil {
		return err
	}
	return k.Arenas.Set(ctx, a.Id, a)
}

func (k *Keeper) next(ctx context.Context, a *arena.Arena) error {
	if a.Phase == arena.Due {
		return k.begin(ctx, a)
	}
	e, err := k.Epochs.Get(ctx, a.Id)
	if err != nil {
		return err
	}
	switch a.Phase {
	case arena.Deal:
		return k.end(ctx, a, &e, k.void(ctx, a, voidDeal))
	case arena.Draw:
		return k.look(ctx, a, &e)
	case arena.Work:
		return k.enter(ctx, a, &e, arena.Reveal, a.Rules.Reveal)
	case arena.Reveal:
		return k.opened(ctx, a, &e)
	case arena.Challenge:
		return k.challenged(ctx, a, &e)
	case arena.Vote:
		return k.settle(ctx, a, &e)
	case arena.Asleep, arena.Due, arena.Closed:
	}
	return arena.ErrInvariant.Wrapf("arena %x does nothing in phase %s", a.Id, a.Phase)
}

// begin opens an epoch with the members of this moment, for the ledger's fee.
func (k *Keeper) begin(ctx context.Context, a *arena.Arena) error {
	a.Phase = arena.Asleep
	ready, err := k.ready(ctx, a)
	if err != nil || !ready {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if params.EpochFee.IsPositive() {
		a.Budget = a.Budget.Sub(params.EpochFee)
		if err := k.bank.SendCoinsFromModuleToModule(ctx, arena.ModuleName, k.fees, credit.Coins(params.EpochFee)); err != nil {
			return err
		}
	}
	a.Epoch, a.Opened = a.Epoch+1, now(ctx)
	e := arena.Epoch{Arena: a.Id, Number: a.Epoch}
	if e.Contestants, err = k.seats(ctx, a.Id, arena.Contestant); err != nil {
		return err
	}
	if e.Evaluators, err = k.seats(ctx, a.Id, arena.Evaluator); err != nil {
		return err
	}
	if a.Rules.Anchored != nil {
		return k.enter(ctx, a, &e, arena.Deal, a.Rules.Anchored.Deal)
	}
	return k.enter(ctx, a, &e, arena.Work, a.Rules.Work)
}

// seats are the members of a role as an epoch knows them, with their parts of the stake.
func (k *Keeper) seats(ctx context.Context, id []byte, role arena.Role) ([]arena.Seat, error) {
	members, err := k.seated(ctx, id, role)
	if err != nil {
		return nil, err
	}
	total := math.ZeroInt()
	for _, m := range members {
		total = total.Add(m.Bond.Amount)
	}
	seats := make([]arena.Seat, len(members))
	for i, m := range members {
		address, _, err := k.account("member", m.Address)
		if err != nil {
			return nil, err
		}
		seats[i] = arena.Seat{Slot: m.Slot, Number: m.Number, Address: address, Weight: m.Bond.Part(total)}
	}
	return seats, nil
}

// enter begins a phase that lasts a span.
func (k *Keeper) enter(ctx context.Context, a *arena.Arena, e *arena.Epoch, phase arena.Phase, span arena.Span) error {
	plan, ends := after(ctx, span)
	a.Phase, e.Ends = phase, ends
	if err := k.again(ctx, arena.KindStep, a.Id, plan); err != nil {
		return err
	}
	if err := emit(ctx, &arena.EventPhase{Arena: a.Id, Epoch: e.Number, Phase: phase}); err != nil {
		return err
	}
	return k.Epochs.Set(ctx, a.Id, *e)
}

// ask has the beacon draw.
func (k *Keeper) ask(ctx context.Context, a *arena.Arena, e *arena.Epoch) error {
	round, err := k.beacon.Request(ctx)
	if err != nil {
		return err
	}
	e.Round = round
	return k.enter(ctx, a, e, arena.Draw, arena.Span{Blocks: drawBlocks})
}

// look draws evaluators, or voters if it is the second time, once the beacon's number is there.
func (k *Keeper) look(ctx context.Context, a *arena.Arena, e *arena.Epoch) error {
	output, err := k.beacon.Output(ctx, e.Round)
	switch {
	case errors.Is(err, beacon.ErrNotYet):
		return k.enter(ctx, a, e, arena.Draw, arena.Span{Blocks: drawBlocks})
	case errors.Is(err, beacon.ErrVoid), errors.Is(err, beacon.ErrGone):
		return k.ask(ctx, a, e)
	case err != nil:
		return err
	}
	if len(e.Seed) > 0 {
		return k.drawVoters(ctx, a, e, output)
	}
	return k.drawEvaluators(ctx, a, e, output)
}

// end forgets an epoch; the arena's next one comes, or none if it is closing.
func (k *Keeper) end(ctx context.Context, a *arena.Arena, e *arena.Epoch, failed error) error {
	if failed != nil {
		return failed
	}
	within := collections.NewPrefixedPairRange[[]byte, uint64](a.Id)
	seals := collections.NewSuperPrefixedTripleRange[[]byte, uint64, uint64](a.Id, e.Number)
	if err := errors.Join(k.Epochs.Remove(ctx, a.Id), k.Reports.Clear(ctx, within), k.Canaries.Clear(ctx, within),
		k.Disputes.Clear(ctx, within), k.Seals.Clear(ctx, seals)); err != nil {
		return err
	}
	if a.Closing {
		return k.close(ctx, a)
	}
	a.Phase = arena.Asleep
	if err := k.cancel(ctx, arena.KindStep, a.Id); err != nil {
		return err
	}
	return k.rouse(ctx, a)
}
