package keeper

import (
	"bytes"
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/agent"
	"ayni.example/x/credit"
	"ayni.example/x/internal/gas"
	"ayni.example/x/schedule"
)

// Create makes an agent of the sender's.
func (k *Keeper) Create(ctx context.Context, msg *agent.MsgCreate) (*agent.MsgCreateResponse, error) {
	owner, text, err := k.address("owner", msg.Sender)
	if err != nil {
		return nil, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := msg.Charter.Fits(params); err != nil {
		return nil, err
	}
	id := agent.ID(sdk.UnwrapSDKContext(ctx).ChainID(), owner, msg.Label)
	switch there, err := k.Agents.Has(ctx, id); {
	case err != nil:
		return nil, err
	case there:
		return nil, agent.ErrExists.Wrapf("agent %s of %s, also where it was killed: choose another label", msg.Label, text)
	}
	l := &life{account: agent.Treasury(id), charter: msg.Charter, spent: agent.NewSpent()}
	l.Agent = agent.Agent{
		Id: id, Owner: text, Label: msg.Label, State: agent.StateRunning, Version: 1, Head: id, Held: math.ZeroInt(),
		MadeHeight: height(ctx), MadeTime: now(ctx),
	}
	if l.Treasury, err = k.addresses.BytesToString(l.account); err != nil {
		return nil, err
	}
	if msg.Guardian != "" {
		if _, l.Guardian, err = k.address("guardian", msg.Guardian); err != nil {
			return nil, err
		}
	}
	if err := k.Treasuries.Set(ctx, l.account, id); err != nil {
		return nil, err
	}
	if err := k.Owners.Set(ctx, collections.Join(owner, id)); err != nil {
		return nil, err
	}
	if err := k.Charters.Set(ctx, id, msg.Charter); err != nil {
		return nil, err
	}
	if msg.Deposit.IsPositive() {
		if err := k.bank.SendCoins(ctx, owner, l.account, credit.Coins(msg.Deposit)); err != nil {
			return nil, err
		}
	}
	if err := k.setTick(ctx, l); err != nil {
		return nil, err
	}
	if err := k.keep(ctx, l); err != nil {
		return nil, err
	}
	return &agent.MsgCreateResponse{Agent: id, Treasury: l.Treasury}, emit(ctx, &agent.EventCreated{
		Agent: id, Owner: text, Label: msg.Label, Treasury: l.Treasury,
	})
}

// Amend puts a tighter charter in effect, and has a looser one wait. A charter that waits is replaced.
func (k *Keeper) Amend(ctx context.Context, msg *agent.MsgAmend) (uint64, error) {
	l, err := k.alive(ctx, msg.Agent, msg.Sender)
	if err != nil {
		return 0, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return 0, err
	}
	if err := msg.Charter.Fits(params); err != nil {
		return 0, err
	}
	if l.charter.Tighter(msg.Charter) {
		if err := k.amend(ctx, l, msg.Charter); err != nil {
			return 0, err
		}
		return 0, k.keep(ctx, l)
	}
	changes, err := list(ctx, k.Changes, l.Id)
	if err != nil {
		return 0, err
	}
	for _, c := range changes {
		if c.Charter == nil {
			continue
		}
		if err := k.dropChange(ctx, c, "replaced"); err != nil {
			return 0, err
		}
	}
	return k.wait(ctx, l, agent.Change{Charter: &msg.Charter, Amount: math.ZeroInt()})
}

// amend puts a charter in effect; the schedule begins anew where it is another one.
func (k *Keeper) amend(ctx context.Context, l *life, c agent.Charter) error {
	tick := c.Every != l.charter.Every
	l.charter = c
	l.Version++
	if err := k.Charters.Set(ctx, l.Id, c); err != nil {
		return err
	}
	if err := emit(ctx, &agent.EventAmended{Agent: l.Id, Version: l.Version}); err != nil {
		return err
	}
	if tick && l.Sleep == agent.Awake {
		if err := k.setTick(ctx, l); err != nil {
			return err
		}
	}
	return k.rouse(gas.Flat(ctx, openGas, opening), l)
}

// Withdraw has a withdrawal wait.
func (k *Keeper) Withdraw(ctx context.Context, msg *agent.MsgWithdraw) (uint64, error) {
	l, err := k.life(ctx, msg.Agent)
	if err != nil {
		return 0, err
	}
	if err := k.owned(l, msg.Sender); err != nil {
		return 0, err
	}
	return k.wait(ctx, l, agent.Change{Amount: msg.Amount})
}

// TransferOwner has another owner wait.
func (k *Keeper) TransferOwner(ctx context.Context, msg *agent.MsgTransferOwner) (uint64, error) {
	l, err := k.alive(ctx, msg.Agent, msg.Sender)
	if err != nil {
		return 0, err
	}
	c := agent.Change{Amount: math.ZeroInt()}
	if _, c.Owner, err = k.address("owner", msg.Owner); err != nil {
		return 0, err
	}
	if msg.Guardian != "" {
		if _, c.Guardian, err = k.address("guardian", msg.Guardian); err != nil {
			return 0, err
		}
	}
	return k.wait(ctx, l, c)
}

// alive reads an agent of the sender's that was not killed.
func (k *Keeper) alive(ctx context.Context, id []byte, sender string) (*life, error) {
	l, err := k.life(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := k.owned(l, sender); err != nil {
		return nil, err
	}
	if l.State == agent.StateKilled {
		return nil, agent.ErrState.Wrap("it was killed; only withdrawals remain")
	}
	return l, nil
}

// changesMax bounds what waits for an agent's timelock.
const changesMax = 8

func (k *Keeper) wait(ctx context.Context, l *life, c agent.Change) (uint64, error) {
	n, err := count(ctx, k.Changes, l.Id, changesMax)
	if err != nil {
		return 0, err
	}
	if n >= changesMax {
		return 0, agent.ErrFull.Wrapf("%d changes wait: veto one", n)
	}
	plan, due := after(ctx, l.charter.DelayBlocks, l.charter.Timelock)
	l.Number++
	c.Agent, c.Number, c.Due = l.Id, l.Number, due
	if err := k.schedule.Schedule(ctx, agent.KindChange, agent.ItemName(l.Id, c.Number), plan); err != nil {
		return 0, err
	}
	if err := k.Changes.Set(ctx, collections.Join(l.Id, c.Number), c); err != nil {
		return 0, err
	}
	if err := k.keep(ctx, l); err != nil {
		return 0, err
	}
	return c.Number, emit(ctx, changed(c, agent.OutcomeWaiting, ""))
}

// Veto refuses a change that waits.
func (k *Keeper) Veto(ctx context.Context, msg *agent.MsgVeto) error {
	l, err := k.life(ctx, msg.Agent)
	if err != nil {
		return err
	}
	if _, err := k.guarded(l, msg.Sender); err != nil {
		return err
	}
	c, err := k.Changes.Get(ctx, collections.Join(l.Id, msg.Change))
	if err != nil {
		return found(err, "change %d of agent %x", msg.Change, l.Id)
	}
	return k.dropChange(ctx, c, agent.ReasonRefused)
}

func (k *Keeper) dropChange(ctx context.Context, c agent.Change, reason string) error {
	if err := k.cancel(ctx, agent.KindChange, agent.ItemName(c.Agent, c.Number)); err != nil {
		return err
	}
	if err := k.Changes.Remove(ctx, collections.Join(c.Agent, c.Number)); err != nil {
		return err
	}
	return emit(ctx, changed(c, agent.OutcomeRefused, reason))
}

// endChange puts a change in effect whose timelock is over.
func (k *Keeper) endChange(ctx context.Context, due schedule.Due) error {
	id, number, err := itemOf(due)
	if err != nil {
		return err
	}
	l, err := k.life(ctx, id)
	if err != nil {
		return err
	}
	c, err := k.Changes.Get(ctx, collections.Join(id, number))
	if err != nil {
		return found(err, "change %d of agent %x", number, id)
	}
	if err := k.Changes.Remove(ctx, collections.Join(id, number)); err != nil {
		return err
	}
	switch {
	case c.Charter != nil:
		err = k.amend(ctx, l, *c.Charter)
	case c.Owner != "":
		err = k.newOwner(ctx, l, c)
	default:
		c.Amount, err = k.withdraw(ctx, l, c.Amount)
	}
	if err != nil {
		return err
	}
	if err := k.keep(ctx, l); err != nil {
		return err
	}
	return emit(ctx, changed(c, agent.OutcomeDone, ""))
}

// withdraw pays the owner what is there of an amount.
func (k *Keeper) withdraw(ctx context.Context, l *life, amount math.Int) (math.Int, error) {
	owner, _, err := k.address("owner", l.Owner)
	if err != nil {
		return amount, err
	}
	amount = math.MinInt(amount, k.balance(ctx, l))
	if !amount.IsPositive() {
		return amount, nil
	}
	return amount, k.bank.SendCoins(ctx, l.account, owner, credit.Coins(amount))
}

// newOwner begins with a clean table: nothing of the old owner's, and no session key of a lease, moves money any more.
func (k *Keeper) newOwner(ctx context.Context, l *life, c agent.Change) error {
	others, err := list(ctx, k.Changes, l.Id)
	if err != nil {
		return err
	}
	for _, o := range others {
		if err := k.dropChange(ctx, o, agent.ReasonEnded); err != nil {
			return err
		}
	}
	old, _, err := k.address("owner", l.Owner)
	if err != nil {
		return err
	}
	next, _, err := k.address("owner", c.Owner)
	if err != nil {
		return err
	}
	if err := k.Owners.Remove(ctx, collections.Join(old, l.Id)); err != nil {
		return err
	}
	if err := k.Owners.Set(ctx, collections.Join(next, l.Id)); err != nil {
		return err
	}
	l.Fence = l.Epoch
	l.Owner, l.Guardian, l.Guarded = c.Owner, c.Guardian, l.Guarded && c.Guardian != ""
	if l.lease == nil || len(l.lease.Seed) == 0 || l.State != agent.StateRunning {
		return nil
	}
	return k.assign(ctx, l)
}

func changed(c agent.Change, outcome agent.Outcome, reason string) *agent.EventChange {
	e := &agent.EventChange{Agent: c.Agent, Number: c.Number, Outcome: outcome, Amount: c.Amount, Reason: reason, What: "withdraw"}
	switch {
	case c.Charter != nil:
		e.What = "charter"
	case c.Owner != "":
		e.What = "owner"
	}
	return e
}

// itemOf reads a name that agent.ItemName made.
func itemOf(due schedule.Due) ([]byte, uint64, error) {
	name := due.Item.Name
	if len(name) != agent.HashSize+8 {
		return nil, 0, agent.ErrInvariant.Wrapf("item %x", name)
	}
	number := uint64(0)
	for _, b := range name[agent.HashSize:] {
		number = number<<8 | uint64(b)
	}
	return bytes.Clone(name[:agent.HashSize]), number, nil
}
