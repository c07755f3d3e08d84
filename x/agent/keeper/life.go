package keeper

import (
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"

	"ayni.example/x/agent"
	"ayni.example/x/credit"
	"ayni.example/x/schedule"
)

// life is an agent while one message or scheduled item works on it; keep stores it.
type life struct {
	agent.Agent
	charter agent.Charter
	spent   agent.Spent
	lease   *agent.Lease // none while no wake-up is open
	account []byte       // the treasury
	asked   uint32       // actions of the act that were judged
}

// life reads an agent with what nearly everything needs of it.
func (k *Keeper) life(ctx context.Context, id []byte) (*life, error) {
	a, err := k.Agents.Get(ctx, id)
	if err != nil {
		return nil, found(err, "agent %x", id)
	}
	l := &life{Agent: a, account: agent.Treasury(id)}
	if l.charter, err = k.Charters.Get(ctx, id); err != nil {
		return nil, err
	}
	if l.spent, err = k.Spent.Get(ctx, id); err != nil {
		return nil, err
	}
	open, err := k.Leases.Has(ctx, id)
	if err != nil || !open {
		return l, err
	}
	lease, err := k.Leases.Get(ctx, id)
	l.lease = &lease
	return l, err
}

// keep stores what may have changed; a charter is stored where it is replaced.
func (k *Keeper) keep(ctx context.Context, l *life) error {
	if err := k.Agents.Set(ctx, l.Id, l.Agent); err != nil {
		return err
	}
	if err := k.Spent.Set(ctx, l.Id, l.spent); err != nil {
		return err
	}
	if l.lease == nil {
		return nil
	}
	return k.Leases.Set(ctx, l.Id, *l.lease)
}

// balance is what the treasury can spend.
func (k *Keeper) balance(ctx context.Context, l *life) math.Int {
	return k.bank.GetBalance(ctx, l.account, credit.Denom).Amount
}

// hold moves money from the treasury into the module's account and counts it.
func (k *Keeper) hold(ctx context.Context, l *life, amount math.Int) error {
	l.spent = l.spent.Commit(now(ctx), amount)
	l.Held = l.Held.Add(amount)
	if !amount.IsPositive() {
		return nil
	}
	return k.bank.SendCoinsFromAccountToModule(ctx, l.account, agent.ModuleName, credit.Coins(amount))
}

// pay gives held money to an account.
func (k *Keeper) pay(ctx context.Context, l *life, to []byte, amount math.Int) error {
	l.Held = l.Held.Sub(amount)
	if !amount.IsPositive() {
		return nil
	}
	return k.bank.SendCoinsFromModuleToAccount(ctx, agent.ModuleName, to, credit.Coins(amount))
}

// giveBack returns held money to the treasury and takes it out of the count.
func (k *Keeper) giveBack(ctx context.Context, l *life, charged int64, amount math.Int) error {
	l.spent = l.spent.Release(charged, amount)
	return k.pay(ctx, l, l.account, amount)
}

// payee is what is known of an account.
func (k *Keeper) payee(ctx context.Context, l *life, addr []byte, text string) (agent.Payee, error) {
	key := collections.Join(l.Id, addr)
	there, err := k.Payees.Has(ctx, key)
	if err != nil || !there {
		return agent.Payee{Agent: l.Id, Address: text, Paid: math.ZeroInt()}, err
	}
	return k.Payees.Get(ctx, key)
}

// keepPayee stores what is known of an account; one that was paid nothing and waits for nothing is forgotten.
func (k *Keeper) keepPayee(ctx context.Context, l *life, addr []byte, p agent.Payee) error {
	key := collections.Join(l.Id, addr)
	there, err := k.Payees.Has(ctx, key)
	if err != nil {
		return err
	}
	if !p.Known && p.Paid.IsZero() {
		if there {
			l.Payees--
		}
		return k.Payees.Remove(ctx, key)
	}
	if !there {
		l.Payees++
	}
	return k.Payees.Set(ctx, key, p)
}

// unpaid takes back what was counted for a payee.
func (k *Keeper) unpaid(ctx context.Context, l *life, payee string, amount math.Int) error {
	addr, _, err := k.address("payee", payee)
	if err != nil {
		return err
	}
	p, err := k.payee(ctx, l, addr, payee)
	if err != nil {
		return err
	}
	p.Paid = math.MaxInt(p.Paid.Sub(amount), math.ZeroInt())
	return k.keepPayee(ctx, l, addr, p)
}

// owned refuses everybody but the owner.
func (k *Keeper) owned(l *life, sender string) error {
	_, text, err := k.address("sender", sender)
	if err == nil && text != l.Owner {
		err = agent.ErrUnauthorised.Wrapf("%s is not the owner", text)
	}
	return err
}

// guarded refuses everybody but owner and guardian, and tells which it is.
func (k *Keeper) guarded(l *life, sender string) (guardian bool, err error) {
	_, text, err := k.address("sender", sender)
	if err == nil && text != l.Owner && (l.Guardian == "" || text != l.Guardian) {
		err = agent.ErrUnauthorised.Wrapf("%s is neither owner nor guardian", text)
	}
	return err == nil && text != l.Owner, err
}

func now(ctx context.Context) int64 { return sdk.UnwrapSDKContext(ctx).BlockTime().Unix() }

func height(ctx context.Context) int64 { return sdk.UnwrapSDKContext(ctx).BlockHeight() }

// after is a plan for so many blocks and seconds from now, and its moment.
func after(ctx context.Context, blocks, seconds uint32) (schedule.Plan, agent.Moment) {
	plan := schedule.After(height(ctx), sdk.UnwrapSDKContext(ctx).BlockTime(), blocks, seconds)
	return plan, agent.Moment{Height: plan.Height, Time: plan.Time}
}

func emit(ctx context.Context, event proto.Message) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}

// count is the length of a list of numbered things of an agent, no further than most.
func count[V any](ctx context.Context, m collections.Map[place, V], id []byte, most int) (int, error) {
	n := 0
	err := m.Walk(ctx, collections.NewPrefixedPairRange[[]byte, uint64](id), func(place, V) (bool, error) {
		n++
		return n >= most, nil
	})
	return n, err
}

// list is all numbered things of an agent; their number is bounded.
func list[V any](ctx context.Context, m collections.Map[place, V], id []byte) (all []V, err error) {
	return all, m.Walk(ctx, collections.NewPrefixedPairRange[[]byte, uint64](id), func(_ place, v V) (bool, error) {
		all = append(all, v)
		return false, nil
	})
}

// listPairs is the same of things with a name.
func listPairs[V any](ctx context.Context, m collections.Map[pair, V], id []byte) (all []V, err error) {
	return all, m.Walk(ctx, collections.NewPrefixedPairRange[[]byte, []byte](id), func(_ pair, v V) (bool, error) {
		all = append(all, v)
		return false, nil
	})
}
