package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"ayni.example/x/arena"
)

// Why a member has no seat any more.
const (
	whyLeft   = "left"
	whyPruned = "pruned"
)

// Join gives the sender a seat: a free one, or that of whoever does worst.
func (k *Keeper) Join(ctx context.Context, msg *arena.MsgJoin) (*arena.MsgJoinResponse, error) {
	sender, text, err := k.payer(msg.Sender)
	if err != nil {
		return nil, err
	}
	a, err := k.open(ctx, msg.Arena)
	if err != nil {
		return nil, err
	}
	if a.Rules.Seats(msg.Role) == 0 {
		return nil, arena.ErrRules.Wrapf("this arena has no %s", arena.RoleName(msg.Role))
	}
	m, err := k.applicant(ctx, &a, sender, text, msg)
	if err != nil {
		return nil, err
	}
	if least := a.Rules.BondOf(m.Role); msg.Bond.LT(least) {
		return nil, arena.ErrBond.Wrapf("%s is less than the %s that this arena asks of a %s", msg.Bond, least, arena.RoleName(m.Role))
	}
	if err := k.stake(ctx, &a, &m, sender, text, msg.Bond); err != nil {
		return nil, err
	}
	price, err := k.charge(ctx, &a, sender, msg)
	if err != nil {
		return nil, err
	}
	if m.Slot, err = k.slot(ctx, &a, m); err != nil {
		return nil, err
	}
	if err := k.seat(ctx, &a, sender, &m); err != nil {
		return nil, err
	}
	if err := k.goOn(ctx, &a); err != nil {
		return nil, err
	}
	return &arena.MsgJoinResponse{Slot: m.Slot, Price: price, Since: m.Since}, emit(ctx, &arena.EventJoined{
		Arena: a.Id, Member: text, Role: m.Role, Slot: m.Slot, Price: price,
	})
}

// applicant is the sender as a member without a seat: a new one, or one that comes back while its old bond is still there.
func (k *Keeper) applicant(ctx context.Context, a *arena.Arena, sender []byte, text string, msg *arena.MsgJoin) (arena.Member, error) {
	m, err := k.Members.Get(ctx, collections.Join(a.Id, sender))
	switch {
	case errors.Is(err, collections.ErrNotFound):
		a.Joined++
		m = arena.Member{
			Arena: a.Id, Address: text, Role: msg.Role, Bond: arena.NewPool(), Leaving: arena.NewPool(), Earned: math.ZeroInt(),
			Number: a.Joined,
		}
	case err != nil:
		return m, err
	case m.Seated:
		return m, arena.ErrExists.Wrapf("%s is a %s here: leave first", text, arena.RoleName(m.Role))
	case m.Role != msg.Role:
		return m, arena.ErrExists.Wrapf("%s was a %s here: come back as one, or claim and wait until its bonds are out", text, arena.RoleName(m.Role))
	}
	if msg.Role != arena.Evaluator {
		staked, err := k.stakes(ctx, a.Id, sender, m.Number)
		if err != nil {
			return m, err
		}
		if staked {
			return m, arena.ErrUnauthorised.Wrapf("%s has staked on an evaluator here, which would then evaluate its own", text)
		}
	}
	if len(msg.Artifact) > 0 {
		there, err := k.Artifacts.Has(ctx, collections.Join(a.Id, msg.Artifact))
		if err != nil {
			return m, err
		}
		if there {
			return m, arena.ErrExists.Wrapf("artifact %x competes here already", msg.Artifact)
		}
	}
	m.TakeBps, m.Artifact, m.Affiliates = msg.TakeBps, msg.Artifact, msg.Affiliates
	m.Since, m.JoinedHeight, m.Paid = a.Epoch+1, height(ctx), math.ZeroInt()
	return m, nil
}

// charge takes the price of a contestant's seat into the budget, and raises it for the next.
func (k *Keeper) charge(ctx context.Context, a *arena.Arena, sender []byte, msg *arena.MsgJoin) (math.Int, error) {
	if msg.Role != arena.Contestant {
		return math.ZeroInt(), nil
	}
	price := a.PriceAt(now(ctx))
	if price.GT(msg.PriceMax) {
		return price, arena.ErrPrice.Wrapf("a seat costs %s now, the most that is offered is %s", price, msg.PriceMax)
	}
	if err := k.receive(ctx, sender, price); err != nil {
		return price, err
	}
	a.Budget = a.Budget.Add(price)
	a.Price, a.Priced = a.Rules.Price.Raised(price), now(ctx)
	return price, nil
}

