package keeper

import (
	"context"
	"encoding/binary"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"ayni.example/x/arena"
	"ayni.example/x/schedule"
)

// Bond stakes on a member.
func (k *Keeper) Bond(ctx context.Context, msg *arena.MsgBond) error {
	sender, text, err := k.payer(msg.Sender)
	if err != nil {
		return err
	}
	a, err := k.open(ctx, msg.Arena)
	if err != nil {
		return err
	}
	address, name, err := k.account("member", msg.Member)
	if err != nil {
		return err
	}
	m, err := k.Members.Get(ctx, collections.Join(a.Id, address))
	if err != nil {
		return found(err, "member %s in this arena", name)
	}
	switch {
	case !m.Seated:
		return arena.ErrNotFound.Wrapf("seat of %s", name)
	case text != m.Address && m.Role != arena.Evaluator:
		return arena.ErrUnauthorised.Wrapf("only evaluators take the stake of others, %s is a %s", name, arena.RoleName(m.Role))
	}
	if text != m.Address {
		other, err := k.Members.Get(ctx, collections.Join(a.Id, sender))
		switch {
		case err == nil && other.Role != arena.Evaluator:
			return arena.ErrUnauthorised.Wrapf("%s is a %s here, and evaluators are not to be its own", text, arena.RoleName(other.Role))
		case err != nil && !errors.Is(err, collections.ErrNotFound):
			return err
		}
	}
	if err := k.stake(ctx, &a, &m, sender, text, msg.Amount); err != nil {
		return err
	}
	return k.keep(ctx, address, m)
}

// stake adds an account's money to a member's bond.
func (k *Keeper) stake(ctx context.Context, a *arena.Arena, m *arena.Member, from []byte, text string, amount math.Int) error {
	if !amount.IsPositive() {
		return nil
	}
	if err := k.receive(ctx, from, amount); err != nil {
		return err
	}
	shares, err := m.Bond.Put(amount)
	if err != nil {
		return err
	}
	key := collections.Join3(a.Id, from, m.Number)
	d, err := k.Delegations.Get(ctx, key)
	switch {
	case errors.Is(err, collections.ErrNotFound):
		d = arena.Delegation{
			Arena: a.Id, Delegator: text, Member: m.Address, Number: m.Number, Shares: math.ZeroInt(), Leaving: math.ZeroInt(),
		}
	case err != nil:
		return err
	}
	d.Shares = d.Shares.Add(shares)
	if err := k.Delegations.Set(ctx, key, d); err != nil {
		return err
	}
	return emit(ctx, &arena.EventBonded{Arena: a.Id, Member: m.Address, Delegator: text, Amount: amount})
}

// Unbond takes the sender's stake out of a member's bond.
func (k *Keeper) Unbond(ctx context.Context, msg *arena.MsgUnbond) (*arena.MsgUnbondResponse, error) {
	sender, text, err := k.account("sender", msg.Sender)
	if err != nil {
		return nil, err
	}
	a, err := k.arena(ctx, msg.Arena)
	if err != nil {
		return nil, err
	}
	address, name, err := k.account("member", msg.Member)
	if err != nil {
		return nil, err
	}
	m, err := k.Members.Get(ctx, collections.Join(a.Id, address))
	if err != nil {
		return nil, found(err, "member %s in this arena", name)
	}
	d, err := k.Delegations.Get(ctx, collections.Join3(a.Id, sender, m.Number))
	if err != nil {
		return nil, found(err, "stake of %s on %s", text, name)
	}
	if !d.Shares.IsPositive() {
		return nil, arena.ErrNotFound.Wrapf("stake of %s on %s that is not on its way out", text, name)
	}
	shares := math.MinInt(d.Shares, m.Bond.SharesFor(msg.Amount))
	left := m.Bond.Value(d.Shares.Sub(shares))
	if least := a.Rules.BondOf(m.Role); text == m.Address && m.Seated && left.LT(least) {
		return nil, arena.ErrBond.Wrapf("%s would be left of the %s that a seat asks: leave instead", left, least)
	}
	amount, due, err := k.release(ctx, &a, &m, sender, d, shares)
	if err != nil {
		return nil, err
	}
	return &arena.MsgUnbondResponse{Amount: amount, Due: due}, k.keep(ctx, address, m)
}

// release moves shares of a bond to what leaves it. All that an account takes out of one bond comes together, so that
// nobody fills the state with exits.
func (k *Keeper) release(
	ctx context.Context, a *arena.Arena, m *arena.Member, delegator []byte, d arena.Delegation, shares math.Int,
) (math.Int, arena.Moment, error) {
	amount := m.Bond.Take(shares)
	d.Shares = d.Shares.Sub(shares)
	if amount.IsPositive() {
		leaving, err := m.Leaving.Put(amount)
		if err != nil {
			return amount, d.Due, err
		}
		var plan schedule.Plan
		d.Leaving = d.Leaving.Add(leaving)
		plan, d.Due = after(ctx, a.Rules.Unbond)
		if err := k.again(ctx, arena.KindUnbond, arena.UnbondName(a.Id, delegator, m.Number), plan); err != nil {
			return amount, d.Due, err
		}
	}
	if err := k.keepDelegation(ctx, delegator, d); err != nil {
		return amount, d.Due, err
	}
	return amount, d.Due, emit(ctx, &arena.EventBonded{
		Arena: a.Id, Member: m.Address, Delegator: d.Delegator, Amount: amount, Leaving: true,
	})
}

// endUnbond pays out what has left a bond.
func (k *Keeper) endUnbond(ctx context.Context, due schedule.Due) error {
	name := due.Item.Name
	if len(name) <= arena.HashSize+8 {
		return arena.ErrInvariant.Wrapf("unbonding of %x", name)
	}
	id, delegator := name[:arena.HashSize], name[arena.HashSize:len(name)-8]
	d, err := k.Delegations.Get(ctx, collections.Join3(id, delegator, binary.BigEndian.Uint64(name[len(name)-8:])))
	if err != nil {
		return err
	}
	address, _, err := k.account("member", d.Member)
	if err != nil {
		return err
	}
	m, err := k.Members.Get(ctx, collections.Join(id, address))
	if err != nil {
		return err
	}
	amount := m.Leaving.Take(d.Leaving)
	d.Leaving, d.Due = math.ZeroInt(), arena.Moment{}
	if err := k.keepDelegation(ctx, delegator, d); err != nil {
		return err
	}
	if err := k.keep(ctx, address, m); err != nil {
		return err
	}
	return k.pay(ctx, id, delegator, d.Delegator, amount)
}

// keepDelegation stores one, or forgets it where nothing is left.
func (k *Keeper) keepDelegation(ctx context.Context, delegator []byte, d arena.Delegation) error {
	key := collections.Join3(d.Arena, delegator, d.Number)
	if d.Shares.IsZero() && d.Leaving.IsZero() {
		return k.Delegations.Remove(ctx, key)
	}
	return k.Delegations.Set(ctx, key, d)
}

// stakes tells whether an account has staked on any other than itself in an arena.
func (k *Keeper) stakes(ctx context.Context, id, delegator []byte, own uint64) (bool, error) {
	other := false
	err := k.Delegations.Walk(ctx, collections.NewSuperPrefixedTripleRange[[]byte, []byte, uint64](id, delegator),
		func(key share, _ arena.Delegation) (bool, error) {
			other = key.K3() != own
			return other, nil
		})
	return other, err
}
