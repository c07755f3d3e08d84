package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/arena"
	"ayni.example/x/credit"
)

// Create opens an arena of the sender's; it sleeps until there is something to do.
func (k *Keeper) Create(ctx context.Context, msg *arena.MsgCreate) ([]byte, error) {
	owner, text, err := k.payer(msg.Sender)
	if err != nil {
		return nil, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := msg.Rules.Fits(params); err != nil {
		return nil, err
	}
	id := arena.ID(sdk.UnwrapSDKContext(ctx).ChainID(), owner, msg.Label)
	switch there, err := k.Arenas.Has(ctx, id); {
	case err != nil:
		return nil, err
	case there:
		return nil, arena.ErrExists.Wrapf("arena %s of %s, also where it is closed: choose another label", msg.Label, text)
	}
	if params.CreateFee.IsPositive() {
		if err := k.bank.SendCoinsFromAccountToModule(ctx, owner, k.fees, credit.Coins(params.CreateFee)); err != nil {
			return nil, err
		}
	}
	a := arena.Arena{
		Id: id, Owner: text, Label: msg.Label, Task: msg.Task, Rules: msg.Rules, Budget: math.ZeroInt(), Funded: math.ZeroInt(),
		Earned: math.ZeroInt(), Price: msg.Rules.Price.Least, Priced: now(ctx), MadeHeight: height(ctx), MadeTime: now(ctx),
	}
	if err := k.Owners.Set(ctx, collections.Join(owner, id)); err != nil {
		return nil, err
	}
	if err := emit(ctx, &arena.EventCreated{Arena: id, Owner: text, Label: msg.Label}); err != nil {
		return nil, err
	}
	if err := k.fund(ctx, &a, owner, text, msg.Deposit); err != nil {
		return nil, err
	}
	return id, k.Arenas.Set(ctx, id, a)
}

// Fund pays into the budget of an arena.
func (k *Keeper) Fund(ctx context.Context, msg *arena.MsgFund) error {
	sender, text, err := k.payer(msg.Sender)
	if err != nil {
		return err
	}
	a, err := k.open(ctx, msg.Arena)
	if err != nil {
		return err
	}
	if err := k.fund(ctx, &a, sender, text, msg.Amount); err != nil {
		return err
	}
	return k.goOn(ctx, &a)
}

// fund notes who paid, to share what is left when the arena is closed.
func (k *Keeper) fund(ctx context.Context, a *arena.Arena, from []byte, text string, amount math.Int) error {
	if !amount.IsPositive() {
		return nil
	}
	if err := k.receive(ctx, from, amount); err != nil {
		return err
	}
	key := collections.Join(a.Id, from)
	s, err := k.Sponsors.Get(ctx, key)
	switch {
	case errors.Is(err, collections.ErrNotFound):
		s = arena.Sponsor{Arena: a.Id, Address: text, Amount: math.ZeroInt()}
	case err != nil:
		return err
	}
	s.Amount = s.Amount.Add(amount)
	a.Budget, a.Funded = a.Budget.Add(amount), a.Funded.Add(amount)
	if err := k.Sponsors.Set(ctx, key, s); err != nil {
		return err
	}
	return emit(ctx, &arena.EventFunded{Arena: a.Id, Sender: text, Amount: amount})
}

// Close lets no further epoch open; one that is open ends first.
func (k *Keeper) Close(ctx context.Context, msg *arena.MsgClose) error {
	_, text, err := k.account("sender", msg.Sender)
	if err != nil {
		return err
	}
	a, err := k.arena(ctx, msg.Arena)
	if err != nil {
		return err
	}
	switch {
	case text != a.Owner:
		return arena.ErrUnauthorised.Wrapf("%s is not the owner", text)
	case a.Closing:
		return arena.ErrPhase.Wrap("it is closed or closing")
	}
	a.Closing = true
	if a.Phase == arena.Asleep || a.Phase == arena.Due {
		if err := k.close(ctx, &a); err != nil {
			return err
		}
	}
	return k.Arenas.Set(ctx, a.Id, a)
}

// close ends an arena; what is left of its budget waits for its sponsors.
func (k *Keeper) close(ctx context.Context, a *arena.Arena) error {
	a.Phase = arena.Closed
	if err := k.cancel(ctx, arena.KindStep, a.Id); err != nil {
		return err
	}
	return emit(ctx, &arena.EventClosed{Arena: a.Id})
}

// Claim pays out what an account has earned, and its part of what a closed arena has left.
func (k *Keeper) Claim(ctx context.Context, msg *arena.MsgClaim) (math.Int, error) {
	sender, text, err := k.payer(msg.Sender)
	if err != nil {
		return math.Int{}, err
	}
	a, err := k.arena(ctx, msg.Arena)
	if err != nil {
		return math.Int{}, err
	}
	sum, err := k.refund(ctx, &a, sender)
	if err != nil {
		return sum, err
	}
	if text == a.Owner {
		sum, a.Earned = sum.Add(a.Earned), math.ZeroInt()
		if a.Phase == arena.Closed && a.Funded.IsZero() { // seats were paid for, and nobody is left to share that
			sum, a.Budget = sum.Add(a.Budget), math.ZeroInt()
		}
	}
	m, err := k.Members.Get(ctx, collections.Join(a.Id, sender))
	switch {
	case err == nil:
		sum, m.Earned = sum.Add(m.Earned), math.ZeroInt()
		if err := k.keep(ctx, sender, m); err != nil {
			return sum, err
		}
	case !errors.Is(err, collections.ErrNotFound):
		return sum, err
	}
	if !sum.IsPositive() {
		return sum, arena.ErrNotFound.Wrapf("%s has nothing to claim in this arena", text)
	}
	if err := k.pay(ctx, a.Id, sender, text, sum); err != nil {
		return sum, err
	}
	return sum, k.Arenas.Set(ctx, a.Id, a)
}

// refund takes a sponsor's part out of what a closed arena has left; the last one's is all.
func (k *Keeper) refund(ctx context.Context, a *arena.Arena, sponsor []byte) (math.Int, error) {
	none := math.ZeroInt()
	if a.Phase != arena.Closed {
		return none, nil
	}
	s, err := k.Sponsors.Get(ctx, collections.Join(a.Id, sponsor))
	if errors.Is(err, collections.ErrNotFound) {
		return none, nil
	}
	if err != nil {
		return none, err
	}
	part := a.Refund(s.Amount)
	a.Budget, a.Funded = a.Budget.Sub(part), a.Funded.Sub(s.Amount)
	return part, k.Sponsors.Remove(ctx, collections.Join(a.Id, sponsor))
}