// slot finds a seat: the first that is free, or that of whoever is to make room.
func (k *Keeper) slot(ctx context.Context, a *arena.Arena, m arena.Member) (uint32, error) {
	seated, err := k.seated(ctx, a.Id, m.Role)
	if err != nil {
		return 0, err
	}
	if len(seated) < int(a.Rules.Seats(m.Role)) {
		for i, s := range seated {
			if s.Slot != uint32(i) {
				return uint32(i), nil
			}
		}
		return uint32(len(seated)), nil
	}
	worst := a.Prune(seated)
	switch {
	case worst == nil:
		return 0, arena.ErrFull.Wrapf("all %d seats of %ss are taken, by members that are immune", len(seated), arena.RoleName(m.Role))
	case m.Role == arena.Evaluator && worst.Bond.Amount.GTE(m.Bond.Amount):
		return 0, arena.ErrFull.Wrapf("all %d seats are taken, the least stake on one is %s", len(seated), worst.Bond.Amount)
	}
	return worst.Slot, k.unseat(ctx, a, worst, whyPruned)
}

// seated are the members of a role, by slot.
func (k *Keeper) seated(ctx context.Context, id []byte, role arena.Role) ([]*arena.Member, error) {
	var all []*arena.Member
	within := collections.NewPrefixedPairRange[[]byte, uint64](id).StartInclusive(arena.Slot(role, 0)).EndExclusive(arena.Slot(role+1, 0))
	return all, k.Slots.Walk(ctx, within, func(_ place, address []byte) (bool, error) {
		m, err := k.Members.Get(ctx, collections.Join(id, address))
		all = append(all, &m)
		return false, err
	})
}

// seat puts a member on its slot.
func (k *Keeper) seat(ctx context.Context, a *arena.Arena, address []byte, m *arena.Member) error {
	m.Seated = true
	*a.Taken(m.Role)++
	if len(m.Artifact) > 0 {
		if err := k.Artifacts.Set(ctx, collections.Join(a.Id, m.Artifact), address); err != nil {
			return err
		}
	}
	if err := k.Slots.Set(ctx, collections.Join(a.Id, arena.Slot(m.Role, m.Slot)), address); err != nil {
		return err
	}
	return k.keep(ctx, address, *m)
}

// unseat takes a member's seat; its own stake leaves with it, that of others stays until they take it out.
func (k *Keeper) unseat(ctx context.Context, a *arena.Arena, m *arena.Member, why string) error {
	address, _, err := k.account("member", m.Address)
	if err != nil {
		return err
	}
	m.Seated = false
	*a.Taken(m.Role)--
	if len(m.Artifact) > 0 {
		if err := k.Artifacts.Remove(ctx, collections.Join(a.Id, m.Artifact)); err != nil {
			return err
		}
	}
	if err := k.Slots.Remove(ctx, collections.Join(a.Id, arena.Slot(m.Role, m.Slot))); err != nil {
		return err
	}
	if err := errors.Join(k.Standings.Remove(ctx, collections.Join(a.Id, m.Number)),
		k.Seals.Remove(ctx, collections.Join3(a.Id, a.Epoch+1, m.Number))); err != nil {
		return err
	}
	own, err := k.Delegations.Get(ctx, collections.Join3(a.Id, address, m.Number))
	switch {
	case err == nil && own.Shares.IsPositive():
		if _, _, err := k.release(ctx, a, m, address, own, own.Shares); err != nil {
			return err
		}
	case err != nil && !errors.Is(err, collections.ErrNotFound):
		return err
	}
	if err := k.keep(ctx, address, *m); err != nil {
		return err
	}
	return emit(ctx, &arena.EventLeft{Arena: a.Id, Member: m.Address, Role: m.Role, Slot: m.Slot, Why: why})
}

// Leave gives the sender's seat up.
func (k *Keeper) Leave(ctx context.Context, msg *arena.MsgLeave) error {
	sender, text, err := k.account("sender", msg.Sender)
	if err != nil {
		return err
	}
	a, err := k.arena(ctx, msg.Arena)
	if err != nil {
		return err
	}
	m, err := k.Members.Get(ctx, collections.Join(a.Id, sender))
	if err != nil {
		return found(err, "%s in this arena", text)
	}
	if !m.Seated {
		return arena.ErrNotFound.Wrapf("seat of %s", text)
	}
	if err := k.unseat(ctx, &a, &m, whyLeft); err != nil {
		return err
	}
	return k.Arenas.Set(ctx, a.Id, a)
}

// keep stores a member, or forgets one that is gone with all its money.
func (k *Keeper) keep(ctx context.Context, address []byte, m arena.Member) error {
	key := collections.Join(m.Arena, address)
	if m.Gone() {
		return k.Members.Remove(ctx, key)
	}
	return k.Members.Set(ctx, key, m)
}
